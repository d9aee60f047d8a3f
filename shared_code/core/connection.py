"""A connection of an organisation to one Microsoft tenant: its states and the steps between them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.mended import RepairWalk


class ConnectionState(StrEnum):
    PENDING = "pending"  # link issued, nothing proven
    EXPIRED = "expired"
    VERIFYING = "verifying"  # a proven administrator confirmed; the grant or the first sweep is outstanding
    REVIEW = "review"  # the first match waits for a person; nobody is connected yet
    ACTIVE = "active"
    ATTENTION = "attention"
    DISCONNECTING = "disconnecting"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True)
class ActivationLink:
    """What a link's signed token is checked against: only the newest, unrevoked generation works."""

    generation: int
    issued_at: datetime  # sealed into the token, so that a later link of the same name is another one
    expires_at: datetime
    issued_by: ProductUserId
    last_opened_at: datetime | None = None
    revoked: bool = False
    key: str | None = None  # the product's idempotency key of the request that issued it


@dataclass(frozen=True)
class HeldSweep:
    """A sweep that would take too many calendars away, kept back until a person confirms it."""

    held_at: datetime
    losing: int
    connected: int
    people: tuple[ProductUserId, ...] = ()  # who would lose them, the first hundred; none where that was not noted


@dataclass(frozen=True)
class Connection:
    connection: ConnectionId
    organization: OrganizationId
    state: ConnectionState
    created_at: datetime
    link: ActivationLink
    reason: str | None = None
    tenant: TenantId | None = None
    activated_by: UserId | None = None  # the Microsoft administrator who consented
    activated_at: datetime | None = None
    service_principal: str | None = None  # the app's object in the tenant, as of the last grant that was seen
    verifying_since: datetime | None = None
    sign_in: str | None = None  # whose confirmation made it so; a repeat of that one is no new consent
    grant_attempts: int = 0
    grant_next_at: datetime | None = None
    calendars_granted: bool = False  # the token's roles hold Calendars.ReadWrite
    scoped_by_exchange: bool = False  # they do not, but Exchange lets us into some mailboxes
    confirmed_domains: tuple[str, ...] = ()
    not_before: datetime | None = None  # the whole tenant is throttled until then
    reviewed: bool = False  # a person confirmed the first match
    held: HeldSweep | None = None
    sweep_confirmed_at: datetime | None = None  # a person let the held sweep through
    purge: bool = False  # forget the settings as well
    repaired: RepairWalk | None = None
    settles_at: datetime | None = None  # disconnected, and until then a match under way may still write users
    doubted_at: datetime | None = None  # what used to be open was refused then; a look at the grant tells what it means
    looked_at: datetime | None = None  # the last such look
    recovered_at: datetime | None = None  # nothing that was told before then says that nothing changed until then


LEGAL_STEPS: dict[ConnectionState, frozenset[ConnectionState]] = {
    ConnectionState.PENDING: frozenset(
        {ConnectionState.EXPIRED, ConnectionState.VERIFYING, ConnectionState.DISCONNECTING}
    ),
    ConnectionState.EXPIRED: frozenset({ConnectionState.PENDING, ConnectionState.DISCONNECTING}),
    ConnectionState.VERIFYING: frozenset(
        {
            ConnectionState.ACTIVE,
            ConnectionState.REVIEW,
            ConnectionState.ATTENTION,
            ConnectionState.DISCONNECTING,
        }
    ),
    ConnectionState.REVIEW: frozenset(
        {ConnectionState.ACTIVE, ConnectionState.ATTENTION, ConnectionState.DISCONNECTING}
    ),
    ConnectionState.ACTIVE: frozenset({ConnectionState.ATTENTION, ConnectionState.DISCONNECTING}),
    ConnectionState.ATTENTION: frozenset(
        {
            ConnectionState.ACTIVE,
            ConnectionState.REVIEW,
            ConnectionState.VERIFYING,
            ConnectionState.DISCONNECTING,
        }
    ),
    ConnectionState.DISCONNECTING: frozenset({ConnectionState.DISCONNECTED}),
    ConnectionState.DISCONNECTED: frozenset({ConnectionState.PENDING, ConnectionState.DISCONNECTING}),
}


class IllegalStep(ValueError):
    """A connection was asked to go where its state does not lead."""


def check_step(now_in: ConnectionState, to: ConnectionState) -> None:
    """Raise ``IllegalStep`` unless ``now_in`` leads to ``to`` (staying where one is always may)."""
    if to != now_in and to not in LEGAL_STEPS[now_in]:
        raise IllegalStep(f"a connection that is {now_in} cannot become {to}")


SERVING = frozenset({ConnectionState.ACTIVE})
SWEEPING = frozenset({ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ACTIVE})
