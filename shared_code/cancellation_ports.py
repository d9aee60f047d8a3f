"""What the flows need from the world to find out what became of booked events, and to hold cancellations back.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared_code.core.cancellation import FoundEvent
from shared_code.core.held_cancellation import Hold, Tally
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, OrganizationId
from shared_code.core.organization import AuditEntry
from shared_code.core.product_event import ProductEvent
from shared_code.ports import Stored


class EventSearch(Protocol):
    """Events of one mailbox, through a link's own credential.

    Raises TryLater, Throttled, Disconnected, Refused, NoMailbox, Gone (a calendar), Unexpected."""

    async def read(self, link: LinkKey, event: str) -> FoundEvent | None:
        """By its immutable id, also from Deleted Items; None if Graph knows no such item."""
        ...

    async def find_marked(self, link: LinkKey, mark: str, calendar: CalendarId) -> tuple[FoundEvent, ...]:
        """Those events, and masters of series, in one calendar that bear the mark."""
        ...


class Holds(Protocol):
    """Held cancellations, and the counts that lead to them, in the partition of their organisation."""

    async def find_tally(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Tally] | None: ...

    async def save_tally(self, stored: Stored[Tally] | None, changed: Tally) -> Stored[Tally]:
        """``stored`` None creates the row; Conflict if somebody else wrote it."""
        ...

    async def count_coming(self, organization: OrganizationId, connection: ConnectionId, now: datetime) -> int:
        """The connection's bookings that have not ended; reads the index of all the organisation's bookings."""
        ...

    async def find(self, organization: OrganizationId, hold: str) -> Stored[Hold] | None: ...

    async def list(self, organization: OrganizationId) -> tuple[Stored[Hold], ...]:
        """The newest first."""
        ...

    async def save(
        self,
        stored: Stored[Hold] | None,
        changed: Hold,
        audit: AuditEntry | None = None,
        events: Sequence[ProductEvent] = (),
    ) -> Stored[Hold]:
        """``stored`` None creates the row. All of it in one transaction; Conflict if somebody else wrote it."""
        ...
