"""The product's ear: it hears through processes that die, and some of its answers are lost."""

import asyncio

from functions.wire_events import payload_of
from shared_code.core.delivery import Answer
from shared_code.core.places import place_of
from shared_code.core.product_event import EventId, ProductEvent
from tests.simulation.instances import step

TAKEN = Answer(204)
UNLUCKY = 5  # of so many events one is taken, and the answer to it lost


class Ear:
    """``Webhooks`` of every process; what it heard outlives them."""

    address = "product"

    def __init__(self) -> None:
        self.heard: dict[EventId, ProductEvent] = {}
        self.repeats = 0

    async def send(self, event: ProductEvent) -> Answer:
        step()
        payload_of(event.type, event.data)
        is_news = event.event not in self.heard
        self.heard[event.event] = event
        self.repeats += not is_news
        await asyncio.sleep(0)
        step()
        return Answer(None) if is_news and place_of(event.event, UNLUCKY) == 0 else TAKEN
