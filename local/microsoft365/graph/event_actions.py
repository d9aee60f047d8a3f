"""What organizer and attendees do with a meeting: cancel it, or answer it.

learn.microsoft.com/graph/api/event-cancel, …/event-accept, …/event-tentativelyaccept, …/event-decline
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365 import meetings
from local.microsoft365.answers import Answer, CannotAnswer, Given, respond
from local.microsoft365.event_input import parse_span
from local.microsoft365.events import Span
from local.microsoft365.graph.calendars import item_errors
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.event_body import read_members, refusal
from local.microsoft365.graph.event_lists import PATHS, named_item
from local.microsoft365.graph.event_writes import desk_of
from local.microsoft365.web import world_of

_REFUSED = "Your request can't be completed. "


async def cancel_event(request: Request) -> Response:
    desk, members = desk_of(request), await _parameters(request)
    with item_errors():
        named_item(request, desk.mailbox)
        try:
            comment = str(members.get("comment") or "")
            meetings.cancel(world_of(request), desk, request.path_params["event"], comment)
        except meetings.NotTheOrganizer as error:
            message = _REFUSED + "You need to be an organizer to cancel a meeting."
            raise GraphError(400, "ErrorInvalidRequest", message) from error
    return Response(status_code=202)


async def accept_event(request: Request) -> Response:
    return await _respond(request, "accepted")


async def tentatively_accept_event(request: Request) -> Response:
    return await _respond(request, "tentativelyAccepted")


async def decline_event(request: Request) -> Response:
    return await _respond(request, "declined")


async def _respond(request: Request, given: Given) -> Response:
    desk, members = desk_of(request), await _parameters(request)
    answer = Answer(given, str(members.get("comment") or ""), members.get("sendresponse") is not False, _time(members))
    with item_errors():
        placed = named_item(request, desk.mailbox)
        if placed.instance.due is not None:
            raise not_implemented("an answer to one occurrence")
        try:
            respond(world_of(request), desk, request.path_params["event"], answer)
        except CannotAnswer as error:
            raise GraphError(400, "ErrorInvalidRequest", f"{_REFUSED}{error}") from error
    return Response(status_code=202)


def _time(members: dict[str, Any]) -> Span | None:
    if not members.get("proposednewtime"):
        return None
    try:
        return parse_span(members["proposednewtime"])
    except ValueError as error:
        raise refusal(error) from error


async def _parameters(request: Request) -> dict[str, Any]:
    """Parameters of actions are read in any case: the page writes `Comment`, others `comment`."""
    return {name.lower(): value for name, value in (await read_members(request)).items()}


_ACTS = {
    "cancel": cancel_event,
    "accept": accept_event,
    "tentativelyAccept": tentatively_accept_event,
    "decline": decline_event,
}

routes = [Route(f"{path}/{{event}}/{name}", act, methods=["POST"]) for path in PATHS for name, act in _ACTS.items()]
