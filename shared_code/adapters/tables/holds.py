"""Held cancellations and their counts, in the partition of their organisation.

tally!{connection}   what cancellation sync has cancelled within the last hour
withheld!{hold}      bookings that wait for a person
"""

from collections.abc import Sequence
from datetime import datetime

from shared_code.adapters.tables.names import ORGANIZATIONS
from shared_code.adapters.tables.organizations import audit_row
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.adapters.tables.partition import read_all
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import Change, Insert, Replace, Rows, below
from shared_code.core.booking import BookingEntry
from shared_code.core.held_cancellation import Hold, Tally
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.organization import AuditEntry
from shared_code.core.product_event import ProductEvent
from shared_code.ports import Stored


class TableHolds:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find_tally(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Tally] | None:
        row = await self._rows.find(ORGANIZATIONS, organization, f"tally!{connection}")
        return None if row is None else Stored(read_record(Tally, row), row.version)

    async def save_tally(self, stored: Stored[Tally] | None, changed: Tally) -> Stored[Tally]:
        change = _written(f"tally!{changed.connection}", stored, changed)
        (version,) = await self._rows.commit(ORGANIZATIONS, changed.organization, [change])
        return Stored(changed, version)

    async def count_coming(self, organization: OrganizationId, connection: ConnectionId, now: datetime) -> int:
        rows = await read_all(self._rows, ORGANIZATIONS, organization, below("booking"))
        entries = [read_record(BookingEntry, row) for row in rows]
        return sum(
            each.connection == connection and each.ends_at is not None and now < each.ends_at for each in entries
        )

    async def find(self, organization: OrganizationId, hold: str) -> Stored[Hold] | None:
        row = await self._rows.find(ORGANIZATIONS, organization, f"withheld!{hold}")
        return None if row is None else Stored(read_record(Hold, row), row.version)

    async def list(self, organization: OrganizationId) -> tuple[Stored[Hold], ...]:
        rows = await read_all(self._rows, ORGANIZATIONS, organization, below("withheld"))
        found = [Stored(read_record(Hold, row), row.version) for row in rows]
        return tuple(sorted(found, key=lambda each: (each.value.held_at, each.value.hold), reverse=True))

    async def save(
        self,
        stored: Stored[Hold] | None,
        changed: Hold,
        audit: AuditEntry | None = None,
        events: Sequence[ProductEvent] = (),
    ) -> Stored[Hold]:
        change = _written(f"withheld!{changed.hold}", stored, changed)
        beside = [] if audit is None else [audit_row(audit)]
        versions = await self._rows.commit(ORGANIZATIONS, changed.organization, [change, *beside, *outbox_rows(events)])
        return Stored(changed, versions[0])


def _written[Record](key: str, stored: Stored[Record] | None, changed: Record) -> Change:
    record = write_record(changed)
    return Insert(key, record) if stored is None else Replace(key, record, stored.version)
