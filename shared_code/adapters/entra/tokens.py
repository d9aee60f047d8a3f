"""App-only tokens by tenant: kept until shortly before they expire, asked for once at a time."""

import asyncio
from collections import OrderedDict
from datetime import timedelta

from shared_code.adapters.entra.token_request import Token, TokenRequests
from shared_code.core.ids import TenantId
from shared_code.ports import Clock

MOST_TENANTS = 2_000  # some 2 KB each
RENEW_BEFORE = timedelta(minutes=5)


class TokenCache:
    """One process's tokens; the least recently used tenant's goes first. Times are the Clock port's."""

    def __init__(self, requests: TokenRequests, clock: Clock, most_tenants: int = MOST_TENANTS) -> None:
        self._requests = requests
        self._clock = clock
        self._most_tenants = most_tenants
        self._kept: OrderedDict[TenantId, Token] = OrderedDict()
        self._under_way: dict[TenantId, asyncio.Task[Token]] = {}

    async def get(self, tenant: TenantId) -> str:
        kept = self._kept.get(tenant)
        if kept is not None and self._clock.now() < kept.expires_at - RENEW_BEFORE:
            self._kept.move_to_end(tenant)
            return kept.value
        return (await self._request(tenant)).value

    async def replace(self, tenant: TenantId, refused: str) -> str:
        """Another token than ``refused``: the kept one, if somebody replaced it meanwhile, or a fresh one."""
        kept = self._kept.get(tenant)
        if kept is not None and kept.value == refused:
            del self._kept[tenant]
        return await self.get(tenant)

    async def get_fresh(self, tenant: TenantId) -> str:
        """A token that was asked for after this call began; it replaces the kept one."""
        if (earlier := self._under_way.get(tenant)) is not None:
            await asyncio.wait([earlier])
        return (await self._request(tenant)).value

    async def _request(self, tenant: TenantId) -> Token:
        """Join the request under way or start one. It goes on if one of those who wait for it is cancelled."""
        task = self._under_way.get(tenant)
        if task is None:
            task = asyncio.create_task(self._requests.request(tenant))
            self._under_way[tenant] = task
            task.add_done_callback(lambda done: self._finish(tenant, done))
        return await asyncio.shield(task)

    def _finish(self, tenant: TenantId, done: asyncio.Task[Token]) -> None:
        self._under_way.pop(tenant, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[tenant] = done.result()
        self._kept.move_to_end(tenant)
        while len(self._kept) > self._most_tenants:
            self._kept.popitem(last=False)
