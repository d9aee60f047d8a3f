"""Errors named for what whoever catches them should do.

OrgcalError
├── TryLater            nothing is wrong for good; come again after ``retry_after``
│   └── Throttled       the other side counts; it said how long, or did not
├── Conflict            somebody wrote first: read again, decide again
├── StartAgain          a link or token is dead: begin the round from its start
├── Disconnected        the tenant no longer trusts this deployment
├── SignInRefused       Microsoft let somebody's own sign-in not go on; says how
├── Refused             this one mailbox is closed to us
├── NoMailbox           this person has no mailbox that Graph reaches
├── Gone                the thing asked for does not exist (any more)
├── TooLarge            a calendar has more events than are kept of one
├── Occupied            another one is there already; says which, if the other side did
├── Rejected            the caller must change the request; carries the problem's type
├── Forged              somebody's proof does not hold; nothing may change
├── BadLink             an activation link that is none of ours, or of something that is gone
├── LinkClosed          a genuine activation link that leads nowhere (any more); says why
├── PortalClosed        somebody who is not let into the signed-in pages; says why
├── BadState            an answer that this browser did not ask for; nothing may change
└── Unexpected          a contract is broken: stop, and let a person look
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from shared_code.core.activation_link import LinkFault
from shared_code.core.intervals import Interval
from shared_code.core.portal_session import PortalFault, WayBack


class OrgcalError(Exception):
    """Any error that Orgcal raises on purpose."""


class TryLater(OrgcalError):
    """A passing fault. ``retry_after`` is None when the other side named no time."""

    def __init__(self, message: str, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Throttled(TryLater):
    """Too many requests; ``whole_tenant`` says whether the limit is the tenant's or one mailbox's."""

    def __init__(self, message: str, retry_after: timedelta | None = None, *, whole_tenant: bool = False) -> None:
        super().__init__(message, retry_after)
        self.whole_tenant = whole_tenant


class Conflict(OrgcalError):
    """The record has moved on since it was read."""


class StartAgain(OrgcalError):
    """A delta or next link is no longer accepted."""


class Disconnected(OrgcalError):
    """No consent, no service principal, or the credential is refused in that tenant."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason  # consent_missing, app_disabled, credential_refused, …


class SignInRefused(OrgcalError):
    """Microsoft's own words for it, as of an authorisation error: ``error``, ``error_subcode``, and AADSTS number."""

    def __init__(self, error: str, subcode: str | None, code: int | None) -> None:
        super().__init__(f"{error} {subcode or ''} {code or ''}".strip())
        self.error = error
        self.subcode = subcode
        self.code = code


class Refused(OrgcalError):
    """403 for one mailbox: an application access policy or an Exchange scope."""


class NoMailbox(OrgcalError):
    """No licence, soft-deleted, or on premises."""


class Gone(OrgcalError):
    """404 or 410 for the very thing asked for."""


class TooLarge(OrgcalError):
    """More events in a calendar's window than ``limits.MAX_EVENTS``; the rest of them was not read."""


class Occupied(OrgcalError):
    """What was to be made is there already, under the id ``taken_by``; None if the refusal did not name it."""

    def __init__(self, message: str, taken_by: str | None) -> None:
        super().__init__(message)
        self.taken_by = taken_by


class BadLink(OrgcalError):
    """The token is not one of ours, or what it named is gone."""


class LinkClosed(OrgcalError):
    """A genuine activation link that leads nowhere (any more)."""

    def __init__(self, fault: LinkFault) -> None:
        super().__init__(fault)
        self.fault = fault


class PortalClosed(OrgcalError):
    """No way into the signed-in pages with this link or cookie (any more).

    ``back``: of the link or session that it once was; None unless its secret was shown.
    """

    def __init__(self, fault: PortalFault, back: WayBack | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.back = back


class BadState(OrgcalError):
    """An answer that this browser did not ask for, or asked for once already. ``reason`` goes to the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unexpected(OrgcalError):
    """An answer or a record that no rule covers."""


class Forged(OrgcalError):
    """A signature, a state, a nonce or an issuer that is not what it must be. ``reason`` goes to the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Problem(StrEnum):
    """The stable problem types of the product API (RFC 9457); their statuses are in functions/answers.py."""

    ORGANIZATION_NOT_FOUND = "organization-not-found"
    CONNECTION_NOT_FOUND = "connection-not-found"
    USER_NOT_FOUND = "user-not-found"
    BOOKING_NOT_FOUND = "booking-not-found"
    DEAD_LETTER_NOT_FOUND = "dead-letter-not-found"
    HOLD_NOT_FOUND = "hold-not-found"
    EVENT_NOT_FOUND = "event-not-found"
    NO_EVENT_ENDPOINT = "no-event-endpoint"
    MALFORMED_JSON = "malformed-json"
    INVALID_REQUEST = "invalid-request"
    UNKNOWN_FIELD = "unknown-field"
    NAIVE_TIME = "naive-time"
    INVALID_ID = "invalid-id"
    BODY_TOO_LARGE = "body-too-large"
    TOO_MANY_ITEMS = "too-many-items"
    WINDOW_INVALID = "window-invalid"
    WINDOW_TOO_LARGE = "window-too-large"
    TIME_ZONE_UNKNOWN = "time-zone-unknown"
    RETURN_ADDRESS_REFUSED = "return-address-refused"
    ADDRESS_INVALID = "address-invalid"
    DUPLICATE_USER = "duplicate-user"
    ADDRESS_TAKEN = "address-taken"
    SLOT_TAKEN = "slot-taken"
    FREE_TIME_UNKNOWN = "free-time-unknown"
    HOST_CHANGED = "host-changed"
    NO_WRITE_CALENDAR = "no-write-calendar"
    ONLINE_MEETING_REFUSED = "online-meeting-refused"
    MEETING_REFUSED = "meeting-refused"
    BEYOND_HORIZON = "beyond-horizon"
    ILLEGAL_STATE = "illegal-state"
    ALREADY_REDRIVEN = "already-redriven"
    DEAD_LETTER_UNREADABLE = "dead-letter-unreadable"
    ROLE_REQUIRED = "role-required"
    POLICY_FORBIDS = "policy-forbids"
    PERSONAL_CONNECTIONS_OFF = "personal-connections-off"
    NOT_CONNECTED = "not-connected"
    CALENDAR_UNKNOWN = "calendar-unknown"
    CALENDAR_NOT_EDITABLE = "calendar-not-editable"
    CHANGED_MEANWHILE = "changed-meanwhile"
    UNAVAILABLE = "unavailable"
    INTERNAL_ERROR = "internal-error"


@dataclass
class Rejected(OrgcalError):
    """The request cannot be carried out as it stands; nothing was changed."""

    problem: Problem
    detail: str
    fields: dict[str, str] = field(default_factory=dict)
    clashes: tuple[Interval, ...] = ()  # when the time asked for is taken: times only

    def __str__(self) -> str:
        return f"{self.problem}: {self.detail}"
