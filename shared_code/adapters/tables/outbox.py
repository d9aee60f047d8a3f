"""Product events that wait beside the state that caused them, in its partition and of its transaction.

outbox!{event}    written once with its cause, removed when it was passed on
"""

from collections.abc import Iterable, Sequence

from shared_code.adapters.tables.partition import remove
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import TRANSACTION_ROWS, Change, Put, Row, Rows, below
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import EventId, ProductEvent
from shared_code.errors import Unexpected
from shared_code.logs import warn
from shared_code.ports import Page

_WAITING = below("outbox")


def outbox_rows(events: Iterable[ProductEvent]) -> list[Put]:
    """What one transaction writes of them; an event that is there already is the same one."""
    return [Put(key, write_record(event)) for key, event in {_key(event.event): event for event in events}.items()]


def holds_events(changes: Iterable[Change]) -> bool:
    """Whether a transaction writes events."""
    return any(isinstance(change, Put) and change.key in _WAITING for change in changes)


def events_in(rows: Iterable[Row]) -> tuple[ProductEvent, ...]:
    """Those among the rows of a partition that this version can read.

    Another version may know more types of events. What it has written waits for it, and neither another event nor a
    mailbox's read waits beside it."""
    return tuple(event for row in rows if row.key in _WAITING and (event := _read(row)) is not None)


def _read(row: Row) -> ProductEvent | None:
    try:
        return read_record(ProductEvent, row)
    except Unexpected:
        warn("waiting_event_unreadable", row=row.key)
        return None


class TableOutbox:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def waiting(self, place: OutboxPlace) -> Page[ProductEvent]:
        page = await self._rows.page(place.table, place.partition, _WAITING, limit=TRANSACTION_ROWS)
        return Page(events_in(page.rows), page.next)

    async def clear(self, place: OutboxPlace, events: Sequence[EventId]) -> None:
        await remove(self._rows, place.table, place.partition, [_key(event) for event in events])


def _key(event: EventId) -> str:
    return f"outbox!{event}"
