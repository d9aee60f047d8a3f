"""Bookings below their links, in the mailbox's partition, and the index in the organisation's.

link!{organization}!{host}!booking!{booking}   a booking; outlives its link, and the mailbox's record
link!{organization}!{co-host}!held!{booking}   a co-host's time
booking!{booking}                              in the partition of the organisation: who hosts it
"""

from collections.abc import Iterable
from dataclasses import dataclass

from shared_code.adapters.tables.names import MAILBOXES, ORGANIZATIONS
from shared_code.adapters.tables.partition import read_all, remove_all
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import Change, Insert, Remove, Replace, Row, Rows, below
from shared_code.core.booking import Booking, BookingEntry, Held
from shared_code.core.ids import BookingId, LinkKey, OrganizationId
from shared_code.errors import Conflict
from shared_code.mailbox_ports import BookingChange
from shared_code.ports import Stored

_PARTS = 5
_BOOKING, _HELD = "booking", "held"


@dataclass(frozen=True)
class BookingRows:
    """What a partition, or one link, has of them."""

    bookings: tuple[Stored[Booking], ...]
    held: tuple[Stored[Held], ...]


def is_booking(key: str) -> bool:
    return key.count("!") == _PARTS - 1


def outlives_link(key: str) -> bool:
    """A co-host's time goes with their link: what they were asked for is known by the host's row."""
    return is_booking(key) and _kind(key) == _BOOKING


def read_bookings(rows: Iterable[Row]) -> BookingRows:
    rows = tuple(rows)
    return BookingRows(
        tuple(Stored(read_record(Booking, row), row.version) for row in rows if _kind(row.key) == _BOOKING),
        tuple(Stored(read_record(Held, row), row.version) for row in rows if _kind(row.key) == _HELD),
    )


def rows_of(change: BookingChange) -> list[Change]:
    """Conflict, when it is written, if the row is not as it was read."""
    stored, changed = change.stored, change.changed
    if changed is None:
        return [] if stored is None else [Remove(_key_of(stored.value), stored.version)]
    key, record = _key_of(changed), write_record(changed)
    return [Insert(key, record) if stored is None else Replace(key, record, stored.version)]


class TableBookingIndex:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, organization: OrganizationId, booking: BookingId) -> Stored[BookingEntry] | None:
        row = await self._rows.find(ORGANIZATIONS, organization, _index_key(booking))
        return None if row is None else Stored(read_record(BookingEntry, row), row.version)

    async def save(self, stored: Stored[BookingEntry] | None, changed: BookingEntry) -> Stored[BookingEntry]:
        key, record = _index_key(changed.booking), write_record(changed)
        change = Insert(key, record) if stored is None else Replace(key, record, stored.version)
        (version,) = await self._rows.commit(ORGANIZATIONS, changed.organization, [change])
        return Stored(changed, version)

    async def forget(self, stored: Stored[BookingEntry]) -> None:
        entry = stored.value
        try:
            await self._rows.commit(
                ORGANIZATIONS, entry.organization, [Remove(_index_key(entry.booking), stored.version)]
            )
        except Conflict:
            if await self.find(entry.organization, entry.booking) is not None:
                raise

    async def list(self, organization: OrganizationId) -> tuple[BookingEntry, ...]:
        rows = await read_all(self._rows, ORGANIZATIONS, organization, below(_BOOKING))
        return tuple(read_record(BookingEntry, row) for row in rows)


class TableBookingRows:
    """Without the mailbox's lease, which there may not be: whoever is about to write one of these rows names its
    version."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def find(self, key: LinkKey, booking: BookingId) -> Stored[Booking] | None:
        row = await self._rows.find(MAILBOXES, str(key.mailbox), f"{_all_of(key)}!{booking}")
        return None if row is None else Stored(read_record(Booking, row), row.version)

    async def list(self, key: LinkKey) -> tuple[Booking, ...]:
        rows = await read_all(self._rows, MAILBOXES, str(key.mailbox), below(_all_of(key)))
        return tuple(read_record(Booking, row) for row in rows)

    async def forget(self, key: LinkKey, stored: Stored[Booking]) -> bool:
        try:
            await self._rows.commit(MAILBOXES, str(key.mailbox), [Remove(_key_of(stored.value), stored.version)])
        except Conflict:
            return await self.find(key, stored.value.booking) is None
        return True

    async def forget_all(self, key: LinkKey) -> None:
        await remove_all(self._rows, MAILBOXES, str(key.mailbox), below(_all_of(key)))


def _key_of(record: Booking | Held) -> str:
    user, kind = (record.host, _BOOKING) if isinstance(record, Booking) else (record.user, _HELD)
    return f"link!{record.organization}!{user}!{kind}!{record.booking}"


def _all_of(key: LinkKey) -> str:
    return f"link!{key.organization}!{key.user}!{_BOOKING}"


def _kind(key: str) -> str:
    return key.split("!")[_PARTS - 2]


def _index_key(booking: BookingId) -> str:
    return f"booking!{booking}"
