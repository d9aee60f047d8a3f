"""What the flows need from the world, in the flows' own words.

Every port raises the errors of ``shared_code.errors`` and no others; adapters translate at the door. Storage ports hand
out ``Stored`` values: save with the version you read, or get ``Conflict``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared_code.core.calendar import Calendar, Event
from shared_code.core.connection import Connection
from shared_code.core.feed import Feed
from shared_code.core.ids import (
    CalendarId,
    ConnectionId,
    LinkKey,
    OrganizationId,
    ProductUserId,
    TenantId,
    UserId,
)
from shared_code.core.intervals import Interval
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_event import ProductEvent
from shared_code.core.product_user import ProductUser
from shared_code.core.sign_in import SignIn
from shared_code.core.sweep import Sweep
from shared_code.core.upkeep import Due, Settled
from shared_code.messages import AnyMessage


@dataclass(frozen=True)
class Stored[T]:
    """A record and the version (ETag) it was read or written with."""

    value: T
    version: str


@dataclass(frozen=True)
class Page[T]:
    items: tuple[T, ...]
    next: str | None  # opaque; None after the last page


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, UTC."""
        ...


class Chance(Protocol):
    """New ids and secrets."""

    def new_id(self) -> str:
        """26 lower-case letters and digits, sortable by nothing."""
        ...

    def new_secret(self) -> str:
        """256 bits, unpadded base64url."""
        ...


@dataclass(frozen=True)
class OrganizationRecords:
    """An organisation with its connections, read in one query."""

    organization: Stored[Organization]
    connections: tuple[Stored[Connection], ...]

    def connection(self, connection: ConnectionId) -> Stored[Connection] | None:
        return next((stored for stored in self.connections if stored.value.connection == connection), None)


class Organizations(Protocol):
    """The partition of one organisation: itself, its connections, their sweeps, its audit list."""

    async def find(self, organization: OrganizationId) -> OrganizationRecords | None: ...

    async def create(self, organization: Organization) -> Stored[Organization]:
        """Conflict if it is there already."""
        ...

    async def save(
        self, stored: Stored[Organization], changed: Organization, audit: AuditEntry | None = None
    ) -> Stored[Organization]:
        """Organisation and audit entry in one transaction."""
        ...

    async def note(self, organization: OrganizationId, audit: AuditEntry) -> None:
        """An act that changes none of these records; the same entry twice is one."""
        ...

    async def add_connection(self, connection: Connection, audit: AuditEntry) -> Stored[Connection]: ...

    async def save_connection(
        self,
        stored: Stored[Connection],
        changed: Connection,
        audit: AuditEntry | None = None,
        events: Sequence[ProductEvent] = (),
    ) -> Stored[Connection]:
        """Connection, audit entry and product events in one transaction."""
        ...

    async def replace_connection(
        self,
        keep: Stored[Connection],
        changed: Connection,
        remove: Stored[Connection],
        audit: AuditEntry,
        events: Sequence[ProductEvent] = (),
    ) -> Stored[Connection]:
        """Renew one connection and delete another, together or not at all."""
        ...

    async def forget_connection(self, stored: Stored[Connection]) -> None: ...

    async def list_audit(self, organization: OrganizationId, after: str | None, limit: int) -> Page[AuditEntry]:
        """Newest first."""
        ...

    async def drop_audit(self, organization: OrganizationId, before: datetime) -> None:
        """Delete the entries that are older, and what was held for a person before then."""
        ...

    async def find_sweep(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Sweep] | None: ...

    async def save_sweep(
        self, stored: Stored[Sweep] | None, changed: Sweep, batch: bytes | None = None
    ) -> Stored[Sweep]:
        """Cursor and a batch of candidates (≤ 600 KiB, numbered ``changed.batches - 1``) in one transaction.

        ``stored`` None creates the row; Conflict if somebody else wrote it."""
        ...

    async def load_batches(self, sweep: Sweep) -> tuple[bytes, ...]: ...

    async def drop_batches(
        self, organization: OrganizationId, connection: ConnectionId, except_sweep: str | None
    ) -> None: ...

    async def drop_sweep(self, organization: OrganizationId, connection: ConnectionId) -> None:
        """Delete the cursor and all batches, and the connection's feed."""
        ...

    async def find_feed(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Feed] | None: ...

    async def save_feed(self, stored: Stored[Feed] | None, changed: Feed) -> Stored[Feed]:
        """``stored`` None creates the row; Conflict if somebody else wrote it."""
        ...

    async def forget(self, organization: OrganizationId) -> None:
        """Delete every row of the partition."""
        ...


@dataclass(frozen=True)
class UserChange:
    """What becomes of one product user: created (no ``stored``), replaced, or deleted (no ``changed``)."""

    stored: Stored[ProductUser] | None
    changed: ProductUser | None
    events: tuple[ProductEvent, ...] = ()  # written with the change, or not at all


