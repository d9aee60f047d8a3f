"""``Queues`` in memory: what was sent, and when it shows."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.errors import Unexpected
from shared_code.messages import AnyMessage, decode, encode
from shared_code.order_queues import queue_of
from shared_code.ports import Clock

MAX_MESSAGE_BYTES = 49_152  # as in the adapter, whose libraries the fake does without


@dataclass(frozen=True)
class Sent:
    queue: str
    body: bytes
    delay: timedelta
    visible_at: datetime

    @property
    def message(self) -> AnyMessage:
        return decode(self.body)


class MemoryQueues:
    """``on_send`` is called before each send and may raise what storage would raise."""

    def __init__(self, clock: Clock, on_send: Callable[[AnyMessage], None] | None = None) -> None:
        self.sent: list[Sent] = []  # everything, ever
        self.on_send = on_send
        self._clock = clock
        self._waiting: list[Sent] = []

    @property
    def messages(self) -> list[AnyMessage]:
        """Everything that was ever sent, in order."""
        return [sent.message for sent in self.sent]

    async def send(self, message: AnyMessage, delay: timedelta = timedelta(0)) -> None:
        await asyncio.sleep(0)
        if self.on_send is not None:
            self.on_send(message)
        if len(encode(message)) > MAX_MESSAGE_BYTES:
            raise Unexpected(f"a message is longer than {MAX_MESSAGE_BYTES} bytes")
        delay = max(timedelta(0), min(delay, MAX_MESSAGE_DELAY))
        sent = Sent(queue_of(message), encode(message), delay, self._clock.now() + delay)
        self.sent.append(sent)
        self._waiting.append(sent)

    async def send_many(self, messages: Sequence[AnyMessage]) -> None:
        outcomes = await asyncio.gather(*(self.send(message) for message in messages), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    def take(self, queue: str | None = None) -> AnyMessage | None:
        """The message that has been showing longest in this queue or in any, taken off; None if none shows now."""
        now = self._clock.now()
        showing = [one for one in self._waiting if one.visible_at <= now and queue in {None, one.queue}]
        if not showing:
            return None
        first = min(showing, key=lambda sent: sent.visible_at)
        self._waiting.remove(first)
        return first.message

    def next_visible_at(self) -> datetime | None:
        """When the next message shows; None if nothing waits."""
        return min((sent.visible_at for sent in self._waiting), default=None)

    def bytes_at_rest(self) -> bytes:
        return b"\n".join(sent.body for sent in self.sent)
