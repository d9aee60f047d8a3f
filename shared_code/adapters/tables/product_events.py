"""Product events that were passed on, by organisation.

{organization}    event!{event}                 the event, and whether the product took it
{organization}    listed!{instant}!{event}      its place in the list; written together with it, never changed
endpoint!         endpoint                      what is known of the product's address
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from shared_code.adapters.tables.names import PRODUCT_EVENTS
from shared_code.adapters.tables.partition import groups_of, remove, remove_all
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import EVERYTHING, TRANSACTION_ROWS, Change, Insert, Put, Replace, Rows, Span
from shared_code.core.ids import OrganizationId
from shared_code.core.product_event import Endpoint, EventId, ProductEvent, RecordedEvent, cursor_at
from shared_code.errors import Conflict, TryLater
from shared_code.ports import Stored

_ENDPOINT_PARTITION, _ENDPOINT = "endpoint!", "endpoint"  # no organisation's id has an exclamation mark
_ROWS_EACH = 2
_A_MOMENT = timedelta(microseconds=1)  # between two that are recorded at once
SECONDS_TO_RECORD = 15  # half of what the list stays behind


class TableProductEvents:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def record(self, organization: OrganizationId, events: Sequence[ProductEvent], now: datetime) -> None:
        async with _in_time(organization):
            await self._record(organization, _in_order(events, now))

    async def record_new(self, organization: OrganizationId, events: Sequence[ProductEvent], now: datetime) -> None:
        async with _in_time(organization):
            for group in groups_of(TRANSACTION_ROWS // _ROWS_EACH, _in_order(events, now)):
                await self._commit(organization, group)

    async def _commit(self, organization: OrganizationId, group: Iterable[RecordedEvent]) -> None:
        await self._rows.commit(PRODUCT_EVENTS, organization, [row for one in group for row in _rows_of(one)])

    async def _record(self, organization: OrganizationId, events: Sequence[RecordedEvent]) -> None:
        """If one of them is there already, one by one."""
        for group in groups_of(TRANSACTION_ROWS // _ROWS_EACH, events):
            try:
                await self._commit(organization, group)
            except Conflict:
                if len(group) == 1:
                    continue
                for one in group:
                    await self._record(organization, [one])

    async def find(self, organization: OrganizationId, event: EventId) -> Stored[RecordedEvent] | None:
        row = await self._rows.find(PRODUCT_EVENTS, organization, _key(event))
        return None if row is None else Stored(read_record(RecordedEvent, row), row.version)

    async def save(self, stored: Stored[RecordedEvent], changed: RecordedEvent) -> Stored[RecordedEvent]:
        change = Replace(_key(changed.event.event), write_record(changed), stored.version)
        (version,) = await self._rows.commit(PRODUCT_EVENTS, changed.event.organization, [change])
        return Stored(changed, version)

    async def page(
        self, organization: OrganizationId, after: str, until: datetime, limit: int
    ) -> tuple[RecordedEvent, ...]:
        span = Span("listed!", f"listed!{cursor_at(until)}")
        start = f"listed!{after.replace('.', '!')}"
        found: list[RecordedEvent] = []
        while len(found) < limit:
            page = await self._rows.page(PRODUCT_EVENTS, organization, span, after=start, limit=limit - len(found))
            found += (read_record(RecordedEvent, row) for row in page.rows)
            if page.next is None:
                break
            start = page.next
        return tuple(found)

    async def drop_old(self, organization: OrganizationId, before: datetime, limit: int) -> int:
        span = Span("listed!", f"listed!{cursor_at(before)}")
        page = await self._rows.page(PRODUCT_EVENTS, organization, span, limit=limit)
        events = [EventId(row.key.rpartition("!")[2]) for row in page.rows]
        # The place in the list goes last: as long as it is there, the next call finds the event.
        await remove(self._rows, PRODUCT_EVENTS, organization, [_key(event) for event in events])
        await remove(self._rows, PRODUCT_EVENTS, organization, [row.key for row in page.rows])
        return len(events)

    async def forget(self, organization: OrganizationId) -> None:
        await remove_all(self._rows, PRODUCT_EVENTS, organization, EVERYTHING)

    async def find_endpoint(self) -> Endpoint | None:
        row = await self._rows.find(PRODUCT_EVENTS, _ENDPOINT_PARTITION, _ENDPOINT)
        return None if row is None else read_record(Endpoint, row)

    async def save_endpoint(self, endpoint: Endpoint) -> None:
        await self._rows.commit(PRODUCT_EVENTS, _ENDPOINT_PARTITION, [Put(_ENDPOINT, write_record(endpoint))])


@asynccontextmanager
async def _in_time(organization: OrganizationId) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SECONDS_TO_RECORD):
            yield
    except TimeoutError as error:
        raise TryLater(f"events of {organization} were not recorded in time") from error


def _in_order(events: Sequence[ProductEvent], now: datetime) -> list[RecordedEvent]:
    in_order = sorted(events, key=lambda event: event.at)
    return [RecordedEvent(event, now + place * _A_MOMENT) for place, event in enumerate(in_order)]


def _rows_of(recorded: RecordedEvent) -> tuple[Change, Change]:
    event, record = recorded.event.event, write_record(recorded)
    return Insert(_key(event), record), Insert(f"listed!{cursor_at(recorded.recorded_at)}!{event}", record)


def _key(event: EventId) -> str:
    return f"event!{event}"
