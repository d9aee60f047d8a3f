"""A product event is sent to the product, again and again for a day, until it is taken."""

from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from shared_code.core.dead_letter import DeadLetter, letter_id
from shared_code.core.delivery import UNLISTED_PATIENCE, UNLISTED_TRIES, Answer, wait_after
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.product_event import Endpoint, RecordedEvent
from shared_code.dead_letter_ports import DeadLetters
from shared_code.errors import Conflict
from shared_code.event_ports import ProductEvents, Webhooks
from shared_code.logs import say, warn
from shared_code.messages import DeliverEvent, DeliverUnlisted, encode
from shared_code.order_queues import PRODUCT_DELIVERY
from shared_code.ports import Queues, Stored


@dataclass(frozen=True)
class Delivering:
    events: ProductEvents
    webhooks: Webhooks
    letters: DeadLetters
    queues: Queues

    async def run(self, message: DeliverEvent, now: datetime) -> None:
        """One try. The event may be gone, delivered since it was asked for, or wanted by nobody any more."""
        if not await self._is_wanted():
            return
        stored = await self.events.find(message.organization, message.event)
        if stored is None or _is_delivered(stored.value, message):
            return
        answer = await self.webhooks.send(stored.value.event)
        say("event_sent", product_event=message.event, type=stored.value.event.type, status=answer.status)
        if answer.is_taken:
            await self._note(stored, now)
        elif answer.is_gone:
            await self._disable(now)
        else:
            await self._try_again(message, answer, now)

    async def run_unlisted(self, message: DeliverUnlisted, now: datetime) -> None:
        """Tried for some minutes only: by then there is newer word, or the product asks by itself."""
        if not await self._is_wanted():
            return
        event, failures = message.event, message.failures + 1
        answer = await self.webhooks.send(event)
        if answer.is_gone:
            await self._disable(now)
        elif not answer.is_taken and failures < UNLISTED_TRIES:
            wait = wait_after(failures, event.event, event.at, now, answer.retry_after)
            if wait is not None and wait <= UNLISTED_PATIENCE:
                await self.queues.send(msgspec.structs.replace(message, failures=failures), wait)

    async def _is_wanted(self) -> bool:
        address = self.webhooks.address
        if address is None:
            return False
        known = await self.events.find_endpoint()
        return known is None or known.address != address or known.disabled_at is None

    async def _note(self, stored: Stored[RecordedEvent], now: datetime) -> None:
        try:
            await self.events.save(stored, replace(stored.value, delivered_at=now))
        except Conflict:  # delivered twice at once, or dropped: its days were over
            return

    async def _disable(self, now: datetime) -> None:
        """410: until an operator says otherwise, or another address is configured, nothing more is sent."""
        address = self.webhooks.address
        if address is not None:
            await self.events.save_endpoint(Endpoint(address, disabled_at=now))
            warn("events_endpoint_disabled", address=address)

    async def _try_again(self, message: DeliverEvent, answer: Answer, now: datetime) -> None:
        failures, begun_at = message.failures + 1, message.begun_at or now
        wait = wait_after(failures, message.event, begun_at, now, answer.retry_after)
        if wait is None:
            await self._give_up(message, now)
            return
        later = msgspec.structs.replace(message, failures=failures, begun_at=begun_at)
        await self.queues.send(later, min(wait, MAX_MESSAGE_DELAY))
        say("event_delivery_waits", product_event=message.event, failures=failures, wait=wait)

    async def _give_up(self, message: DeliverEvent, now: datetime) -> None:
        """The letter's order begins a day of its own when it is redriven."""
        letter = letter_id(PRODUCT_DELIVERY, f"{message.event}!{message.begun_at}", now)
        anew = msgspec.structs.replace(message, failures=0, begun_at=None)
        await self.letters.add(DeadLetter(letter, PRODUCT_DELIVERY, encode(anew), now))
        warn("event_not_delivered", product_event=message.event, organization=message.organization, letter=letter)


def _is_delivered(recorded: RecordedEvent, message: DeliverEvent) -> bool:
    if recorded.delivered_at is None:
        return False
    return message.asked_at is None or recorded.delivered_at > message.asked_at
