"""Access tokens, by tenant or by link: kept until shortly before they expire, asked for once at a time."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.adapters.entra.token_request import Token, TokenRequests
from shared_code.core.ids import TenantId
from shared_code.ports import Clock

MOST_TOKENS = 2_000  # some 2 KB each
RENEW_BEFORE = timedelta(minutes=5)
TRUSTED_FOR = timedelta(minutes=5)  # what a token of this age does not open, a fresh one would not either


@dataclass(frozen=True)
class _Kept:
    token: Token
    since: datetime
    is_second: bool = False  # it came in place of one that was refused


class TokenCache[Key: Hashable = TenantId]:
    """One process's tokens; the least recently used one goes first. Times are the Clock port's."""

    def __init__(self, requests: TokenRequests[Key], clock: Clock, most: int = MOST_TOKENS) -> None:
        self._requests = requests
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._under_way: dict[Key, asyncio.Task[Token]] = {}

    async def get(self, key: Key) -> str:
        kept = self._kept.get(key)
        if kept is not None and self._clock.now() < kept.token.expires_at - RENEW_BEFORE:
            self._kept.move_to_end(key)
            return kept.token.value
        return (await self._request(key)).value

    def peek(self, key: Key) -> str | None:
        """The kept one, as it is; it may be refused, or too old."""
        kept = self._kept.get(key)
        return kept.token.value if kept is not None else None

    async def replace(self, key: Key, refused: str) -> str:
        """Another token than ``refused``: the kept one, if somebody replaced it meanwhile, or a fresh one. ``refused``
        itself if that is the second in a row and young: then the token is not what is wrong, and whoever asks again
        and again would cost a token each time."""
        kept = self._kept.get(key)
        if kept is not None and kept.token.value == refused:
            if kept.is_second and self._is_young(kept):
                return refused
            del self._kept[key]
        given = await self.get(key)
        if (second := self._kept.get(key)) is not None and second.token.value == given:
            self._kept[key] = replace(second, is_second=True)
        return given

    async def replace_old(self, key: Key, denied: str) -> str | None:
        """Another token than ``denied``, which may lack a permission that was granted since; None if it is too young
        for that, so that a tenant with many closed mailboxes costs a token every five minutes, and not each time."""
        kept = self._kept.get(key)
        if kept is None or kept.token.value != denied:
            return await self.get(key)
        return None if self._is_young(kept) else await self.replace(key, denied)

    async def get_fresh(self, key: Key) -> str:
        """A token that was asked for after this call began; it replaces the kept one."""
        if (earlier := self._under_way.get(key)) is not None:
            await asyncio.wait([earlier])
        return (await self._request(key)).value

    def _find(self, key: Key, value: str) -> Token | None:
        """The kept one, if it is this."""
        kept = self._kept.get(key)
        return kept.token if kept is not None and kept.token.value == value else None

    def _drop(self, key: Key, value: str) -> None:
        if self._find(key, value) is not None:
            del self._kept[key]

    def _is_young(self, kept: _Kept) -> bool:
        return self._clock.now() - kept.since < TRUSTED_FOR

    async def _request(self, key: Key) -> Token:
        """Join the request under way or start one. It goes on if one of those who wait for it is cancelled."""
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._requests.request(key))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._finish(key, done))
        return await asyncio.shield(task)

    def _finish(self, key: Key, done: asyncio.Task[Token]) -> None:
        self._under_way.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[key] = _Kept(done.result(), self._clock.now())
        self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
