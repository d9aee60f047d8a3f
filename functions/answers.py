"""What goes back over HTTP: JSON, and problems as RFC 9457 describes them."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import azure.functions as func
import msgspec

from shared_code.core.connection import IllegalStep
from shared_code.errors import Conflict, OrgcalError, Problem, Rejected, TryLater
from shared_code.logs import warn

STATUSES: Final[dict[Problem, int]] = {
    Problem.ORGANIZATION_NOT_FOUND: 404,
    Problem.CONNECTION_NOT_FOUND: 404,
    Problem.USER_NOT_FOUND: 404,
    Problem.BOOKING_NOT_FOUND: 404,
    Problem.DEAD_LETTER_NOT_FOUND: 404,
    Problem.HOLD_NOT_FOUND: 404,
    Problem.EVENT_NOT_FOUND: 404,
    Problem.NO_EVENT_ENDPOINT: 409,
    Problem.MALFORMED_JSON: 400,
    Problem.INVALID_REQUEST: 400,
    Problem.UNKNOWN_FIELD: 400,
    Problem.NAIVE_TIME: 400,
    Problem.INVALID_ID: 400,
    Problem.BODY_TOO_LARGE: 413,
    Problem.TOO_MANY_ITEMS: 422,
    Problem.WINDOW_INVALID: 422,
    Problem.WINDOW_TOO_LARGE: 422,
    Problem.TIME_ZONE_UNKNOWN: 422,
    Problem.RETURN_ADDRESS_REFUSED: 422,
    Problem.ADDRESS_INVALID: 422,
    Problem.DUPLICATE_USER: 422,
    Problem.ADDRESS_TAKEN: 409,
    Problem.SLOT_TAKEN: 409,
    Problem.FREE_TIME_UNKNOWN: 409,
    Problem.HOST_CHANGED: 409,
    Problem.NO_WRITE_CALENDAR: 409,
    Problem.ONLINE_MEETING_REFUSED: 422,
    Problem.MEETING_REFUSED: 422,
    Problem.BEYOND_HORIZON: 422,
    Problem.ILLEGAL_STATE: 409,
    Problem.ALREADY_REDRIVEN: 409,
    Problem.DEAD_LETTER_UNREADABLE: 409,
    Problem.ROLE_REQUIRED: 403,
    Problem.POLICY_FORBIDS: 403,
    Problem.PERSONAL_CONNECTIONS_OFF: 409,
    Problem.NOT_CONNECTED: 409,
    Problem.CALENDAR_UNKNOWN: 422,
    Problem.CALENDAR_NOT_EDITABLE: 422,
    Problem.CHANGED_MEANWHILE: 409,
    Problem.UNAVAILABLE: 503,
    Problem.INTERNAL_ERROR: 500,
}

TITLES: Final[dict[Problem, str]] = {
    Problem.ORGANIZATION_NOT_FOUND: "No such organization",
    Problem.CONNECTION_NOT_FOUND: "No such connection",
    Problem.USER_NOT_FOUND: "No such user",
    Problem.BOOKING_NOT_FOUND: "No such booking",
    Problem.DEAD_LETTER_NOT_FOUND: "No such dead letter",
    Problem.HOLD_NOT_FOUND: "No such held cancellations",
    Problem.EVENT_NOT_FOUND: "No such event",
    Problem.NO_EVENT_ENDPOINT: "This deployment sends events nowhere",
    Problem.MALFORMED_JSON: "The body is not JSON",
    Problem.INVALID_REQUEST: "The request is not as described in openapi.json",
    Problem.UNKNOWN_FIELD: "The body has a field that is not described",
    Problem.NAIVE_TIME: "An instant says nothing of its offset",
    Problem.INVALID_ID: "An id has characters or a length that ids do not have",
    Problem.BODY_TOO_LARGE: "The body is too large",
    Problem.TOO_MANY_ITEMS: "Too many items at once",
    Problem.WINDOW_INVALID: "The window does not run forwards",
    Problem.WINDOW_TOO_LARGE: "The window is longer than the horizon",
    Problem.TIME_ZONE_UNKNOWN: "No such time zone",
    Problem.RETURN_ADDRESS_REFUSED: "This deployment does not send people back there",
    Problem.ADDRESS_INVALID: "This is no mail address",
    Problem.DUPLICATE_USER: "A user is in the body twice",
    Problem.ADDRESS_TAKEN: "Another user has this address",
    Problem.SLOT_TAKEN: "The time is not free",
    Problem.FREE_TIME_UNKNOWN: "Nobody can tell whether the time is free",
    Problem.HOST_CHANGED: "A booking keeps its host",
    Problem.NO_WRITE_CALENDAR: "The host has no calendar that can be written to",
    Problem.ONLINE_MEETING_REFUSED: "No Teams meeting there, or no end to one",
    Problem.MEETING_REFUSED: "Microsoft does not take the meeting as it stands",
    Problem.BEYOND_HORIZON: "The meeting must lie ahead and end inside the horizon",
    Problem.ILLEGAL_STATE: "Not possible in the present state",
    Problem.ALREADY_REDRIVEN: "The dead letter was redriven already",
    Problem.DEAD_LETTER_UNREADABLE: "The dead letter holds no order that this version knows",
    Problem.ROLE_REQUIRED: "An owner or admin must do this",
    Problem.POLICY_FORBIDS: "The organization's policy does not allow this",
    Problem.PERSONAL_CONNECTIONS_OFF: "Nobody connects an account of their own in this deployment",
    Problem.NOT_CONNECTED: "The user has no calendar that could be asked",
    Problem.CALENDAR_UNKNOWN: "The user has no such calendar",
    Problem.CALENDAR_NOT_EDITABLE: "The calendar cannot be written to",
    Problem.CHANGED_MEANWHILE: "Changed by somebody else meanwhile",
    Problem.UNAVAILABLE: "Try again in a moment",
    Problem.INTERNAL_ERROR: "A fault of this service",
}

PROBLEM_BASE = "urn:orgcal:problem:"
AFTER_A_FAULT = 5  # seconds


class Clash(msgspec.Struct):
    """A time that is taken. Nobody is told by what."""

    start: datetime
    end: datetime


class ProblemDetails(msgspec.Struct, omit_defaults=True):
    """https://www.rfc-editor.org/rfc/rfc9457"""

    type: str
    title: str
    status: int
    detail: str
    fields: dict[str, str] = {}
    clashes: list[Clash] = []


