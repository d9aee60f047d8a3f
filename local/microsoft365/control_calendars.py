"""Control of calendars: make them, fill them, and ask what is really busy. CONTROL-calendars.md describes it."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.busy_truth import BUSY_ONLY, busy_intervals
from local.microsoft365.calendar_folder import Calendar, Color, Source
from local.microsoft365.control_requests import Handler, control_errors, person_of, read
from local.microsoft365.event_input import InvalidEvent
from local.microsoft365.events import Party, ShowAs
from local.microsoft365.graph.calendars import render_calendar
from local.microsoft365.ical_import import import_calendar
from local.microsoft365.mailbox import ItemNotFound, Mailbox
from local.microsoft365.time_zones import find_zone
from local.microsoft365.web import Json, world_of


class OwnerEntry(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    address: str


class CalendarEntry(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """``source`` tells an own calendar from one that ``owner`` shares and from one of the internet."""

    name: str
    source: Source = "own"
    owner: OwnerEntry | None = None
    can_edit: bool | None = None
    color: Color = "auto"
    hex_color: str = ""
    allowed_online_meeting_providers: tuple[str, ...] | None = None


class CalendarChange(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What is named changes."""

    name: str | None = None
    can_edit: bool | None = None
    color: Color | None = None
    hex_color: str | None = None
    allowed_online_meeting_providers: tuple[str, ...] | None = None


_ATTRIBUTES = {"allowed_online_meeting_providers": "meeting_providers"}


def calendar_errors(handler: Handler) -> Handler:
    """404 for what is not in the mailbox, 422 with the reason for everything that cannot be."""

    @control_errors
    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except ItemNotFound as error:
            raise HTTPException(404, f"there is no calendar or event {error} in this mailbox") from error

    return answered


@calendar_errors
async def list_calendars(request: Request) -> Response:
    mailbox = person_of(request).open_mailbox()
    return Json({"calendars": [_described(mailbox, calendar) for calendar in mailbox.calendars()]})


@calendar_errors
async def add_calendar(request: Request) -> Response:
    entry, mailbox = await read(request, CalendarEntry), person_of(request).open_mailbox()
    if entry.source == "shared" and entry.owner is None:
        raise InvalidEvent("a shared calendar needs the owner who shares it")
    calendar = mailbox.add_calendar(entry.name)
    _describe(calendar, entry)
    return Json(_described(mailbox, calendar), 201)


@calendar_errors
async def change_calendar(request: Request) -> Response:
    """Renamed, say: its id stays, and nobody is notified."""
    (mailbox, calendar), change = calendar_of(request), await read(request, CalendarChange)
    for name, value in msgspec.structs.asdict(change).items():
        if value is not None:
            setattr(calendar, _ATTRIBUTES.get(name, name), value)
    return Json(_described(mailbox, calendar))


@calendar_errors
async def remove_calendar(request: Request) -> Response:
    mailbox, calendar = calendar_of(request)
    mailbox.remove_calendar(mailbox.calendar_id(calendar))
    return Response(status_code=204)


@calendar_errors
async def import_events(request: Request) -> Response:
    """The body is the iCalendar file; ``owner`` (may be repeated) names the owner's addresses inside it."""
    mailbox, calendar = calendar_of(request)
    owners, now = request.query_params.getlist("owner"), world_of(request).now()
    return Json({"imported": import_calendar(mailbox, calendar, await request.body(), now, owners)})


@calendar_errors
async def show_busy(request: Request) -> Response:
    mailbox, query = person_of(request).open_mailbox(), request.query_params
    chosen = [named(mailbox, each) for each in query.getlist("calendar")] or [mailbox.default_calendar]
    zone = find_zone(query["zone"]) if "zone" in query else mailbox.zone
    window = _instant(request, "start"), _instant(request, "end")
    intervals = busy_intervals(chosen, window, zone, _statuses(query.get("statuses")))
    return Json({"busy": [{"start": start, "end": end} for start, end in intervals]})


def _statuses(text: str | None) -> frozenset[ShowAs]:
    if text is None:
        return BUSY_ONLY
    named = frozenset(text.split(","))
    return msgspec.convert(named, frozenset[ShowAs])


def _instant(request: Request, name: str) -> datetime:
    if name not in request.query_params:
        raise InvalidEvent(f"the query needs {name}")
    instant = datetime.fromisoformat(request.query_params[name])
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def calendar_of(request: Request) -> tuple[Mailbox, Calendar]:
    mailbox = person_of(request).open_mailbox()
    return mailbox, named(mailbox, request.path_params["calendar"])


def named(mailbox: Mailbox, name: str) -> Calendar:
    return mailbox.default_calendar if name == "default" else mailbox.get_calendar(name)


def _describe(calendar: Calendar, entry: CalendarEntry) -> None:
    calendar.source, calendar.color, calendar.hex_color = entry.source, entry.color, entry.hex_color
    calendar.can_edit = entry.source == "own" if entry.can_edit is None else entry.can_edit
    if entry.allowed_online_meeting_providers is not None:
        calendar.meeting_providers = entry.allowed_online_meeting_providers
    if entry.owner is not None:
        calendar.owner = Party(entry.owner.name, entry.owner.address)


def _described(mailbox: Mailbox, calendar: Calendar) -> dict[str, Any]:
    return {**render_calendar(mailbox, calendar, None), "source": calendar.source, "events": len(calendar)}


PERSON = "/control/tenants/{tenant}/people/{person}"
_CALENDARS = PERSON + "/calendars"
CALENDAR = _CALENDARS + "/{calendar}"

routes = [
    Route(_CALENDARS, list_calendars),
    Route(_CALENDARS, add_calendar, methods=["POST"]),
    Route(CALENDAR, change_calendar, methods=["PATCH"]),
    Route(CALENDAR, remove_calendar, methods=["DELETE"]),
    Route(CALENDAR + "/import", import_events, methods=["POST"]),
    Route(PERSON + "/busy", show_busy),
]
