"""Our own public addresses, called before Graph calls them.

Graph gives a handshake ten seconds, which a Functions app at rest may need to start.
https://learn.microsoft.com/graph/change-notifications-delivery-webhooks (2026-04)
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from shared_code.logs import warn
from shared_code.ports import Clock

STAYS_WARM = timedelta(minutes=2)
PATIENCE_SECONDS = 10  # for both together; then Graph may still be luckier
_WORD = "Is anybody there?"  # with blanks, as in Graph's own words


class Warming:
    """Shakes hands with each address, at most once in two minutes; a failure is said and stops nothing."""

    def __init__(
        self, addresses: Sequence[str], clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._addresses = addresses
        self._clock = clock
        self._transport = transport
        self._turn = asyncio.Lock()  # whoever comes meanwhile waits for the same handshakes
        self._called_at: datetime | None = None

    async def warm(self) -> None:
        async with self._turn:
            now = self._clock.now()
            if self._called_at is not None and now - self._called_at < STAYS_WARM:
                return
            self._called_at = now
            timeout = httpx.Timeout(PATIENCE_SECONDS)
            async with httpx.AsyncClient(timeout=timeout, follow_redirects=False, transport=self._transport) as client:
                await asyncio.gather(*(_shake_hands(client, address) for address in self._addresses))


async def _shake_hands(client: httpx.AsyncClient, address: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer = await client.post(address, params={"validationToken": _WORD})
    except (httpx.HTTPError, TimeoutError) as error:
        warn("endpoint_not_warm", address=address, error=type(error).__name__)
        return
    if answer.status_code != httpx.codes.OK or answer.text != _WORD:
        warn("endpoint_not_warm", address=address, status=answer.status_code)