_encoder = msgspec.json.Encoder()


def json_answer(value: object, status: int = 200) -> func.HttpResponse:
    return func.HttpResponse(
        _encoder.encode(value), status_code=status, mimetype="application/json", headers=_private()
    )


def no_content() -> func.HttpResponse:
    return func.HttpResponse(status_code=204, headers=_private())


def problem_answer(rejected: Rejected, headers: Mapping[str, str] | None = None) -> func.HttpResponse:
    problem = rejected.problem
    clashes = [Clash(clash.start, clash.end) for clash in rejected.clashes]
    details = ProblemDetails(
        PROBLEM_BASE + problem, TITLES[problem], STATUSES[problem], rejected.detail, rejected.fields, clashes
    )
    return func.HttpResponse(
        _encoder.encode(details),
        status_code=details.status,
        mimetype="application/problem+json",
        headers=_private() | dict(headers or {}),
    )


def error_answer(error: OrgcalError | IllegalStep) -> func.HttpResponse:
    """The problem that an error amounts to for whoever called."""
    match error:
        case Rejected():
            return problem_answer(error)
        case Conflict():
            return problem_answer(Rejected(Problem.CHANGED_MEANWHILE, "Read it again and repeat the call."))
        case IllegalStep():
            return problem_answer(Rejected(Problem.ILLEGAL_STATE, f"{error}."))
        case TryLater():
            wait = math.ceil(error.retry_after.total_seconds()) if error.retry_after else AFTER_A_FAULT
            return problem_answer(
                Rejected(Problem.UNAVAILABLE, "Nothing was lost; repeat the call."),
                {"Retry-After": str(max(wait, 1))},
            )
        case _:
            # What was wrong goes to the log alone: it may name things that are none of the caller's business.
            warn("call_failed", error=type(error).__name__, about=error)
            return problem_answer(Rejected(Problem.INTERNAL_ERROR, "The operator finds more in the log."))


def _private() -> dict[str, str]:
    return {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
