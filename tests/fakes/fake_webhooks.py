"""``Webhooks`` in memory: what the product was sent, and what it answers."""

from collections import deque

from shared_code.core.delivery import Answer
from shared_code.core.product_event import EventId, EventType, ProductEvent

TAKEN = Answer(204)


class FakeWebhooks:
    """Answers as it is told, in turn, and takes everything once it was told no more. Without an address at first, as a
    deployment that names no endpoint."""

    def __init__(self) -> None:
        self.address: str | None = None
        self.received: list[ProductEvent] = []
        self.answers: deque[Answer] = deque()

    def open(self, address: str = "product") -> None:
        self.address = address

    @property
    def ids(self) -> list[EventId]:
        return [event.event for event in self.received]

    @property
    def types(self) -> list[EventType]:
        return [event.type for event in self.received]

    async def send(self, event: ProductEvent) -> Answer:
        self.received.append(event)
        return self.answers.popleft() if self.answers else TAKEN
