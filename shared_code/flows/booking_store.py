"""A booking's rows: read, decided upon and saved by the mailbox's version, without taking its lease."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared_code.booking_ports import BookingRows
from shared_code.core.booking import Booking, Held
from shared_code.core.ids import BookingId, LinkKey, MailboxKey
from shared_code.core.product_event import ProductEvent
from shared_code.errors import Conflict, TryLater
from shared_code.mailbox_ports import BookingChange, Mailboxes, StoredMailbox
from shared_code.ports import Stored

TRIES = 6  # a mailbox that is written to more often in between is busy

type Decide = Callable[[StoredMailbox], Sequence[BookingChange]]


@dataclass(frozen=True)
class BookingStore:
    mailboxes: Mailboxes
    rows: BookingRows

    async def find(self, key: LinkKey, booking: BookingId) -> Stored[Booking] | None:
        """The host's row, also if their link is gone."""
        return await self.rows.find(key, booking)

    async def change(self, mailbox: MailboxKey, decide: Decide, events: Sequence[ProductEvent] = ()) -> bool:
        """Save what is decided on what is stored now, with what is told of it. False if the mailbox is gone; raises
        what ``decide`` raises."""
        for _ in range(TRIES):
            found = await self.mailboxes.find(mailbox)
            if found is None:
                return False
            changes = decide(found)
            if not changes:
                return True
            try:
                await self.mailboxes.commit(found.lease, found.lease.value, (), events, changes)
            except Conflict:
                continue
            return True
        raise TryLater(f"{mailbox}: too many write to it at once")

    async def change_booking(
        self,
        key: LinkKey,
        booking: BookingId,
        change: Callable[[Booking], Booking | None],
        events: Sequence[ProductEvent] = (),
    ) -> Booking | None:
        """What becomes of the host's row; None, and nothing changed, if it is gone."""
        outcome: list[Booking | None] = []

        def decide(found: StoredMailbox) -> list[BookingChange]:
            stored = find_booking(found, key, booking)
            outcome[:] = [] if stored is None else [change(stored.value)]
            return [] if stored is None or outcome[0] == stored.value else [BookingChange(stored, outcome[0])]

        await self.change(key.mailbox, decide, events)
        return outcome[0] if outcome else None

    async def change_held(self, key: LinkKey, booking: BookingId, change: Callable[[Held], Held | None]) -> None:
        def decide(found: StoredMailbox) -> list[BookingChange]:
            stored = find_held(found, key, booking)
            changed = None if stored is None else change(stored.value)
            return [] if stored is None or changed == stored.value else [BookingChange(stored, changed)]

        await self.change(key.mailbox, decide)


def find_booking(found: StoredMailbox, key: LinkKey, booking: BookingId) -> Stored[Booking] | None:
    return _named([one for one in found.bookings if one.value.is_of(key)], booking)


def find_held(found: StoredMailbox, key: LinkKey, booking: BookingId) -> Stored[Held] | None:
    mine = (one for one in found.held if one.value.is_of(key))
    return next((one for one in mine if one.value.booking == booking), None)


def _named(bookings: Sequence[Stored[Booking]], booking: BookingId) -> Stored[Booking] | None:
    return next((one for one in bookings if one.value.booking == booking), None)