class ProductUsers(Protocol):
    """Product users with their index rows (by verified address, by pinned object id), written in one transaction."""

    async def find(self, organization: OrganizationId, user: ProductUserId) -> Stored[ProductUser] | None: ...

    async def find_many(
        self, organization: OrganizationId, users: Sequence[ProductUserId]
    ) -> dict[ProductUserId, Stored[ProductUser]]:
        """Concurrent point reads; those not there are left out."""
        ...

    async def page(
        self, organization: OrganizationId, after: str | None, limit: int = 1000
    ) -> Page[Stored[ProductUser]]:
        """In order of their ids; one storage request a page of up to 1,000."""
        ...

    async def find_by_addresses(
        self, organization: OrganizationId, addresses: Sequence[str]
    ) -> dict[str, ProductUserId]:
        """Who holds these normalised, verified addresses."""
        ...

    async def find_by_pins(
        self, organization: OrganizationId, tenant: TenantId, user_ids: Sequence[UserId]
    ) -> dict[UserId, tuple[ProductUserId, ...]]:
        """Who is matched to these directory users; two product users may share one mailbox."""
        ...

    async def save(self, changes: Sequence[UserChange]) -> tuple[ProductUserId, ...]:
        """Write all of them, in transactions of up to 100 rows, and return those that met a conflict (their version
        had moved on, or another user holds one of their addresses); all others are written. One organisation only."""
        ...

    async def forget(self, organization: OrganizationId) -> None: ...


class SignIns(Protocol):
    """Single-use states of consents and sign-ins under way."""

    async def create(self, sign_in: SignIn) -> Stored[SignIn]: ...

    async def find(self, sign_in: str) -> Stored[SignIn] | None: ...

    async def save(self, stored: Stored[SignIn], changed: SignIn) -> Stored[SignIn]: ...

    async def forget(self, sign_in: str) -> None: ...


class Upkeep(Protocol):
    """What is due, by the hour. A row is set again by whoever finds it, never moved at each sync."""

    async def set(self, due: Due) -> None:
        """Upsert; an instant before the watermark is brought up to it, so that it is never missed."""
        ...

    async def find_due(self, now: datetime, limit: int) -> tuple[Due, ...]:
        """The oldest first."""
        ...

    async def settle(self, settled: Sequence[Settled]) -> None:
        """Write all that is due again before deleting what is done: rather twice than never."""
        ...

    async def advance(self, now: datetime) -> None:
        """Move the watermark over hours that are past and drained."""
        ...


class Health(Protocol):
    async def failing_parts(self) -> tuple[str, ...]:
        """Names of what does not answer: ``tables``, ``queues``; empty if all is well."""
        ...


class Queues(Protocol):
    async def send(self, message: AnyMessage, delay: timedelta = timedelta(0)) -> None:
        """TryLater if the queue did not take it."""
        ...

    async def send_many(self, messages: Sequence[AnyMessage]) -> None: ...


class Calendars(Protocol):
    """Graph's calendars through a link's own credential: its tenant's, or its person's.

    Raises TryLater, Throttled, Disconnected, Refused, NoMailbox, Gone and TooLarge (a calendar), Unexpected."""

    async def list_calendars(self, link: LinkKey) -> tuple[Calendar, ...]:
        """All of them, page by page."""
        ...

    async def read_window(self, link: LinkKey, calendar: CalendarId, window: Interval) -> tuple[Event, ...]:
        """Every instance that overlaps the window, or an error: never a part."""
        ...

    async def find_time_zone(self, link: LinkKey, address: str, now: datetime) -> str | None:
        """The mailbox's zone as Graph names it (Windows or IANA), None if it says none."""
        ...


@dataclass(frozen=True)
class Proof:
    """What a verified ID token says of the person who signed in."""

    tenant: TenantId
    user_id: UserId
    account: str | None  # preferred_username, to show; never to authorise
    directory_roles: frozenset[str] | None  # ``wids``; None if the claim is absent
    app_roles: frozenset[str]


@dataclass(frozen=True)
class Grant:
    """What a tenant has granted, and the object that stands for this app there: deleted and consented to anew, it is
    another one."""

    roles: frozenset[str]
    service_principal: str | None


class Authority(Protocol):
    """Entra: consent, sign-in, tokens."""

    def admin_consent_url(self, state: str) -> str: ...

    def sign_in_url(self, tenant: TenantId, state: str, nonce: str, code_challenge: str) -> str: ...

    async def redeem(self, tenant: TenantId, code: str, code_verifier: str, nonce: str) -> Proof:
        """Exchange the code and verify the ID token; Forged, TryLater, or Disconnected (consent not there yet)."""
        ...

    async def read_grant(self, tenant: TenantId) -> Grant:
        """The ``roles`` of an app-only token fetched fresh; Disconnected if no service principal is seen."""
        ...

    def known_grant(self, tenant: TenantId) -> Grant | None:
        """The same of the token in use, without a request; None if this process has none that can be read."""
        ...


class Seals(Protocol):
    """Signed, purpose-bound words that travel through browsers."""

    def seal(self, purpose: str, content: Mapping[str, str | int]) -> str: ...

    def open(self, purpose: str, sealed: str) -> dict[str, str | int]:
        """Forged if the signature does not hold for this purpose."""
        ...
