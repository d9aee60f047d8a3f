"""Where Graph's answers become Orgcal's errors: no other module looks at a status or a code.

Codes are compared without case, the deepest known one counts, and messages are never read, with one exception that
is marked below. The list of codes is https://learn.microsoft.com/graph/errors and what was recorded from the service.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec

from shared_code.adapters.retry_after import parse_retry_after
from shared_code.core.ids import TenantId, Through, tenant_of
from shared_code.errors import (
    Disconnected,
    Gone,
    NoMailbox,
    Occupied,
    OrgcalError,
    Problem,
    Refused,
    Rejected,
    StartAgain,
    Throttled,
    TryLater,
    Unexpected,
)


class Asked(Enum):
    """What a request was about; the same 403 or 404 means different things."""

    DIRECTORY = auto()
    DIRECTORY_LINK = auto()  # a next or delta link of the directory
    MAILBOX = auto()
    CALENDAR = auto()
    MEETING = auto()  # an event that we write, or the calendar for it
    SUBSCRIBING = auto()  # to a mailbox, about which it may be refused
    SUBSCRIPTION = auto()  # one that is or was there, by its id


@dataclass(frozen=True)
class Answer:
    """What came back, before anybody has an opinion on it. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


@dataclass(frozen=True)
class Question:
    through: Through
    asked: Asked
    about: str  # ids, for the log

    @property
    def tenant(self) -> TenantId:
        return tenant_of(self.through)


class _Kind(Enum):
    THROTTLED = auto()
    TRANSIENT = auto()
    START_AGAIN = auto()
    IDENTITY_UNKNOWN = auto()
    PERMISSION_MISSING = auto()
    CONDITIONAL_ACCESS = auto()
    DENIED = auto()
    NO_MAILBOX = auto()
    USER_UNKNOWN = auto()
    ITEM_UNKNOWN = auto()
    ID_UNKNOWN = auto()  # malformed, or of another mailbox
    ZONE_UNKNOWN = auto()


_CODES = {
    "applicationthrottled": _Kind.THROTTLED,
    "toomanyrequests": _Kind.THROTTLED,
    "activitylimitreached": _Kind.THROTTLED,
    "errorexceededconnectioncount": _Kind.THROTTLED,
    "errorinternalservertransienterror": _Kind.TRANSIENT,
    "errorserverbusy": _Kind.TRANSIENT,
    "serviceunavailable": _Kind.TRANSIENT,
    "servicenotavailable": _Kind.TRANSIENT,
    "syncstatenotfound": _Kind.START_AGAIN,
    "resyncrequired": _Kind.START_AGAIN,
    "directory_expiredpagetoken": _Kind.START_AGAIN,
    "directory_resyncrequired": _Kind.START_AGAIN,
    "authorization_identitynotfound": _Kind.IDENTITY_UNKNOWN,
    "authorization_requestdenied": _Kind.PERMISSION_MISSING,
    "insufficient_claims": _Kind.CONDITIONAL_ACCESS,
    "erroraccessdenied": _Kind.DENIED,
    "accessdenied": _Kind.DENIED,
    "extensionerror": _Kind.DENIED,
    "mailboxnotenabledforrestapi": _Kind.NO_MAILBOX,
    "errorinvaliduser": _Kind.USER_UNKNOWN,
    "resourcenotfound": _Kind.USER_UNKNOWN,
    "request_resourcenotfound": _Kind.USER_UNKNOWN,
    "erroritemnotfound": _Kind.ITEM_UNKNOWN,
    "itemnotfound": _Kind.ITEM_UNKNOWN,
    "errorinvalididmalformed": _Kind.ID_UNKNOWN,
    "errorinvalidmailboxitemid": _Kind.ID_UNKNOWN,
    "timezonenotsupportedexception": _Kind.ZONE_UNKNOWN,
}
_OF_GRAPHS_OWN_ID = frozenset({Asked.CALENDAR, Asked.MEETING})
_IN_A_MAILBOX = frozenset({Asked.MAILBOX, Asked.CALENDAR, Asked.MEETING, Asked.SUBSCRIBING})
_BANDWIDTH_EXCEEDED = 509
_LINK_IS_DEAD = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.GONE})


