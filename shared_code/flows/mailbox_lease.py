"""One reader of a mailbox at a time, and nothing written by one whose time is over."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.limits import MAX_COMMIT_BYTES, MAX_COMMIT_ROWS
from shared_code.core.mailbox import Lease
from shared_code.core.product_event import ProductEvent
from shared_code.core.subscription import Subscription
from shared_code.core.sync_rules import LEASE_TIME
from shared_code.errors import Conflict, TryLater
from shared_code.logs import warn
from shared_code.mailbox_ports import BookingChange, LinkChange, Mailboxes
from shared_code.ports import Stored


@dataclass
class HeldLease:
    """A lease in our hand until it is committed."""

    mailboxes: Mailboxes
    stored: Stored[Lease]
    committed: bool = False

    @property
    def value(self) -> Lease:
        return self.stored.value

    def note(self, subscription: Subscription) -> None:
        """It is written together with whatever is written next."""
        self.stored = replace(self.stored, value=replace(self.stored.value, subscription=subscription))

    async def prolong(self, now: datetime) -> None:
        """Between two requests of a slow read, so that nobody else begins one beside it. Conflict if somebody has."""
        until = self.value.until
        if until is not None and until - now < LEASE_TIME / 2:
            await self._write((), replace(self.value, until=now + LEASE_TIME))

    async def commit(
        self,
        links: Sequence[LinkChange],
        changed: Lease,
        events: Sequence[ProductEvent] = (),
        bookings: Sequence[BookingChange] = (),
    ) -> None:
        """Write the links, each with the events of its user, and the lease as it is given back; bookings, and whatever
        else is told of, go with the last of the links.

        One transaction, or as few as their size allows, each with the lease. Conflict, and nothing more is written,
        if another reader has taken the lease meanwhile, or a link or booking is not as it was read.
        """
        *first, last = _transactions(links, beside=len(events) + len(bookings))
        for part in first:
            told = [event for event in events if _is_of(event, part)]
            await self._write(part, self.value, told)
            events = [event for event in events if event not in told]
        await self._write(last, changed, events, bookings)
        self.committed = True

    async def write(self, bookings: Sequence[BookingChange], events: Sequence[ProductEvent] = ()) -> None:
        """In one transaction, with the lease kept in hand."""
        await self._write((), self.value, events, bookings)

    async def forget(self) -> None:
        """Delete the lease of a mailbox without links."""
        await self.mailboxes.forget(self.stored, ())
        self.committed = True

    async def give_back(self) -> None:
        await self._write((), replace(self.value, holder=None, until=None))

    async def _write(
        self,
        links: Sequence[LinkChange],
        changed: Lease,
        events: Sequence[ProductEvent] = (),
        bookings: Sequence[BookingChange] = (),
    ) -> None:
        """A booking is written without the lease in hand, and leaves it as it was, with another version."""
        while True:
            try:
                self.stored = await self.mailboxes.commit(self.stored, changed, links, events, bookings)
            except Conflict:
                mailbox = await self.mailboxes.find(self.value.mailbox)
                if mailbox is None or mailbox.lease.value != self.value or mailbox.lease.version == self.stored.version:
                    raise
                self.stored = mailbox.lease
            else:
                return


def hold(lease: Lease, holder: str, now: datetime) -> Lease:
    return replace(lease, holder=holder, until=now + LEASE_TIME)


@asynccontextmanager
async def held_lease(mailboxes: Mailboxes, held: Stored[Lease]) -> AsyncIterator[HeldLease]:
    """Give the lease back on the way out if nothing was committed; if that fails it runs out by itself."""
    lease = HeldLease(mailboxes, held)
    try:
        yield lease
    finally:
        if not lease.committed:
            await _give_back(lease)


def _transactions(links: Sequence[LinkChange], beside: int) -> list[list[LinkChange]]:
    """The links in groups that fit into one transaction; one empty group if there are none. Any of them may be the
    last, which has ``beside`` other rows."""
    groups: list[list[LinkChange]] = [[]]
    first_rows = 1 + beside
    rows, size = first_rows, 0
    for link in links:
        more_rows, more_bytes = 1 + len(link.packed) + len(link.dropped), sum(map(len, link.packed.values()))
        if groups[-1] and (rows + more_rows > MAX_COMMIT_ROWS or size + more_bytes > MAX_COMMIT_BYTES):
            groups.append([])
            rows, size = first_rows, 0
        groups[-1].append(link)
        rows, size = rows + more_rows, size + more_bytes
    return groups


def _is_of(event: ProductEvent, links: Sequence[LinkChange]) -> bool:
    keys = (link.changed.key for link in links if link.changed is not None)
    return any(event.organization == key.organization and event.data.get("user") == key.user for key in keys)


async def _give_back(lease: HeldLease) -> None:
    try:
        await lease.give_back()
    except (Conflict, TryLater) as error:
        warn("lease_not_given_back", mailbox=lease.stored.value.mailbox, error=type(error).__name__)
