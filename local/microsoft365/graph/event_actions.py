"""What organizer and attendees do with a meeting: cancel it, or answer it.

learn.microsoft.com/graph/api/event-cancel
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365 import meetings
from local.microsoft365.graph.calendars import item_errors
from local.microsoft365.graph.errors import GraphError
from local.microsoft365.graph.event_body import read_members
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


async def _parameters(request: Request) -> dict[str, Any]:
    """Parameters of actions are read in any case: the page writes `Comment`, others `comment`."""
    return {name.lower(): value for name, value in (await read_members(request)).items()}


routes = [
    *(Route(f"{path}/{{event}}/cancel", cancel_event, methods=["POST"]) for path in PATHS),
]
