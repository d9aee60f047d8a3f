"""What the flows need from the world to tell the product what has happened.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from collections.abc import Sequence
from typing import Protocol

from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import EventId, ProductEvent


class Outbox(Protocol):
    """Events beside the state that caused them, until they are passed on."""

    async def waiting(self, place: OutboxPlace) -> tuple[ProductEvent, ...]:
        """Up to a hundred of them, in no particular order; one storage request."""
        ...

    async def clear(self, place: OutboxPlace, events: Sequence[EventId]) -> None:
        """These were passed on; what is gone already is fine."""
        ...
