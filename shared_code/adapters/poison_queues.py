"""The queues into which the Functions host moves what failed too often.

The host puts the body there as a new message: its id and times are the new one's, and its tries are not told.
https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger#poison-messages (2026-11)
"""

import base64
import binascii
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from shared_code.adapters.storage import QUICK_RETRIES, StorageAccount, translated
from shared_code.dead_letter_ports import PoisonMessage
from shared_code.errors import Unexpected

HIDDEN_SECONDS = 60
MOST_AT_ONCE = 32  # https://learn.microsoft.com/rest/api/storageservices/get-messages (2026-11)
# https://learn.microsoft.com/rest/api/storageservices/delete-message2 (2026-11)
_SOMEBODY_ELSES = {"MessageNotFound", "PopReceiptMismatch"}


class StoragePoisonQueues:
    def __init__(self, account: StorageAccount) -> None:
        self._account = account
        self._clients: dict[str, QueueClient] = {}

    async def take(self, queue: str, limit: int) -> tuple[PoisonMessage, ...]:
        with translated(f"reading {_poison(queue)}"):
            try:
                return await self._receive(queue, min(limit, MOST_AT_ONCE))
            except HttpResponseError as error:
                if _code_of(error) != "QueueNotFound":  # the host makes it with the first message that it gives up
                    raise
        return ()

    async def drop(self, message: PoisonMessage) -> None:
        with translated(f"deleting from {_poison(message.queue)}"):
            try:
                await self._client(message.queue).delete_message(message.message_id, message.receipt)
            except HttpResponseError as error:
                if _code_of(error) not in _SOMEBODY_ELSES:
                    raise

    async def _receive(self, queue: str, limit: int) -> tuple[PoisonMessage, ...]:
        received = self._client(queue).receive_messages(
            messages_per_page=limit, max_messages=limit, visibility_timeout=HIDDEN_SECONDS
        )
        return tuple([_taken(queue, message) async for message in received])

    def _client(self, queue: str) -> QueueClient:
        if queue not in self._clients:
            self._clients[queue] = self._connect(_poison(queue))
        return self._clients[queue]

    def _connect(self, name: str) -> QueueClient:
        settings = self._account.settings
        options: dict[str, Any] = {"transport": self._account.transport, "retry_total": QUICK_RETRIES}
        if settings.connection_string:
            return QueueClient.from_connection_string(settings.connection_string.reveal(), name, **options)
        return QueueClient(settings.queue_url, name, credential=self._account.credential, **options)


def _poison(queue: str) -> str:
    return f"{queue}-poison"


def _code_of(error: HttpResponseError) -> str:
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code))


def _taken(queue: str, message: QueueMessage) -> PoisonMessage:
    if message.inserted_on is None or message.pop_receipt is None:
        raise Unexpected(f"a message of {_poison(queue)} came without its insertion time or pop receipt")
    return PoisonMessage(queue, message.id, message.pop_receipt, message.inserted_on, _body_of(str(message.content)))


def _body_of(text: str) -> bytes:
    """The host gives up what is not base64 at once; it is kept all the same."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode()
