"""``Rows`` that see to it that no product event is left lying: its order is sent before the commit that writes it."""

from collections.abc import Sequence
from datetime import timedelta

from shared_code.adapters.tables.outbox import holds_events
from shared_code.adapters.tables.rows import PAGE_ROWS, Change, KeyPage, Row, RowPage, Rows, Span
from shared_code.core.outbox_place import OUTBOX_TABLES
from shared_code.errors import TryLater
from shared_code.messages import HINT_DELAY, RelayEvents
from shared_code.ports import Clock, Queues

SLOW = HINT_DELAY - timedelta(seconds=1)  # a commit that took longer may have come too late for its order
LATE = timedelta(minutes=1)  # the service works on a request that nobody waits for any more for half of that at most


class AnnouncedRows:
    """All reads and writes are those of the rows beneath."""

    def __init__(self, rows: Rows, queues: Queues, clock: Clock) -> None:
        self._rows = rows
        self._queues = queues
        self._clock = clock

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        if not holds_events(changes):
            return await self._rows.commit(table, partition, changes)
        order = RelayEvents(table=OUTBOX_TABLES[table], partition=partition)
        sent_at = self._clock.now()
        await self._queues.send(order, HINT_DELAY)
        try:
            versions = await self._rows.commit(table, partition, changes)
        except TryLater:
            await self._queues.send(order, LATE)
            raise
        if self._clock.now() - sent_at > SLOW:
            await self._queues.send(order)
        return versions

    async def find(self, table: str, partition: str, key: str) -> Row | None:
        return await self._rows.find(table, partition, key)

    async def page(
        self,
        table: str,
        partition: str,
        span: Span,
        *,
        after: str | None = None,
        beside: str | None = None,
        limit: int = PAGE_ROWS,
        columns: tuple[str, ...] | None = None,
    ) -> RowPage:
        return await self._rows.page(table, partition, span, after=after, beside=beside, limit=limit, columns=columns)

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage:
        return await self._rows.page_keys(table, partition, span, after=after)

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        return await self._rows.first_partition(table, start, end)

    async def discard(self, table: str, partition: str, key: str) -> None:
        await self._rows.discard(table, partition, key)
