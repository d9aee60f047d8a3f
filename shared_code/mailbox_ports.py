"""The partition of one mailbox: its lease, its links with their calendars, and the bookings on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared_code.core.booking import Booking, Held
from shared_code.core.ids import CalendarId, LinkKey, MailboxKey
from shared_code.core.mailbox import Lease, Link
from shared_code.core.product_event import ProductEvent
from shared_code.core.subscription import Subscription
from shared_code.ports import Stored


@dataclass(frozen=True)
class StoredMailbox:
    """A mailbox's whole partition: the lease, the links, and each calendar's packed events."""

    lease: Stored[Lease]
    links: tuple[Stored[Link], ...]
    packed: Mapping[tuple[LinkKey, CalendarId], bytes]
    bookings: tuple[Stored[Booking], ...] = ()  # of all links
    held: tuple[Stored[Held], ...] = ()
    waiting: tuple[ProductEvent, ...] = ()  # to be passed on


@dataclass(frozen=True)
class StoredLink:
    link: Link
    packed: Mapping[CalendarId, bytes]
    teller: Subscription | None  # what tells of the mailbox's changes
    bookings: tuple[Stored[Booking], ...] = ()
    held: tuple[Stored[Held], ...] = ()


@dataclass(frozen=True)
class LinkChange:
    """What one sync does to one link; written together with the lease, or not at all."""

    stored: Stored[Link] | None  # None: the link is new
    changed: Link | None  # None: the link goes, with all its calendars
    packed: Mapping[CalendarId, bytes]  # only calendars whose events changed
    dropped: tuple[CalendarId, ...] = ()


@dataclass(frozen=True)
class BookingChange:
    """What becomes of one booking, or of a co-host's time: begun (no ``stored``), changed, or forgotten."""

    stored: Stored[Booking] | Stored[Held] | None
    changed: Booking | Held | None


class Mailboxes(Protocol):
    """The partition of one mailbox. Nothing in it is written without the lease's version."""

    async def find(self, mailbox: MailboxKey) -> StoredMailbox | None:
        """One query for the whole partition."""
        ...

    async def find_link(self, key: LinkKey) -> StoredLink | None:
        """One query for one link, its calendars and the mailbox's lease; no row of another organisation is read."""
        ...

    async def create_lease(self, lease: Lease) -> Stored[Lease]:
        """Conflict if the mailbox has a record already."""
        ...

    async def save_lease(self, stored: Stored[Lease], changed: Lease) -> Stored[Lease]: ...

    async def commit(
        self,
        stored: Stored[Lease],
        changed: Lease,
        links: Sequence[LinkChange],
        events: Sequence[ProductEvent] = (),
        bookings: Sequence[BookingChange] = (),
    ) -> Stored[Lease]:
        """All of it in one transaction; Conflict, and nothing written, if the lease moved on."""
        ...

    async def forget(self, stored: Stored[Lease], links: Sequence[Stored[Link]]) -> None:
        """Delete the record with its last links, in one transaction with the lease; Conflict if the lease moved on.

        Events that wait to be passed on stay."""
        ...