def refusal(question: Question, answer: Answer, now: datetime) -> OrgcalError:
    """The error that an answer outside 2xx stands for."""
    codes = tuple(_codes(answer.body))
    known = next((_CODES[code] for code in reversed(codes) if code in _CODES), None)
    told = f"{question.about}: Graph answered {answer.status} {'/'.join(codes) or 'without a code'}"
    later = parse_retry_after(answer.headers.get("retry-after"), now)
    if answer.status in (HTTPStatus.TOO_MANY_REQUESTS, _BANDWIDTH_EXCEEDED) or known is _Kind.THROTTLED:
        return Throttled(told, later, whole_tenant=_is_whole_tenant(question.asked, answer))
    if _is_transient(answer.status, known) or _wraps_transient(codes, answer.body):
        return TryLater(told, later)
    if question.asked is Asked.SUBSCRIBING and answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT):
        return _not_subscribed(answer, codes, told)
    if question.asked is Asked.MEETING and (refused := _meeting_refused(answer.status, known, codes, told)):
        return refused
    return _lasting(question, answer.status, known, told)


def _lasting(question: Question, status: int, known: _Kind | None, told: str) -> OrgcalError:
    if status == HTTPStatus.UNAUTHORIZED:
        return _unauthorized(known, told)
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(question.asked, known, told)
    if question.asked is Asked.DIRECTORY_LINK and (status in _LINK_IS_DEAD or known is _Kind.START_AGAIN):
        return StartAgain(told)
    if status == HTTPStatus.GONE or known is _Kind.START_AGAIN:
        return TryLater(told)  # only a link's page can be gone here, and the next read begins at the first page anyway
    # Graph gave us the calendar's or event's id itself: if that is no id of this mailbox, another one is there now.
    if status == HTTPStatus.NOT_FOUND or (question.asked in _OF_GRAPHS_OWN_ID and known is _Kind.ID_UNKNOWN):
        return _not_found(question.asked, known, told)
    return Unexpected(told)


# The one place where Graph says which subscription stands in the way (recorded by third parties):
# "Subscription Id <id> already exists for the requested combination".
_IN_THE_WAY = re.compile(rb"Subscription Id ([0-9A-Za-z-]{1,64}) already exists")
_HANDSHAKE_FAILED = frozenset({"validationerror", "invalidrequest"})


def _not_subscribed(answer: Answer, codes: tuple[str, ...], told: str) -> OrgcalError:
    """Another one is there, or our own address did not answer the handshake in time, which passes."""
    if answer.status == HTTPStatus.CONFLICT:
        taken = _IN_THE_WAY.search(answer.body)
        return Occupied(told, taken[1].decode("ascii") if taken else None)
    return TryLater(told) if _HANDSHAKE_FAILED.intersection(codes) else Unexpected(told)


class ZoneUnknown(Rejected):
    """Graph does not know the zone by this name; it has written nothing."""


def _meeting_refused(status: int, known: _Kind | None, codes: tuple[str, ...], told: str) -> OrgcalError | None:
    """What only the product can mend; a code is Microsoft's word, and names nobody."""
    if status == HTTPStatus.CONFLICT:
        return Occupied(told, None)
    if status != HTTPStatus.BAD_REQUEST or known is _Kind.ID_UNKNOWN:
        return None
    kind = ZoneUnknown if known is _Kind.ZONE_UNKNOWN else Rejected
    return kind(Problem.MEETING_REFUSED, f"Microsoft does not take it: {'/'.join(codes) or 'it does not say why'}.")


def _unauthorized(known: _Kind | None, told: str) -> OrgcalError:
    """A fresh token was tried already. Graph now and then refuses a valid one, so nothing lasting is concluded,
    unless it says that it does not know the service principal: consent withdrawn, or not spread yet."""
    if known is _Kind.IDENTITY_UNKNOWN:
        return Disconnected(told, "consent_missing")
    return TryLater(told)


