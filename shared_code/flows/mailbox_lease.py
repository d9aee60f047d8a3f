"""One reader of a mailbox at a time, and nothing written by one whose time is over."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.limits import MAX_COMMIT_BYTES, MAX_COMMIT_ROWS
from shared_code.core.mailbox import Lease
from shared_code.core.subscription import Subscription
from shared_code.core.sync_rules import LEASE_TIME
from shared_code.errors import Conflict, TryLater
from shared_code.logs import warn
from shared_code.ports import LinkChange, Mailboxes, Stored


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
            self.stored = await self.mailboxes.save_lease(self.stored, replace(self.value, until=now + LEASE_TIME))

    async def commit(self, links: Sequence[LinkChange], changed: Lease) -> None:
        """Write the links, and the lease as it is given back.

        One transaction, or as few as their size allows, each with the lease. Conflict, and nothing more is written,
        if another reader has taken the lease meanwhile.
        """
        *first, last = _transactions(links)
        for part in first:
            self.stored = await self.mailboxes.commit(self.stored, self.stored.value, part)
        await self.mailboxes.commit(self.stored, changed, last)
        self.committed = True

    async def forget(self) -> None:
        """Delete the lease of a mailbox without links."""
        await self.mailboxes.forget(self.stored, ())
        self.committed = True


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


def _transactions(links: Sequence[LinkChange]) -> list[list[LinkChange]]:
    """The links in groups that fit into one transaction; one empty group if there are none."""
    groups: list[list[LinkChange]] = [[]]
    rows, size = 1, 0
    for link in links:
        more_rows, more_bytes = 1 + len(link.packed) + len(link.dropped), sum(map(len, link.packed.values()))
        if groups[-1] and (rows + more_rows > MAX_COMMIT_ROWS or size + more_bytes > MAX_COMMIT_BYTES):
            groups.append([])
            rows, size = 1, 0
        groups[-1].append(link)
        rows, size = rows + more_rows, size + more_bytes
    return groups


async def _give_back(lease: HeldLease) -> None:
    try:
        await lease.mailboxes.save_lease(lease.stored, replace(lease.stored.value, holder=None, until=None))
    except (Conflict, TryLater) as error:
        warn("lease_not_given_back", mailbox=lease.stored.value.mailbox, error=type(error).__name__)
