"""The partition of an organisation: itself, its connections, their sweeps and its audit list.

organization                              the organisation
connection!{connection}                   a connection
sweep!{connection}                        the cursor of its sweeps
sweep!{connection}!{sweep}!{batch:05}     candidates that a full sweep has collected
waiting!{connection}                      the feed of its first reads
audit!{time left until 33658}!{digest}    the newest first
outbox!{event}                            see outbox.py
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from shared_code.adapters.tables.names import ORGANIZATIONS
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.adapters.tables.partition import read_all, read_keys, remove, remove_all
from shared_code.adapters.tables.records import read_binary, read_record, write_binary, write_record
from shared_code.adapters.tables.rows import (
    EVERYTHING,
    Change,
    Insert,
    Put,
    Remove,
    Replace,
    Row,
    Rows,
    Span,
    below,
    with_rows_below,
)
from shared_code.core.connection import Connection
from shared_code.core.feed import Feed
from shared_code.core.held_cancellation import Hold
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_event import ProductEvent
from shared_code.core.sweep import Sweep
from shared_code.ports import OrganizationRecords, Page, Stored

_ORGANIZATION = "organization"
_OVERVIEW = Span("connection!", f"{_ORGANIZATION}!")  # the connections and the organisation, and nothing between
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND = 10**18 - 1


class TableOrganizations:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, organization: OrganizationId) -> OrganizationRecords | None:
        found = await read_all(self._rows, ORGANIZATIONS, organization, _OVERVIEW)
        if not found or found[-1].key != _ORGANIZATION:
            return None
        return OrganizationRecords(
            _stored(Organization, found[-1]), tuple(_stored(Connection, row) for row in found[:-1])
        )

    async def create(self, organization: Organization) -> Stored[Organization]:
        change = Insert(_ORGANIZATION, write_record(organization))
        return Stored(organization, await self._commit(organization.organization, change))

    async def save(
        self, stored: Stored[Organization], changed: Organization, audit: AuditEntry | None = None
    ) -> Stored[Organization]:
        change = Replace(_ORGANIZATION, write_record(changed), stored.version)
        audited = [] if audit is None else [audit_row(audit)]
        return Stored(changed, await self._commit(changed.organization, change, *audited))

    async def note(self, organization: OrganizationId, audit: AuditEntry) -> None:
        await self._commit(organization, audit_row(audit))

    async def add_connection(self, connection: Connection, audit: AuditEntry) -> Stored[Connection]:
        change = Insert(_connection_key(connection), write_record(connection))
        return Stored(connection, await self._commit(connection.organization, change, audit_row(audit)))

    async def save_connection(
        self,
        stored: Stored[Connection],
        changed: Connection,
        audit: AuditEntry | None = None,
        events: Sequence[ProductEvent] = (),
    ) -> Stored[Connection]:
        audited = [] if audit is None else [audit_row(audit)]
        beside = (*audited, *outbox_rows(events))
        return Stored(changed, await self._commit(changed.organization, _replaced(stored, changed), *beside))

    async def replace_connection(
        self,
        keep: Stored[Connection],
        changed: Connection,
        remove: Stored[Connection],
        audit: AuditEntry,
        events: Sequence[ProductEvent] = (),
    ) -> Stored[Connection]:
        removal = Remove(_connection_key(remove.value), remove.version)
        beside: list[Change] = [removal, audit_row(audit), *outbox_rows(events)]
        return Stored(changed, await self._commit(changed.organization, _replaced(keep, changed), *beside))

    async def forget_connection(self, stored: Stored[Connection]) -> None:
        await self._commit(stored.value.organization, Remove(_connection_key(stored.value), stored.version))

    async def list_audit(self, organization: OrganizationId, after: str | None, limit: int) -> Page[AuditEntry]:
        start = None if after is None else f"audit!{after}"
        page = await self._rows.page(ORGANIZATIONS, organization, below("audit"), after=start, limit=limit)
        following = None if page.next is None else page.next.removeprefix("audit!")
        return Page(tuple(read_record(AuditEntry, row) for row in page.rows), following)

    async def drop_audit(self, organization: OrganizationId, before: datetime) -> None:
        older = Span(f"audit!{_time_left(before):018}", below("audit").end)
        await remove_all(self._rows, ORGANIZATIONS, organization, older)
        holds = await read_all(self._rows, ORGANIZATIONS, organization, below("withheld"))
        past = [row.key for row in holds if read_record(Hold, row).held_at < before]
        await remove(self._rows, ORGANIZATIONS, organization, past)

    async def find_sweep(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Sweep] | None:
        row = await self._rows.find(ORGANIZATIONS, organization, sweep_key(connection))
        return None if row is None else _stored(Sweep, row)

    async def save_sweep(
        self, stored: Stored[Sweep] | None, changed: Sweep, batch: bytes | None = None
    ) -> Stored[Sweep]:
        key, record = sweep_key(changed.connection), write_record(changed)
        change = Insert(key, record) if stored is None else Replace(key, record, stored.version)
        batches = [] if batch is None else [Put(_batch_key(changed, changed.batches - 1), write_binary(batch))]
        return Stored(changed, await self._commit(changed.organization, change, *batches))

    async def load_batches(self, sweep: Sweep) -> tuple[bytes, ...]:
        span = below(f"{sweep_key(sweep.connection)}!{sweep.sweep}")
        found = await read_all(self._rows, ORGANIZATIONS, sweep.organization, span)
        return tuple(read_binary(row.properties) for row in found)

    async def drop_batches(
        self, organization: OrganizationId, connection: ConnectionId, except_sweep: str | None
    ) -> None:
        span = below(sweep_key(connection))
        kept = None if except_sweep is None else below(f"{sweep_key(connection)}!{except_sweep}")
        keys = await read_keys(self._rows, ORGANIZATIONS, organization, span)
        dropped = [key for key in keys if kept is None or key not in kept]
        await remove(self._rows, ORGANIZATIONS, organization, dropped)

    async def drop_sweep(self, organization: OrganizationId, connection: ConnectionId) -> None:
        await remove_all(self._rows, ORGANIZATIONS, organization, with_rows_below(sweep_key(connection)))
        await self._rows.discard(ORGANIZATIONS, organization, _feed_key(connection))

    async def find_feed(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Feed] | None:
        row = await self._rows.find(ORGANIZATIONS, organization, _feed_key(connection))
        return None if row is None else _stored(Feed, row)

    async def save_feed(self, stored: Stored[Feed] | None, changed: Feed) -> Stored[Feed]:
        key, record = _feed_key(changed.connection), write_record(changed)
        change = Insert(key, record) if stored is None else Replace(key, record, stored.version)
        return Stored(changed, await self._commit(changed.organization, change))

    async def forget(self, organization: OrganizationId) -> None:
        """The organisation's own row goes last and alone: as long as anything is left, it is found and asked for."""
        keys = await read_keys(self._rows, ORGANIZATIONS, organization, EVERYTHING)
        await remove(self._rows, ORGANIZATIONS, organization, [key for key in keys if key != _ORGANIZATION])
        await self._rows.discard(ORGANIZATIONS, organization, _ORGANIZATION)

    async def _commit(self, organization: OrganizationId, *changes: Change) -> str:
        """The new version of the first row."""
        versions = await self._rows.commit(ORGANIZATIONS, organization, changes)
        return versions[0]


def _stored[Record](kind: type[Record], row: Row) -> Stored[Record]:
    return Stored(read_record(kind, row), row.version)


def _connection_key(connection: Connection) -> str:
    return f"connection!{connection.connection}"


def _replaced(stored: Stored[Connection], changed: Connection) -> Replace:
    return Replace(_connection_key(changed), write_record(changed), stored.version)


def sweep_key(connection: ConnectionId) -> str:
    return f"sweep!{connection}"


def _feed_key(connection: ConnectionId) -> str:
    """Outside the span between connections and organisation, which is read with every call."""
    return f"waiting!{connection}"


def _batch_key(sweep: Sweep, batch: int) -> str:
    return f"{sweep_key(sweep.connection)}!{sweep.sweep}!{batch:05}"


def audit_row(entry: AuditEntry) -> Put:
    """The digest keeps two entries of one instant apart, and makes one that is written twice the same row."""
    digest = hashlib.sha256(msgspec.json.encode(entry)).hexdigest()[:16]
    return Put(f"audit!{_time_left(entry.at):018}!{digest}", write_record(entry))


def _time_left(at: datetime) -> int:
    """In microseconds: what is later comes first."""
    return _LAST_MICROSECOND - (at - _EPOCH) // timedelta(microseconds=1)
