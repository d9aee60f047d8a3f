"""Events written by an app: created, changed, deleted.

learn.microsoft.com/graph/api/calendar-post-events, …/event-update, …/event-delete, …/event-permanentdelete
"""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365 import meetings
from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.event_input import edit_of, parse_draft
from local.microsoft365.events import Content, Span
from local.microsoft365.graph.auth import authorize, mailbox_of
from local.microsoft365.graph.calendars import WRITING_ROLE, item_errors, named_calendar
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.event_body import read_event, refusal
from local.microsoft365.graph.event_json import Shown, render_event
from local.microsoft365.graph.event_lists import PATHS, named_item
from local.microsoft365.graph.preferences import Preferences, preferences_of
from local.microsoft365.item_ids import change_key
from local.microsoft365.mailbox import Edit, Placed
from local.microsoft365.occurrence_bounds import crosses_neighbour
from local.microsoft365.postal import Desk
from local.microsoft365.recurrence_json import parse_recurrence
from local.microsoft365.teams import with_meeting, without_lost_meeting
from local.microsoft365.web import GraphJson, world_of


def desk_of(request: Request) -> Desk:
    """Whose events the path names, if the caller may write them."""
    caller = authorize(request, WRITING_ROLE)
    person, _ = mailbox_of(request, caller, request.path_params["user"])
    return Desk(caller.tenant, person)


async def create_event(request: Request) -> Response:
    """One transactionId makes one event: whoever repeats it gets the event that is there."""
    desk, preferences = desk_of(request), preferences_of(request)
    event, world = await read_event(request), world_of(request)
    with item_errors():
        calendar = named_calendar(request, desk.mailbox)
    _refuse_read_only(calendar)
    status, placed = 201, _made_before(desk, event.get("transactionId"))
    if placed is None:
        placed = _create(request, desk, calendar, event)
    else:
        status = world.settings.repeated_transaction_status
    if status == 409:  # noqa: PLR2004 - as the settings spell it
        raise GraphError(409, "ErrorDuplicateTransactionId", "An event with this transactionId exists already.")
    return _answer(request, desk, placed, preferences, status)


async def change_event(request: Request) -> Response:
    """What is named changes; with If-Match only if nobody else has changed the event since."""
    desk, preferences, event = desk_of(request), preferences_of(request), await read_event(request)
    world = world_of(request)
    with item_errors():
        placed = named_item(request, desk.mailbox)
    _refuse_read_only(placed.calendar)
    _refuse_conflict(request, placed)
    recurrence = event.pop("recurrence", placed)  # null ends a series, so it cannot stand for "not named"
    edit = _within_bounds(placed, _edit(desk, placed.calendar, event))
    item_id = request.path_params["event"]
    try:
        if recurrence is placed:
            changed = meetings.change(world, desk, item_id, edit)
        else:
            repetition = None if recurrence is None else parse_recurrence(recurrence)
            changed = meetings.redefine(world, desk, item_id, edit, repetition)
    except ValueError as error:
        raise refusal(error) from error
    return _answer(request, desk, changed, preferences, 200)


async def delete_event(request: Request) -> Response:
    return _delete(request, for_good=False)


async def permanently_delete_event(request: Request) -> Response:
    return _delete(request, for_good=True)


def _delete(request: Request, *, for_good: bool) -> Response:
    desk = desk_of(request)
    with item_errors():
        placed = named_item(request, desk.mailbox)
        _refuse_read_only(placed.calendar)
        _refuse_conflict(request, placed)
        meetings.delete(world_of(request), desk, request.path_params["event"], for_good=for_good)
    return Response(status_code=204)


def _made_before(desk: Desk, transaction_id: str | None) -> Placed | None:
    if transaction_id is None:
        return None
    return desk.mailbox.find_event(lambda event: event.transaction_id == transaction_id)


def _create(request: Request, desk: Desk, calendar: Calendar, event: dict[str, Any]) -> Placed:
    wants_meeting, provider = event.pop("isOnlineMeeting", False), event.pop("onlineMeetingProvider", None)
    try:
        draft = parse_draft(event)
    except ValueError as error:
        raise refusal(error) from error
    if wants_meeting:
        place, owner = (desk.mailbox, calendar), (desk.tenant.id, desk.person.id)
        draft = replace(draft, content=with_meeting(draft.content, provider, place, owner))
    return meetings.create(world_of(request), desk, calendar, draft)


def _edit(desk: Desk, calendar: Calendar, event: dict[str, Any]) -> Edit:
    """A meeting once online stays so, whatever is said of it: only a body without its block ends it."""
    wants_meeting, provider = event.pop("isOnlineMeeting", False), event.pop("onlineMeetingProvider", None)
    event.pop("transactionId", None)
    plain = edit_of(event)

    def edit(span: Span, content: Content) -> tuple[Span, Content]:
        span, content = plain(span, content)
        if "body" in event:
            content = without_lost_meeting(content)
        if wants_meeting:
            place, owner = (desk.mailbox, calendar), (desk.tenant.id, desk.person.id)
            content = with_meeting(content, provider, place, owner)
        return span, content

    return edit


def _within_bounds(placed: Placed, edit: Edit) -> Edit:
    def checked(span: Span, content: Content) -> tuple[Span, Content]:
        new_span, new = edit(span, content)
        if new_span != span and crosses_neighbour(placed.instance, new_span):
            message = "Modified occurrence is crossing or overlapping adjacent occurrence."
            raise GraphError(400, "ErrorOccurrenceCrossingBoundary", message)
        return new_span, new

    return checked


def _refuse_read_only(calendar: Calendar) -> None:
    if calendar.source == "shared" and calendar.can_edit:
        raise not_implemented("writes to a calendar that somebody else shares")
    if not calendar.can_edit:
        raise GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _refuse_conflict(request: Request, placed: Placed) -> None:
    wanted, event = request.headers.get("if-match", "*"), placed.instance.event
    if wanted not in {"*", f'W/"{change_key(event.key, event.revision)}"'}:
        message = "The send or update operation could not be performed because the change key does not match."
        raise GraphError(412, "ErrorIrresolvableConflict", message)


def _answer(request: Request, desk: Desk, placed: Placed, preferences: Preferences, status: int) -> Response:
    context = f"{world_of(request).base_url}/v1.0/$metadata#users('{desk.person.id}')/events/$entity"
    body = render_event(Shown(desk.mailbox, placed, preferences), None)
    return GraphJson({"@odata.context": context, **body}, status, preferences.headers)


routes = [
    *(Route(path, create_event, methods=["POST"]) for path in PATHS),
    *(Route(f"{path}/{{event}}", change_event, methods=["PATCH"]) for path in PATHS),
    *(Route(f"{path}/{{event}}", delete_event, methods=["DELETE"]) for path in PATHS),
    *(Route(f"{path}/{{event}}/permanentDelete", permanently_delete_event, methods=["POST"]) for path in PATHS),
]
