"""Queue storage: orders to ourselves, in the base64 that the Functions host expects."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any

from azure.storage.queue import BinaryBase64EncodePolicy
from azure.storage.queue.aio import QueueClient

from shared_code.adapters.storage import QUICK_RETRIES, StorageAccount, translated
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.errors import Conflict, Gone, Unexpected
from shared_code.messages import AnyMessage, encode
from shared_code.order_queues import QUEUES, queue_of

# 64 KiB as base64. https://learn.microsoft.com/rest/api/storageservices/put-message (2026-11)
MAX_MESSAGE_BYTES = 49_152
SENDS_AT_ONCE = 16
_FOR_EVER = -1


class StorageQueues:
    """A message may arrive twice, so a send that got no answer is simply repeated."""

    def __init__(self, account: StorageAccount) -> None:
        self._account = account
        self._clients: dict[str, QueueClient] = {}

    async def send(self, message: AnyMessage, delay: timedelta = timedelta(0)) -> None:
        """A delay of more than 7 days is cut to 7: the message is a hint, and whoever gets it looks again."""
        body, queue = encode(message), queue_of(message)
        if len(body) > MAX_MESSAGE_BYTES:
            raise Unexpected(f"a message of {len(body)} bytes for {queue} is longer than {MAX_MESSAGE_BYTES}")
        seconds = max(0, ceil(min(delay, MAX_MESSAGE_DELAY).total_seconds()))
        await self._send(queue, body, seconds)

    async def send_many(self, messages: Sequence[AnyMessage]) -> None:
        """Try all of them, even if one fails."""
        turn = asyncio.Semaphore(SENDS_AT_ONCE)

        async def send_one(message: AnyMessage) -> None:
            async with turn:
                await self.send(message)

        outcomes = await asyncio.gather(*(send_one(message) for message in messages), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def check(self) -> None:
        """Raise what a send would raise if the service does not answer."""
        with translated("asking for a queue"):
            await self._client(QUEUES[0]).get_queue_properties()

    async def _send(self, queue: str, body: bytes, seconds: int) -> None:
        try:
            with translated(f"sending to {queue}"):
                await self._client(queue).send_message(body, visibility_timeout=seconds, time_to_live=_FOR_EVER)
        except (Conflict, Gone) as error:
            raise Unexpected(str(error)) from error

    def _client(self, name: str) -> QueueClient:
        if name not in self._clients:
            self._clients[name] = self._connect(name)
        return self._clients[name]

    def _connect(self, name: str) -> QueueClient:
        settings = self._account.settings
        options: dict[str, Any] = {
            "message_encode_policy": BinaryBase64EncodePolicy(),
            "transport": self._account.transport,
            "retry_total": QUICK_RETRIES,
        }
        if settings.connection_string:
            return QueueClient.from_connection_string(settings.connection_string.reveal(), name, **options)
        return QueueClient(settings.queue_url, name, credential=self._account.credential, **options)
