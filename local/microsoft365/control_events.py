"""What people themselves do to events in Outlook, and what a test looks at afterwards. CONTROL-events.md says how.

Invitations, updates and cancellations go out as Outlook sends them, unless `?send=false` says otherwise.
"""

from datetime import datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365 import meetings
from local.microsoft365.answers import Answer, Given, respond
from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.control_calendars import CALENDAR, PERSON, calendar_errors, calendar_of, named
from local.microsoft365.control_requests import person_of, read, tenant_of
from local.microsoft365.event_input import edit_of, parse_draft, parse_span
from local.microsoft365.events import single_instance
from local.microsoft365.graph.event_json import Shown, render_event
from local.microsoft365.graph.preferences import Preferences
from local.microsoft365.mailbox import Mailbox, Placed
from local.microsoft365.postal import Desk
from local.microsoft365.recurrence_json import parse_recurrence
from local.microsoft365.web import Json, world_of


class Destination(msgspec.Struct, forbid_unknown_fields=True):
    destination: str


class Paste(Destination):
    """``cut``: what is pasted does not stay where it was. ``start`` and ``end``: it is pasted at another time."""

    cut: bool = False
    start: dict[str, str] | None = None
    end: dict[str, str] | None = None


class Cancellation(msgspec.Struct, forbid_unknown_fields=True):
    comment: str = ""


class Reply(msgspec.Struct, forbid_unknown_fields=True):
    """``propose`` is a time with ``start`` and ``end``."""

    response: Given
    comment: str = ""
    send: bool = True
    propose: dict[str, dict[str, str]] | None = None


@calendar_errors
async def list_events(request: Request) -> Response:
    """Everything in the mailbox as it was defined, the deleted items included."""
    mailbox = person_of(request).open_mailbox()
    folders = (*mailbox.calendars(), mailbox.deleted_items)
    placed = (Placed(folder, single_instance(event)) for folder in folders for event in folder.events())
    return Json({"events": [_with_marks(mailbox, each) for each in placed]})


@calendar_errors
async def add_event(request: Request) -> Response:
    _, calendar = calendar_of(request)
    desk, draft = _desk_of(request), parse_draft(await read(request, dict[str, Any]))
    placed = meetings.create(world_of(request), desk, calendar, draft, send=_sends(request))
    return Json(_shown(desk.mailbox, placed), 201)


@calendar_errors
async def edit_event(request: Request) -> Response:
    """A single event, a series by its master's id, or one occurrence."""
    desk, item_id, world, send = _desk_of(request), _item_of(request), world_of(request), _sends(request)
    changes = await read(request, dict[str, Any])
    edit = edit_of({name: value for name, value in changes.items() if name != "recurrence"})
    if "recurrence" not in changes:
        return Json(_shown(desk.mailbox, meetings.change(world, desk, item_id, edit, send=send)))
    recurrence = changes["recurrence"]
    repetition = None if recurrence is None else parse_recurrence(recurrence)
    return Json(_shown(desk.mailbox, meetings.redefine(world, desk, item_id, edit, repetition, send=send)))


@calendar_errors
async def remove_event(request: Request) -> Response:
    for_good = request.query_params.get("permanent") == "true"
    meetings.delete(world_of(request), _desk_of(request), _item_of(request), send=_sends(request), for_good=for_good)
    return Response(status_code=204)


@calendar_errors
async def cancel_event(request: Request) -> Response:
    wish = await read(request, Cancellation)
    meetings.cancel(world_of(request), _desk_of(request), _item_of(request), wish.comment)
    return Response(status_code=204)


@calendar_errors
async def answer_event(request: Request) -> Response:
    reply = await read(request, Reply)
    proposed = None if reply.propose is None else parse_span(reply.propose)
    answer = Answer(reply.response, reply.comment, reply.send, proposed)
    respond(world_of(request), _desk_of(request), _item_of(request), answer)
    return Response(status_code=204)


@calendar_errors
async def restore_event(request: Request) -> Response:
    """Out of the deleted items, to the calendar that it was deleted from."""
    mailbox = person_of(request).open_mailbox()
    return Json(_shown(mailbox, mailbox.restore(_item_of(request))))


@calendar_errors
async def move_event(request: Request) -> Response:
    mailbox, destination = person_of(request).open_mailbox(), (await read(request, Destination)).destination
    return Json(_shown(mailbox, mailbox.move(_item_of(request), named(mailbox, destination))))


@calendar_errors
async def copy_event(request: Request) -> Response:
    """Copy and paste, or cut and paste: either way what is pasted is another event, with ids of its own."""
    mailbox, wish = person_of(request).open_mailbox(), await read(request, Paste)
    item_id, now = _item_of(request), world_of(request).now()
    times = {name: given for name, given in (("start", wish.start), ("end", wish.end)) if given is not None}
    pasted = mailbox.copy(item_id, named(mailbox, wish.destination), now, edit_of(times))
    if wish.cut:
        mailbox.remove(item_id, now)
    return Json(_shown(mailbox, pasted), 201)


async def list_mails(request: Request) -> Response:
    log = world_of(request).mails
    after = int(request.query_params.get("after", "0"))
    return Json({"mails": list(log.after(after)), "last": log.last})


async def clear_mails(request: Request) -> Response:
    world_of(request).mails.clear()
    return Response(status_code=204)


def _desk_of(request: Request) -> Desk:
    return Desk(tenant_of(request), person_of(request))


def _sends(request: Request) -> bool:
    return request.query_params.get("send") != "false"


def _item_of(request: Request) -> str:
    """The id of the path; with ``?occurrence=`` and a wall time of the series' zone, that occurrence of the series."""
    item_id = unquote(request.path_params["event"])
    due = request.query_params.get("occurrence")
    if due is None:
        return item_id
    return person_of(request).open_mailbox().occurrence_id(item_id, datetime.fromisoformat(due))


def _shown(mailbox: Mailbox, placed: Placed) -> dict[str, Any]:
    """The event as Graph shows it, with its ordinary id and its immutable one."""
    shown = Shown(mailbox, placed, Preferences())
    immutable_id = mailbox.item_id(placed, immutable=True)
    return {**render_event(shown, None), "immutableId": immutable_id}


def _with_marks(mailbox: Mailbox, placed: Placed) -> dict[str, Any]:
    """``calendarId`` is null for a deleted one."""
    properties = placed.instance.content.properties.items()
    return {
        **_shown(mailbox, placed),
        "calendarId": _id_unless_deleted(mailbox, placed.calendar),
        "singleValueExtendedProperties": [{"id": name, "value": value} for name, value in properties],
    }


def _id_unless_deleted(mailbox: Mailbox, calendar: Calendar) -> str | None:
    return None if calendar is mailbox.deleted_items else mailbox.calendar_id(calendar)


_EVENTS = (PERSON + "/events/{event}", CALENDAR + "/events/{event}")
_ACTS = {
    "/cancel": cancel_event,
    "/respond": answer_event,
    "/restore": restore_event,
    "/move": move_event,
    "/copy": copy_event,
}

routes = [
    Route(PERSON + "/events", list_events),
    Route(CALENDAR + "/events", add_event, methods=["POST"]),
    *(Route(path, edit_event, methods=["PATCH"]) for path in _EVENTS),
    *(Route(path, remove_event, methods=["DELETE"]) for path in _EVENTS),
    *(Route(path + name, act, methods=["POST"]) for path in _EVENTS for name, act in _ACTS.items()),
    Route("/control/mails", list_mails),
    Route("/control/mails", clear_mails, methods=["DELETE"]),
]
