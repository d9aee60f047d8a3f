"""Answers that are given before the request is looked at: by script, or because a limit is reached."""

import math
from http import HTTPStatus

from starlette.responses import Response

from local.microsoft365.addressing import Target
from local.microsoft365.entra.errors import TokenError, token_error_body
from local.microsoft365.faults import FaultAnswer
from local.microsoft365.graph.errors import envelope
from local.microsoft365.web import Json
from local.microsoft365.world import World

type RequestIds = tuple[str, str]
"""The server's request-id and the client's."""

_GRAPH_CODES = {
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ResourceNotFound",
    410: "SyncStateNotFound",
    429: "TooManyRequests",
    500: "ErrorInternalServerTransientError",
    503: "ServiceUnavailable",
}
_TRANSIENT = 90033


def scripted_answer(world: World, target: Target, fault: FaultAnswer, ids: RequestIds) -> Response:
    status = fault.status or 500
    message = fault.message or f"{HTTPStatus(status).phrase} (by script)."
    headers = {} if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    if target.is_entra:
        return _entra(world, status, fault.code, message, headers)
    code = fault.code or _GRAPH_CODES.get(status, "UnknownError")
    return Json(envelope(code, message, world.now(), *ids), status, headers)


def throttled(world: World, target: Target, retry_after: float, ids: RequestIds) -> Response:
    """429 with whole seconds still to wait."""
    headers = {"Retry-After": str(max(1, math.ceil(retry_after)))}
    if target.is_entra:
        return _entra(world, 429, None, "The server is too busy; try again later.", headers)
    code = "ApplicationThrottled" if target.is_mailbox else "TooManyRequests"
    return Json(envelope(code, "Please retry again later.", world.now(), *ids), 429, headers)


def too_many_at_once(world: World, ids: RequestIds) -> Response:
    """The fifth request at the same time of one app to one mailbox."""
    message = "Application is over its MailboxConcurrency limit."
    return Json(envelope("ApplicationThrottled", message, world.now(), *ids), 429, {"Retry-After": "1"})


def _entra(world: World, status: int, code: str | None, message: str, headers: dict[str, str]) -> Response:
    """``code`` may be an `error` word or an AADSTS code such as `AADSTS53003`."""
    number = int(code.removeprefix("AADSTS")) if code and code.startswith("AADSTS") else _TRANSIENT
    word = code if code and not code.startswith("AADSTS") else "temporarily_unavailable"
    body = token_error_body(TokenError(number, word, message), world.now(), world.base_url, None)
    return Json(body, status, headers)
