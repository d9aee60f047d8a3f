"""What the flows need from the world to tell the product what has happened.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from shared_code.core.delivery import Answer
from shared_code.core.ids import OrganizationId
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import Endpoint, EventId, ProductEvent, RecordedEvent
from shared_code.ports import Page, Stored


class Outbox(Protocol):
    """Events beside the state that caused them, until they are passed on."""

    async def waiting(self, place: OutboxPlace) -> Page[ProductEvent]:
        """The first hundred of them, in no particular order; one storage request."""
        ...

    async def clear(self, place: OutboxPlace, events: Sequence[EventId]) -> None:
        """These were passed on; what is gone already is fine."""
        ...


class ProductEvents(Protocol):
    """What has happened to each organisation: kept for thirty days, listed in the order in which it was recorded."""

    async def record(self, organization: OrganizationId, events: Sequence[ProductEvent], now: datetime) -> None:
        """In the order in which they happened; those that were recorded before stay as they are. TryLater if it takes
        longer than a moment, since nothing may come into a part of the list that was read already."""
        ...

    async def record_new(self, organization: OrganizationId, events: Sequence[ProductEvent], now: datetime) -> None:
        """The same; but Conflict, and some of them not written, if one was recorded before."""
        ...

    async def find(self, organization: OrganizationId, event: EventId) -> Stored[RecordedEvent] | None: ...

    async def save(self, stored: Stored[RecordedEvent], changed: RecordedEvent) -> Stored[RecordedEvent]: ...

    async def page(
        self, organization: OrganizationId, after: str, until: datetime, limit: int
    ) -> tuple[RecordedEvent, ...]:
        """The oldest first, behind the cursor ``after`` and recorded before ``until``; those of the list only, without
        word of their delivery."""
        ...

    async def drop_old(self, organization: OrganizationId, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` that were recorded earlier; how many there were."""
        ...

    async def forget(self, organization: OrganizationId) -> None: ...

    async def find_endpoint(self) -> Endpoint | None: ...

    async def save_endpoint(self, endpoint: Endpoint) -> None: ...


class Webhooks(Protocol):
    """The product's endpoint, as the deployment names it."""

    @property
    def address(self) -> str | None:
        """Its digest; None if no endpoint is configured."""
        ...

    async def send(self, event: ProductEvent) -> Answer:
        """Signed with every secret, to be verified with any."""
        ...
