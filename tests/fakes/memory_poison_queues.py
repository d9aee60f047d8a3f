"""``PoisonQueues`` in memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from shared_code.dead_letter_ports import PoisonMessage
from shared_code.ports import Clock

HIDDEN = timedelta(seconds=60)
MOST_AT_ONCE = 32


@dataclass
class _Waiting:
    message_id: str
    body: bytes
    inserted_at: datetime
    receipt: str = ""
    visible_at: datetime | None = None


class MemoryPoisonQueues:
    """``on_operation`` is called before each take and drop and may raise what storage would raise."""

    def __init__(self, clock: Clock, on_operation: Callable[[str], None] | None = None) -> None:
        self.on_operation = on_operation
        self._clock = clock
        self._queues: dict[str, list[_Waiting]] = {}
        self._numbers = count(1)

    def give_up(self, queue: str, body: bytes) -> None:
        """What the host does after the last try."""
        waiting = _Waiting(f"message-{next(self._numbers)}", body, self._clock.now().replace(microsecond=0))
        self._queues.setdefault(queue, []).append(waiting)

    def left(self, queue: str) -> int:
        """How many there are, whether somebody has them in hand or not."""
        return len(self._queues.get(queue, []))

    async def take(self, queue: str, limit: int) -> tuple[PoisonMessage, ...]:
        await self._note("take")
        now = self._clock.now()
        showing = [one for one in self._queues.get(queue, []) if one.visible_at is None or one.visible_at <= now]
        return tuple(self._taken(queue, one, now) for one in showing[: min(limit, MOST_AT_ONCE)])

    async def drop(self, message: PoisonMessage) -> None:
        await self._note("drop")
        kept = [
            one
            for one in self._queues[message.queue]
            if (one.message_id, one.receipt) != (message.message_id, message.receipt)
        ]
        self._queues[message.queue] = kept

    def _taken(self, queue: str, one: _Waiting, now: datetime) -> PoisonMessage:
        one.receipt, one.visible_at = f"receipt-{next(self._numbers)}", now + HIDDEN
        return PoisonMessage(queue, one.message_id, one.receipt, one.inserted_at, one.body)

    async def _note(self, kind: str) -> None:
        await asyncio.sleep(0)  # others may run here, as they may while a real request is on its way
        if self.on_operation is not None:
            self.on_operation(kind)
