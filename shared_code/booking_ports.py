"""What the flows need from the world to book meetings.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from typing import Protocol

from shared_code.core.booking import BookingEntry
from shared_code.core.ids import BookingId, OrganizationId
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


class Marks(Protocol):
    """Keyed hashes, each of one purpose: nobody without the key can make them, or guess what they stand for."""

    def mark(self, organization: OrganizationId, booking: BookingId, generation: int) -> str:
        """What an event bears that is ours; letters and digits."""
        ...

    def seal(self, content: bytes) -> str:
        """What stands for a request's words."""
        ...

    def is_sealed(self, content: bytes, sealed: str) -> bool: ...
