"""Control of calendars: fill them, edit them, and ask what is really busy. CONTROL.md describes it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.busy_truth import BUSY_ONLY, busy_intervals
from local.microsoft365.calendar_folder import Calendar, Color, Source
from local.microsoft365.control_requests import Handler, control_errors, person_of, read
from local.microsoft365.event_input import InvalidEvent, edit_of, parse_draft
from local.microsoft365.events import Party, ShowAs
from local.microsoft365.graph.calendars import render_calendar
from local.microsoft365.graph.event_json import Shown, render_event
from local.microsoft365.graph.preferences import Preferences
from local.microsoft365.ical_import import import_calendar
from local.microsoft365.mailbox import ItemNotFound, Mailbox, Placed
from local.microsoft365.recurrence_json import parse_recurrence
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


class CalendarChange(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What is named changes."""

    name: str | None = None
    can_edit: bool | None = None
    color: Color | None = None
    hex_color: str | None = None


class Destination(msgspec.Struct, forbid_unknown_fields=True):
    destination: str


class Paste(Destination):
    """``cut``: what is pasted does not stay where it was."""

    cut: bool = False


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
    (mailbox, calendar), change = _calendar_of(request), await read(request, CalendarChange)
    for name, value in msgspec.structs.asdict(change).items():
        if value is not None:
            setattr(calendar, name, value)
    return Json(_described(mailbox, calendar))


@calendar_errors
async def remove_calendar(request: Request) -> Response:
    mailbox, calendar = _calendar_of(request)
    mailbox.remove_calendar(mailbox.calendar_id(calendar))
    return Response(status_code=204)


@calendar_errors
async def add_event(request: Request) -> Response:
    mailbox, calendar = _calendar_of(request)
    placed = mailbox.add(calendar, parse_draft(await read(request, dict[str, Any])), world_of(request).now())
    return Json(_shown(mailbox, placed), 201)


@calendar_errors
async def edit_event(request: Request) -> Response:
    """A single event, a series by its master's id, or one occurrence."""
    mailbox, item_id, now = person_of(request).open_mailbox(), _item_of(request), world_of(request).now()
    changes = await read(request, dict[str, Any])
    edit = edit_of({name: value for name, value in changes.items() if name != "recurrence"})
    if "recurrence" not in changes:
        return Json(_shown(mailbox, mailbox.edit(item_id, edit, now)))
    recurrence = changes["recurrence"]
    repetition = None if recurrence is None else parse_recurrence(recurrence)
    return Json(_shown(mailbox, mailbox.redefine(item_id, edit, repetition, now)))


@calendar_errors
async def remove_event(request: Request) -> Response:
    person_of(request).open_mailbox().remove(_item_of(request), world_of(request).now())
    return Response(status_code=204)


@calendar_errors
async def move_event(request: Request) -> Response:
    mailbox, destination = person_of(request).open_mailbox(), (await read(request, Destination)).destination
    return Json(_shown(mailbox, mailbox.move(_item_of(request), _named(mailbox, destination))))


@calendar_errors
async def copy_event(request: Request) -> Response:
    """Copy and paste, or cut and paste: either way what is pasted is another event, with ids of its own."""
    mailbox, wish = person_of(request).open_mailbox(), await read(request, Paste)
    item_id, now = _item_of(request), world_of(request).now()
    pasted = mailbox.copy(item_id, _named(mailbox, wish.destination), now)
    if wish.cut:
        mailbox.remove(item_id, now)
    return Json(_shown(mailbox, pasted), 201)


@calendar_errors
async def import_events(request: Request) -> Response:
    """The body is the iCalendar file; ``owner`` (may be repeated) names the owner's addresses inside it."""
    mailbox, calendar = _calendar_of(request)
    owners, now = request.query_params.getlist("owner"), world_of(request).now()
    return Json({"imported": import_calendar(mailbox, calendar, await request.body(), now, owners)})


@calendar_errors
async def show_busy(request: Request) -> Response:
    mailbox, query = person_of(request).open_mailbox(), request.query_params
    chosen = [_named(mailbox, each) for each in query.getlist("calendar")] or [mailbox.default_calendar]
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


def _calendar_of(request: Request) -> tuple[Mailbox, Calendar]:
    mailbox = person_of(request).open_mailbox()
    return mailbox, _named(mailbox, request.path_params["calendar"])


def _named(mailbox: Mailbox, name: str) -> Calendar:
    return mailbox.default_calendar if name == "default" else mailbox.get_calendar(name)


def _item_of(request: Request) -> str:
    """The id of the path; with ``?occurrence=`` and a wall time of the series' zone, that occurrence of the series."""
    item_id = unquote(request.path_params["event"])
    due = request.query_params.get("occurrence")
    if due is None:
        return item_id
    return person_of(request).open_mailbox().occurrence_id(item_id, datetime.fromisoformat(due))


def _describe(calendar: Calendar, entry: CalendarEntry) -> None:
    calendar.source, calendar.color, calendar.hex_color = entry.source, entry.color, entry.hex_color
    calendar.can_edit = entry.source == "own" if entry.can_edit is None else entry.can_edit
    if entry.owner is not None:
        calendar.owner = Party(entry.owner.name, entry.owner.address)


def _described(mailbox: Mailbox, calendar: Calendar) -> dict[str, Any]:
    return {**render_calendar(mailbox, calendar, None), "source": calendar.source, "events": len(calendar)}


def _shown(mailbox: Mailbox, placed: Placed) -> dict[str, Any]:
    """The event as Graph shows it, with its ordinary id and its immutable one."""
    shown = Shown(mailbox, placed, Preferences())
    immutable_id = mailbox.item_id(placed, immutable=True)
    return {**render_event(shown, None), "immutableId": immutable_id}


_PERSON = "/control/tenants/{tenant}/people/{person}"
_CALENDARS = _PERSON + "/calendars"
_CALENDAR = _CALENDARS + "/{calendar}"
_EVENTS = (_PERSON + "/events/{event}", _CALENDAR + "/events/{event}")

routes = [
    Route(_CALENDARS, list_calendars),
    Route(_CALENDARS, add_calendar, methods=["POST"]),
    Route(_CALENDAR, change_calendar, methods=["PATCH"]),
    Route(_CALENDAR, remove_calendar, methods=["DELETE"]),
    Route(_CALENDAR + "/events", add_event, methods=["POST"]),
    Route(_CALENDAR + "/import", import_events, methods=["POST"]),
    *(Route(path, edit_event, methods=["PATCH"]) for path in _EVENTS),
    *(Route(path, remove_event, methods=["DELETE"]) for path in _EVENTS),
    *(Route(path + "/move", move_event, methods=["POST"]) for path in _EVENTS),
    *(Route(path + "/copy", copy_event, methods=["POST"]) for path in _EVENTS),
    Route(_PERSON + "/busy", show_busy),
]
