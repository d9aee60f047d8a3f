"""Queue triggers, as the WebJobs SDK below the real host works.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger (polling, poison messages)
"""

import asyncio
import base64
import binascii
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal

from local.host import protos
from local.host.functions import Function, QueueTrigger
from local.host.settings import QueueSettings
from local.host.worker import Outcome
from local.queue_storage import NotFound, Queues, RawMessage, StorageError

log = logging.getLogger("host")

# A received message is hidden this long and renewed at half of it while its function runs.
LEASE = timedelta(minutes=10)
_SHORTEST_POLL = timedelta(milliseconds=100)

type Invoke = Callable[[Function, protos.TypedData, dict[str, protos.TypedData]], Awaitable[Outcome]]


class QueueListener:
    """Polls one queue for one function: often while messages come, ever more slowly while none do."""

    def __init__(
        self,
        function: Function,
        trigger: QueueTrigger,
        *,
        queues: Queues,
        settings: QueueSettings,
        invoke: Invoke,
        lease: timedelta = LEASE,
    ) -> None:
        self.queue = trigger.queue
        self._poison = f"{trigger.queue}-poison"
        self._function = function
        self._queues = queues
        self._settings = settings
        self._invoke = invoke
        self._lease = lease
        self._running: set[asyncio.Task[None]] = set()
        self._nudged = asyncio.Event()
        self._stopping = False

    def nudge(self) -> None:
        """A message has become visible: look now."""
        self._nudged.set()

    async def run(self) -> None:
        """Until stopped; messages in hand go on running."""
        pause = _SHORTEST_POLL
        while not self._stopping:
            self._nudged.clear()
            received = await self._receive()
            for message in received:
                self._start(message)
            if received:
                pause = _SHORTEST_POLL
                await self._wait_for_room()
            else:
                nudged = await self._wait(pause)
                pause = _SHORTEST_POLL if nudged else min(2 * pause, self._settings.max_polling_interval)

    def stop(self) -> None:
        """No poll after the one that may be under way: what that one receives is still worked on."""
        self._stopping = True
        self.nudge()

    async def finish(self) -> None:
        """Wait until each message in hand is deleted, put back or poisoned."""
        if self._running:
            await asyncio.wait(self._running)

    async def _receive(self) -> list[RawMessage]:
        try:
            return await self._queues.receive(self.queue, self._settings.batch_size, self._lease)
        except NotFound:
            await self._create(self.queue)
        except StorageError as error:
            log.warning("%s cannot be polled: %s", self.queue, error)
        return []

    async def _create(self, queue: str) -> None:
        """On Azure the deployment makes the trigger's queue; here the host does, whoever comes first."""
        try:
            await self._queues.create(queue)
        except StorageError as error:
            log.warning("%s cannot be created: %s", queue, error)

    async def _wait(self, pause: timedelta) -> bool:
        try:
            async with asyncio.timeout(pause.total_seconds()):
                await self._nudged.wait()
        except TimeoutError:
            return False
        return True

    async def _wait_for_room(self) -> None:
        while len(self._running) > self._settings.new_batch_threshold:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    def _start(self, message: RawMessage) -> None:
        task = asyncio.create_task(self._handle(message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _handle(self, message: RawMessage) -> None:
        held = _Held(self._queues, self.queue, message, self._lease)
        try:
            await self._handle_held(message, held)
        except NotFound:
            log.warning("%s: message %s was taken over by somebody else", self._function.name, message.message_id)
        except StorageError as error:
            log.warning("%s: message %s could not be settled: %s", self._function.name, message.message_id, error)
        finally:
            held.let_go()

    async def _handle_held(self, message: RawMessage, held: "_Held") -> None:
        body = _decode(message.text, self._settings.message_encoding)
        if body is None:
            log.error("%s: message %s is not base64", self._function.name, message.message_id)
            await self._poison_message(message, held)
            return
        outcome = await self._invoke(self._function, _typed(body), _metadata(message, self.queue))
        if outcome.succeeded:
            await held.delete()
        elif message.dequeue_count >= self._settings.max_dequeue_count:
            await self._poison_message(message, held)
        else:
            await held.put_back(self._settings.visibility_timeout)
            self.nudge()

    async def _poison_message(self, message: RawMessage, held: "_Held") -> None:
        log.error("%s: message %s goes to %s", self._function.name, message.message_id, self._poison)
        try:
            await self._queues.put(self._poison, message.text)
        except NotFound:
            await self._queues.create(self._poison)
            await self._queues.put(self._poison, message.text)
        await held.delete()


class _Held:
    """A received message, kept hidden until it is settled; only the newest pop receipt works."""

    def __init__(self, queues: Queues, queue: str, message: RawMessage, lease: timedelta) -> None:
        self._queues = queues
        self._queue = queue
        self._id = message.message_id
        self._pop_receipt = message.pop_receipt
        self._lease = lease
        self._one_at_a_time = asyncio.Lock()
        self._renewing = asyncio.create_task(self._renew())

    def let_go(self) -> None:
        self._renewing.cancel()

    async def delete(self) -> None:
        async with self._one_at_a_time:
            self.let_go()
            await self._queues.delete(self._queue, self._id, self._pop_receipt)

    async def put_back(self, delay: timedelta) -> None:
        async with self._one_at_a_time:
            self.let_go()
            await self._queues.hide(self._queue, self._id, self._pop_receipt, delay)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 2)
            async with self._one_at_a_time:
                try:
                    self._pop_receipt = await self._queues.hide(self._queue, self._id, self._pop_receipt, self._lease)
                except StorageError as error:
                    log.warning("the lease of message %s was not renewed: %s", self._id, error)


def _decode(text: str, encoding: Literal["base64", "none"]) -> bytes | None:
    if encoding == "none":
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _typed(body: bytes) -> protos.TypedData:
    try:
        return protos.TypedData(string=body.decode())
    except UnicodeDecodeError:
        return protos.TypedData(bytes=body)


def _metadata(message: RawMessage, queue: str) -> dict[str, protos.TypedData]:
    values = {
        "QueueTrigger": queue,
        "Id": message.message_id,
        "PopReceipt": message.pop_receipt,
        "DequeueCount": str(message.dequeue_count),
        "InsertionTime": _instant(message.inserted_at),
        "ExpirationTime": _instant(message.expires_at),
        "NextVisibleTime": _instant(message.visible_at),
    }
    return {name: protos.TypedData(string=value) for name, value in values.items()}


def _instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S+00:00")
