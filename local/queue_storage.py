"""Queue storage as the Functions host and the storage proxy use it: raw messages over REST.

The SDK's client decodes a whole batch at once, so that one malformed message hides the others, and costs some ten
milliseconds of CPU a call; the host polls all the time. https://learn.microsoft.com/rest/api/storageservices/queue-service-rest-api
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, Self
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, fromstring, tostring

import aiohttp
from azure.storage.queue import AccountSasPermissions, ResourceTypes, generate_account_sas
from multidict import CIMultiDictProxy
from yarl import URL

HOST_AGENT = "orgcal-local-host"
_PERMISSIONS = AccountSasPermissions(read=True, add=True, update=True, process=True, delete=True, create=True)
_RESOURCES = ResourceTypes(service=True, container=True, object=True)


class StorageError(RuntimeError):
    """Storage refused, or did not answer."""


class NotFound(StorageError):
    """The queue, or the message with this pop receipt, is gone."""


@dataclass(frozen=True)
class RawMessage:
    """A received message, its text as it was put."""

    message_id: str
    pop_receipt: str
    dequeue_count: int
    inserted_at: datetime
    expires_at: datetime
    visible_at: datetime
    text: str


class Queues(Protocol):
    """What a queue trigger needs of queue storage."""

    async def receive(self, queue: str, count: int, hide: timedelta) -> list[RawMessage]: ...

    async def hide(self, queue: str, message_id: str, pop_receipt: str, by: timedelta) -> str: ...

    async def delete(self, queue: str, message_id: str, pop_receipt: str) -> None: ...

    async def put(self, queue: str, text: str) -> None: ...

    async def create(self, queue: str) -> None: ...


class QueueStorage:
    """The queues of one account; an async context manager, since it holds connections."""

    def __init__(self, endpoint: str, sas: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._sas = sas
        self._session: aiohttp.ClientSession

    @classmethod
    def from_connection_string(cls, connection_string: str) -> Self:
        parts = dict(part.split("=", 1) for part in connection_string.split(";") if part)
        # Azurite measures the signature's life in real time, whatever the local clock says.
        sas = generate_account_sas(
            parts["AccountName"], parts["AccountKey"], _RESOURCES, _PERMISSIONS, datetime.now(UTC) + timedelta(days=365)
        )
        return cls(parts["QueueEndpoint"], sas)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers={"User-Agent": HOST_AGENT, "x-ms-version": "2021-12-02"})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def receive(self, queue: str, count: int, hide: timedelta) -> list[RawMessage]:
        query = f"numofmessages={count}&visibilitytimeout={_seconds(hide)}"
        _, body = await self._send("GET", f"{queue}/messages", query)
        return [_parse_message(element) for element in fromstring(body).iter("QueueMessage")]  # noqa: S314 - Azurite's

    async def hide(self, queue: str, message_id: str, pop_receipt: str, by: timedelta) -> str:
        """Hide the message for ``by`` from now, its text unchanged; returns the one pop receipt that still works."""
        query = f"popreceipt={quote(pop_receipt, safe='')}&visibilitytimeout={_seconds(by)}"
        headers, _ = await self._send("PUT", f"{queue}/messages/{message_id}", query)
        return headers["x-ms-popreceipt"]

    async def delete(self, queue: str, message_id: str, pop_receipt: str) -> None:
        await self._send("DELETE", f"{queue}/messages/{message_id}", f"popreceipt={quote(pop_receipt, safe='')}")

    async def put(self, queue: str, text: str) -> None:
        message = Element("QueueMessage")
        SubElement(message, "MessageText").text = text
        await self._send("POST", f"{queue}/messages", "messagettl=-1", tostring(message))

    async def create(self, queue: str) -> None:
        await self._send("PUT", queue, "")

    async def count(self, queue: str) -> int:
        """The messages of ``queue``, hidden ones included; none if the queue is not there (yet)."""
        try:
            headers, _ = await self._send("GET", queue, "comp=metadata")
        except NotFound:
            return 0
        return int(headers["x-ms-approximate-messages-count"])

    async def _send(
        self, method: str, path: str, query: str, body: bytes | None = None
    ) -> tuple[CIMultiDictProxy[str], bytes]:
        url = URL(f"{self._endpoint}/{path}?{query}{'&' if query else ''}{self._sas}", encoded=True)
        try:
            async with self._session.request(method, url, data=body) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise StorageError(f"{method} {path}: {error}") from error
        if response.status == 404:  # noqa: PLR2004 - HTTP
            raise NotFound(f"{method} {path}: not found")
        if not response.ok:
            raise StorageError(f"{method} {path}: {response.status} {response.headers.get('x-ms-error-code', '')}")
        return response.headers, content


def _seconds(span: timedelta) -> int:
    return round(span.total_seconds())


def _parse_message(element: Element) -> RawMessage:
    return RawMessage(
        message_id=element.findtext("MessageId", ""),
        pop_receipt=element.findtext("PopReceipt", ""),
        dequeue_count=int(element.findtext("DequeueCount", "0")),
        inserted_at=_parse_date(element.findtext("InsertionTime", "")),
        expires_at=_parse_date(element.findtext("ExpirationTime", "")),
        visible_at=_parse_date(element.findtext("TimeNextVisible", "")),
        text=element.findtext("MessageText") or "",
    )


def _parse_date(text: str) -> datetime:
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