def _forbidden(asked: Asked, known: _Kind | None, told: str) -> OrgcalError:
    """One mailbox's 403 is never the loss of consent; the directory's is."""
    if known is _Kind.CONDITIONAL_ACCESS:
        return Disconnected(told, "conditional_access")
    if asked in _IN_A_MAILBOX and known is not _Kind.PERMISSION_MISSING:
        return Refused(told)
    return Disconnected(told, "permission_missing")


def _not_found(asked: Asked, known: _Kind | None, told: str) -> OrgcalError:
    if asked is Asked.SUBSCRIPTION:
        return Gone(told)
    if asked is Asked.SUBSCRIBING and known is _Kind.DENIED:
        return NoMailbox(told)  # an ExtensionError that wraps the mailbox's own 404
    if known is _Kind.NO_MAILBOX:
        return NoMailbox(told)
    if known is _Kind.USER_UNKNOWN:
        return Gone(told) if asked is Asked.DIRECTORY else NoMailbox(told)
    if known in {_Kind.ITEM_UNKNOWN, _Kind.ID_UNKNOWN}:
        return Gone(told)
    return Unexpected(told)  # a proxy's or a front end's 404 says nothing of the mailbox


def _is_transient(status: int, known: _Kind | None) -> bool:
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.FAILED_DEPENDENCY):
        return True
    return known is _Kind.TRANSIENT or (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    )


def _is_whole_tenant(asked: Asked, answer: Answer) -> bool:
    """Outlook counts per app and mailbox, the directory per app and tenant; the header, if there, knows better."""
    scope = answer.headers.get("x-ms-throttle-scope")
    if scope is not None:
        return scope.casefold().startswith("tenant")
    return asked in (Asked.DIRECTORY, Asked.DIRECTORY_LINK)


# ExtensionError wraps another service's status in its message, and a 403 of it may be a passing fault (recorded by
# third parties): "Operation: Create; Exception: [Status Code: ServiceUnavailable; Reason: …]". Nothing else tells.
_INNER_STATUS = re.compile(rb"Status Code: ?(\w+)")
_TRANSIENT_INNER = frozenset(
    {b"ServiceUnavailable", b"GatewayTimeout", b"InternalServerError", b"BadGateway", b"RequestTimeout"}
)


def _wraps_transient(codes: tuple[str, ...], body: bytes) -> bool:
    if "extensionerror" not in codes:
        return False
    inner = _INNER_STATUS.search(body)
    return inner is not None and inner[1] in _TRANSIENT_INNER


class _Envelope(msgspec.Struct):
    """https://learn.microsoft.com/graph/errors; inner errors come under two spellings and nest."""

    error: dict[str, Any]


_DEEPEST = 10
_CODE = re.compile(r"[\w.-]{1,100}", re.ASCII)  # codes are logged, and whatever else a proxy may write there is not


def _codes(body: bytes) -> Iterator[str]:
    """The error's codes from the outermost in, in lower case; none if the body is not Graph's."""
    try:
        error: Any = msgspec.json.decode(body, type=_Envelope).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    for _ in range(_DEEPEST):
        if not isinstance(error, dict):
            return
        if isinstance(code := error.get("code"), str) and _CODE.fullmatch(code):
            yield code.casefold()
        error = error.get("innerError", error.get("innererror"))


_PLACE = re.compile(r" - at `(\$[\w.\[\]@]*)`$")


def decode[T](question: Question, body: bytes, of: type[T]) -> T:
    """Unexpected if Graph's body is not what its page says."""
    try:
        return msgspec.json.decode(body, type=of)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # Neither the message nor the cause: both may repeat what could not be read. The place is made of our own names.
        place = _PLACE.search(str(error))
        where = f" at {place[1]}" if place else ""
        raise Unexpected(f"{question.about}: Graph's answer cannot be read{where} ({type(error).__name__})") from None


def check_link(question: Question, link: str, graph: str) -> str:
    """The link itself if it leads to ``graph`` (scheme, host and port), since a token goes with it; else Unexpected."""
    if _origin(link) != _origin(graph):
        raise Unexpected(f"{question.about}: a link leads away from Graph; it is not followed")
    return link


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443}.get(parts.scheme)
    except ValueError:
        return None
    if parts.username is not None or parts.password is not None:
        return None
    return parts.scheme, parts.hostname, port
