"""What a sync has to say of the bookings in its mailbox: what it found amiss goes into its own transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.booking import Booking, Held
from shared_code.core.cancellation import GRACE
from shared_code.core.copies import CopiesRead, is_watched, looked_at
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.limits import MAX_COMMIT_ROWS
from shared_code.core.mailbox import Lease
from shared_code.core.packing import Packed, unpack
from shared_code.core.product_event import ProductEvent
from shared_code.core.suspecting import WindowRead, is_to_order, looked_after, suspect
from shared_code.flows.calendar_reading import Reading
from shared_code.flows.mailbox_lease import HeldLease
from shared_code.mailbox_ports import BookingChange, LinkChange, StoredMailbox
from shared_code.messages import CheckBookings, CheckCopies
from shared_code.ports import Queues, Stored

MOST_ALONE = MAX_COMMIT_ROWS - 1  # beside the lease


@dataclass(frozen=True)
class Suspicions:
    """The rows that change with the sync, and whom to send to look, once the grace is over."""

    changes: tuple[BookingChange, ...] = ()
    orders: tuple[CheckBookings | CheckCopies, ...] = ()

    async def send(self, queues: Queues) -> None:
        """Before the commit: who finds nothing suspected has come in vain, and nobody is missing after a crash."""
        for order in self.orders:
            await queues.send(order, GRACE)

    async def commit(
        self, lease: HeldLease, links: Sequence[LinkChange], changed: Lease, events: Sequence[ProductEvent] = ()
    ) -> None:
        """With what was read, in one transaction; those of which there are too many for it come before."""
        rows = 1 + len(events) + sum(1 + len(link.packed) + len(link.dropped) for link in links)
        room = max(MAX_COMMIT_ROWS - rows, 0)
        early = self.changes[room:]
        for start in range(0, len(early), MOST_ALONE):
            await lease.write(early[start : start + MOST_ALONE])
        await lease.commit(links, changed, events, self.changes[:room])


def suspicions_of(
    mailbox: StoredMailbox, readings: Sequence[tuple[LinkKey, Reading]], started_at: datetime
) -> Suspicions:
    """A link whose mailbox or tenant has shut its door says nothing of its bookings."""
    changes: list[BookingChange] = []
    orders: list[CheckBookings | CheckCopies] = []
    for key, reading in readings:
        if reading.closed is not None or reading.disconnected is not None:
            continue
        bookings = [each for each in mailbox.bookings if each.value.is_of(key)]
        if _note_bookings(bookings, reading, started_at, changes):
            orders.append(CheckBookings.of(key, started_at))
        held = [each for each in mailbox.held if each.value.is_of(key)]
        if _note_copies(held, reading, started_at, changes):
            orders.append(CheckCopies.of(key, started_at))
    return Suspicions(tuple(changes), tuple(orders))


def _note_bookings(
    bookings: Sequence[Stored[Booking]], reading: Reading, started_at: datetime, changes: list[BookingChange]
) -> bool:
    """Whether somebody must be sent to look."""
    watched = [(each, known) for each in bookings if (known := looked_after(each.value, started_at)) is not None]
    if not watched:
        return False
    found = {calendar: _by_event(packed) for calendar, packed in reading.packed.items()}
    read = WindowRead(started_at, {each.calendar: each for each in reading.calendars}, found)
    is_ordered = False
    for stored, known in watched:
        suspicion = suspect(known, read)
        if suspicion != known.suspicion:
            changes.append(BookingChange(stored, replace(stored.value, suspicion=suspicion)))
        is_ordered = is_ordered or is_to_order(known.suspicion, suspicion, started_at)
    return is_ordered


def _note_copies(
    held: Sequence[Stored[Held]], reading: Reading, started_at: datetime, changes: list[BookingChange]
) -> bool:
    watched = [each for each in held if is_watched(each.value, started_at)]
    if not watched:
        return False
    read = CopiesRead(started_at, tuple(reading.calendars), frozenset(reading.packed), _by_meeting(reading.packed))
    is_ordered = False
    for stored in watched:
        changed = looked_at(stored.value, read)
        if changed != stored.value:
            changes.append(BookingChange(stored, changed))
        is_ordered = is_ordered or is_to_order(stored.value.suspicion, changed.suspicion, started_at)
    return is_ordered


def _by_event(packed: bytes) -> dict[bytes, Packed]:
    return {record.event_hash: record for record in unpack(packed)}


def _by_meeting(packed: Mapping[CalendarId, bytes]) -> dict[bytes, list[Packed]]:
    found: dict[bytes, list[Packed]] = defaultdict(list)
    for events in packed.values():
        for record in unpack(events):
            found[record.ical_hash].append(record)
    return found
