"""The product API's bodies, in and out: the one place from which validation and the OpenAPI document come."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from functions.calls import ID_PATTERN
from shared_code.core.connection import ConnectionState
from shared_code.core.product_user import MatchRule, Role, UserState

Id = Annotated[str, Meta(pattern=ID_PATTERN, description="1 to 64 letters, digits, `_`, `.` or `-`; case counts.")]
Instant = Annotated[datetime, Meta(tz=True, description="RFC 3339 with an offset or Z.")]
InstantGiven = Annotated[datetime, Meta(tz=True)]
# Spelt out, because what `\s` stands for differs between Python and ECMAScript.
DOMAIN_PATTERN = r"^[^\x00-\x20\x7f-\xa0@/]+\.[^\x00-\x20\x7f-\xa0@/]+(?!\n)$"


class Body(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Whatever is not described is refused, so that a misspelt field is not silently ignored."""


class Given(msgspec.Struct, kw_only=True, omit_defaults=False):
    """Answers may gain fields; readers ignore what they do not know."""


class HeldGiven(Given):
    held_at: InstantGiven
    losing: int
    connected: int


class MendedGiven(Given):
    mailboxes: int
    links: int
    turns: int
    subscriptions: int
    strays: int
    index_rows: int
    slices: int
    batches: int
    outboxes: int
    tokens: int


class RepairGiven(Given):
    began_at: InstantGiven
    finished_at: InstantGiven
    mended: Annotated[MendedGiven, Meta(description="How often each kind of damage was met; all 0 in good days.")]


class ConnectionGiven(Given):
    connection: str
    state: ConnectionState
    reason: str | None
    tenant: str | None
    activation_link: Annotated[str | None, Meta(description="Only while it works.")]
    link_expires_at: InstantGiven
    link_last_opened_at: InstantGiven | None
    activated_by: Annotated[str | None, Meta(description="Object id of the Microsoft administrator who consented.")]
    activated_at: InstantGiven | None
    scoped_by_exchange: bool
    confirmed_domains: list[str]
    held: HeldGiven | None
    repair: Annotated[RepairGiven | None, Meta(description="The last walk that looked for damage.")]
    created_at: InstantGiven


class ConnectionsGiven(Given):
    connections: list[ConnectionGiven]


class ConfirmActivation(Body, tag_field="confirm", tag="activation"):
    """The first match, which waits for a review."""


class ConfirmSweep(Body, tag_field="confirm", tag="sweep"):
    """A match that was held, because it takes calendars from many people."""


class ConfirmDomain(Body, tag_field="confirm", tag="domain"):
    """A domain that the tenant has not proven: addresses in it may be matched from now on."""

    domain: Annotated[str, Meta(min_length=3, max_length=253, pattern=DOMAIN_PATTERN)]


ConfirmBody = ConfirmActivation | ConfirmSweep | ConfirmDomain


class AddressBody(Body):
    address: Annotated[str, Meta(min_length=3, max_length=320)]
    verified: Annotated[bool, Meta(description="Only verified addresses are ever matched.")]


class UserBody(Body):
    addresses: Annotated[list[AddressBody], Meta(max_length=20)]
    time_zone: Annotated[str, Meta(max_length=64, description="IANA name, such as Europe/Paris.")] | None = None
    role: Role = "user"
    has_calendar: Annotated[
        bool, Meta(description="The product has a calendar of its own for this user, so none is connected.")
    ] = False


class NamedUserBody(UserBody, kw_only=True):
    user: Id


class UsersBody(Body):
    users: list[NamedUserBody]


class UserOutcome(Given):
    user: str
    outcome: Literal["created", "updated", "unchanged", "conflict"]


class UserOutcomes(Given):
    results: list[UserOutcome]


AccountState = Annotated[
    Literal["pending", "connected", "needs_reconnect", "set_aside"],
    Meta(description="`set_aside` by the organization's policy; `needs_reconnect` is for its owner to mend."),
]


class OwnAccountGiven(Given):
    connection: str
    state: AccountState
    reason: str | None


class UserGiven(Given):
    user: str
    addresses: list[AddressBody]
    time_zone: str | None
    role: Role
    has_calendar: bool
    state: UserState
    reason: str | None
    connection: str | None
    connected_at: InstantGiven | None
    changed_at: InstantGiven
    personal_connections: Annotated[
        list[OwnAccountGiven], Meta(description="Outlook accounts that the user has connected themself.")
    ]


class ExplanationGiven(Given):
    user: str
    state: UserState
    since: InstantGiven
    reason: str | None
    text: Annotated[str, Meta(description="The reason in plain words.")]
    rule: Annotated[MatchRule | None, Meta(description="What made the match.")]
    address: Annotated[str | None, Meta(description="The address that matched, masked.")]
    user_id: Annotated[str | None, Meta(description="The directory user's object id.")]
    tenant: str | None
    connection: str | None
    matched_at: InstantGiven | None
    candidates: Annotated[list[str], Meta(description="Masked addresses, when several directory users match.")]
    domain: Annotated[str | None, Meta(description="The domain that the tenant has not proven.")]


class UsersGiven(Given):
    users: list[UserGiven]
    next: Annotated[str | None, Meta(description="Give it as `after` for the next page; null after the last.")]


class AuditGiven(Given):
    at: InstantGiven
    action: str
    by: str
    connection: str | None
    detail: str | None


class AuditsGiven(Given):
    audit: list[AuditGiven]
    next: str | None


class AvailabilityBody(Body):
    users: Annotated[list[Id], Meta(min_length=1, description="Up to 100; up to 20 with `live`.")]
    start: Instant
    end: Instant
    max_age: Annotated[float, Meta(ge=0, le=604800, description="Seconds; older calendars are `stale`.")] | None = None
    live: Annotated[bool, Meta(description="Read Microsoft now, for up to 20 users.")] = False


class BusyGiven(Given):
    start: InstantGiven
    end: InstantGiven


class CalendarGiven(Given):
    calendar: str
    state: Literal["ok", "stale", "pending", "denied", "throttled", "gone", "too_large"]
    read_at: InstantGiven | None
    connection: Annotated[str, Meta(description="Of the organization, or a personal one, through which it is read.")]


class UserAvailability(Given):
    user: str
    complete: Annotated[bool, Meta(description="False: time that is not listed as busy must not be taken for free.")]
    reason: Annotated[str | None, Meta(description="Why the answer is not complete.")]
    detail: Annotated[
        str | None, Meta(description="The user's or the connection's state or trouble behind the reason.")
    ]
    busy: list[BusyGiven]
    calendars: list[CalendarGiven]


class AvailabilityGiven(Given):
    users: list[UserAvailability]


class DeadLetterGiven(Given):
    letter: str
    state: Literal["waiting", "redriven"]
    queue: Annotated[str, Meta(description="On which the message was tried.")]
    order: Annotated[str | None, Meta(description="What the message orders; null if this version cannot read it.")]
    message: Annotated[dict[str, Any] | None, Meta(description="The order itself: ids and instants.")]
    unreadable: Annotated[str | None, Meta(description="Base64 of the first 4,096 bytes, if `message` is null.")]
    dead_at: InstantGiven
    redriven_at: InstantGiven | None
    kept_until: InstantGiven


class DeadLettersGiven(Given):
    dead_letters: list[DeadLetterGiven]
    next: str | None


class HealthGiven(Given):
    status: Literal["ok", "failing"]
    failing: list[str]
