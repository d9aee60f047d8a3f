"""Queue messages that were put with a delay, shown when the local clock reaches their instant."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from local.clock import Clock
from local.queue_storage import QueueStorage, StorageError

log = logging.getLogger("storage")

_LOOK_EVERY_SECONDS = 0.03


@dataclass(frozen=True)
class _Delayed:
    queue: str
    pop_receipt: str
    due_at: datetime


class DelayedMessages:
    """Azurite counts a delay in real time; this shows each message at its instant on the local clock."""

    def __init__(self, clock: Clock, queues: QueueStorage, tell: Callable[[str], None]) -> None:
        self._clock = clock
        self._queues = queues
        self._tell = tell
        self._waiting: dict[str, _Delayed] = {}
        self._some = asyncio.Event()

    def add(self, queue: str, message_id: str, pop_receipt: str, delay: timedelta) -> None:
        self._waiting[message_id] = _Delayed(queue, pop_receipt, self._clock.now() + delay)
        self._some.set()

    def forget(self, message_id: str) -> None:
        self._waiting.pop(message_id, None)

    def due_times(self) -> list[dict[str, str]]:
        waiting = sorted(self._waiting.values(), key=lambda message: message.due_at)
        return [{"queue": message.queue, "due_at": message.due_at.isoformat()} for message in waiting]

    async def watch(self) -> None:
        """Until cancelled; costs nothing while no message is delayed."""
        while True:
            await self._some.wait()
            now = self._clock.now()
            due = [(each, message) for each, message in self._waiting.items() if message.due_at <= now]
            if due:
                await asyncio.gather(*(self._show(message_id, message) for message_id, message in due))
            if not self._waiting:
                self._some.clear()
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def _show(self, message_id: str, message: _Delayed) -> None:
        """A message received meanwhile has another pop receipt: it was visible, which is all that is asked."""
        self.forget(message_id)
        try:
            await self._queues.hide(message.queue, message_id, message.pop_receipt, timedelta(0))
        except StorageError as error:
            log.debug("message %s was visible already: %s", message_id, error)
        self._tell(message.queue)
