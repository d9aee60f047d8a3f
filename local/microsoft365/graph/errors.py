"""Graph's error envelope (learn.microsoft.com/graph/errors)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from local.microsoft365.web import Json, world_of


class GraphError(Exception):
    """Raised anywhere below a Graph route; becomes the envelope with the request's ids."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def envelope(code: str, message: str, now: datetime, request_id: str, client_request_id: str) -> dict[str, Any]:
    """``date`` carries no zone letter, as in Graph's own answers; it is UTC."""
    inner = {
        "date": now.strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": request_id,
        "client-request-id": client_request_id,
    }
    return {"error": {"code": code, "message": message, "innerError": inner}}


async def answer_graph_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, GraphError)  # noqa: S101 - Starlette looks the handler up by this class
    request_id: str = request.state.request_id
    body = envelope(
        error.code,
        error.message,
        world_of(request).now(),
        request_id,
        request.headers.get("client-request-id", request_id),
    )
    return Json(body, error.status, error.headers)


def not_implemented(what: str) -> GraphError:
    """The stand-in's own refusal: honest about being a stand-in, so nobody takes it for Graph's answer."""
    return GraphError(501, "NotImplemented", f"The local stand-in does not know {what}; see COVERAGE.md.")
