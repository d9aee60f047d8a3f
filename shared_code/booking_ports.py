"""What the flows need from the world to book meetings.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from typing import Protocol

from shared_code.core.booking import Booking, BookingEntry
from shared_code.core.ids import BookingId, CalendarId, LinkKey, OrganizationId
from shared_code.core.meeting import BookedEvent, Meeting
from shared_code.ports import Stored


class BookingIndex(Protocol):
    """Which of an organisation's people hosts a booking; the booking itself is in their mailbox's partition."""

    async def find(self, organization: OrganizationId, booking: BookingId) -> Stored[BookingEntry] | None: ...

    async def save(self, stored: Stored[BookingEntry] | None, changed: BookingEntry) -> Stored[BookingEntry]:
        """``stored`` None creates the row; Conflict if somebody else wrote it."""
        ...

    async def forget(self, stored: Stored[BookingEntry]) -> None:
        """Conflict if somebody else wrote it; one that is gone already is fine."""
        ...

    async def list(self, organization: OrganizationId) -> tuple[BookingEntry, ...]: ...


class BookingRows(Protocol):
    """The hosts' rows in the partitions of mailboxes, whether or not there is a link above them: they outlive it."""

    async def find(self, key: LinkKey, booking: BookingId) -> Stored[Booking] | None: ...

    async def list(self, key: LinkKey) -> tuple[Booking, ...]: ...

    async def forget(self, key: LinkKey, stored: Stored[Booking]) -> bool:
        """By its own version; False, and nothing done, if somebody else wrote it. One that is gone already is fine."""
        ...

    async def forget_all(self, key: LinkKey) -> None: ...


class Marks(Protocol):
    """Keyed hashes, each of one purpose: nobody without the key can make them, or guess what they stand for."""

    def mark(self, organization: OrganizationId, booking: BookingId, generation: int) -> str:
        """What an event bears that is ours; letters and digits."""
        ...

    def seal(self, content: bytes) -> str:
        """What stands for a request's words."""
        ...

    def is_sealed(self, content: bytes, sealed: str) -> bool: ...


class Events(Protocol):
    """Writes to Graph's calendars through a link's own credential, each sent once: whether one that raised TryLater has
    come about is for the caller to find out.

    Raises TryLater, Throttled (it has not come about), Disconnected, Refused, NoMailbox, Gone, Unexpected; Rejected
    for a meeting that Microsoft does not take as it stands."""

    async def allows_teams(self, link: LinkKey, calendar: CalendarId) -> bool: ...

    async def create(self, link: LinkKey, calendar: CalendarId, meeting: Meeting, mark: str) -> BookedEvent:
        """Everybody is invited. Occupied if there is one of this mark which the answer does not show."""
        ...

    async def find_marked(
        self, link: LinkKey, calendar: CalendarId, mark: str, own: str | None = None
    ) -> BookedEvent | None:
        """The event ``own`` if it is one of those in the calendar that bear the mark; else one that is not cancelled,
        if there is any."""
        ...

    async def read(self, link: LinkKey, event: str) -> BookedEvent:
        """It may lie among the deleted items."""
        ...

    async def read_body(self, link: LinkKey, event: str) -> str:
        """As HTML."""
        ...

    async def change(self, link: LinkKey, event: str, meeting: Meeting, body: str | None) -> BookedEvent:
        """Everything but the body, and that as HTML if it is given. Everybody is told."""
        ...

    async def cancel(self, link: LinkKey, event: str, comment: str) -> None:
        """Everybody is told; to cancel what is cancelled already does nothing, or is Gone."""
        ...
