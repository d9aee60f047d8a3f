"""The product's endpoint: each event as a POST that is signed as Standard Webhooks describes.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (read 2026-11)
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from functools import cached_property

import httpx
import msgspec
from standardwebhooks.webhooks import Webhook

from shared_code.adapters.retry_after import parse_retry_after
from shared_code.core.delivery import Answer
from shared_code.core.product_event import ProductEvent, written
from shared_code.core.secret import Secret
from shared_code.logs import warn
from shared_code.ports import Clock

CONNECT_SECONDS = 5
ANSWER_SECONDS = 20  # the whole of it; the specification recommends 15 to 30


class ProductWebhooks:
    """Follows no redirect and reads no body: the status says all."""

    def __init__(
        self,
        url: Secret,
        secrets: Sequence[Secret],
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._url = url
        self._signers = [Webhook(secret.reveal()) for secret in secrets]
        self._clock = clock
        self._transport = transport
        # httpx writes every address it calls into the log, and this one may hold a secret.
        logging.getLogger("httpx").setLevel(logging.WARNING)

    @property
    def address(self) -> str | None:
        return hashlib.sha256(self._url.reveal().encode()).hexdigest()[:40] if self._url else None

    async def send(self, event: ProductEvent) -> Answer:
        body = body_of(event)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                headers = self._headers(event, body)
                async with self._client.stream("POST", self._url.reveal(), content=body, headers=headers) as answer:
                    retry_after = parse_retry_after(answer.headers.get("Retry-After"), self._clock.now())
                    return Answer(answer.status_code, retry_after)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            # httpx's own words may repeat the address.
            warn("event_not_answered", product_event=event.event, error=type(error).__name__)
            return Answer(None)

    async def close(self) -> None:
        if "_client" in self.__dict__:
            await self._client.aclose()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        return httpx.AsyncClient(timeout=timeout, follow_redirects=False, transport=self._transport)

    def _headers(self, event: ProductEvent, body: bytes) -> dict[str, str]:
        """Signed anew at each try, since receivers take no old signature; the id stays."""
        now = self._clock.now()
        return {
            "content-type": "application/json",
            "user-agent": "Orgcal",
            "webhook-id": event.event,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(event.event, now, body.decode()) for signer in self._signers),
        }


def body_of(event: ProductEvent) -> bytes:
    """The same at each try, byte for byte."""
    return msgspec.json.encode(
        {
            "event": event.event,
            "type": event.type,
            "timestamp": written(event.at),
            "organization": event.organization,
            "data": event.data,
        }
    )
