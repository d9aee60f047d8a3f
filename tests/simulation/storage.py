"""Tables and queues in memory, at the distance that a process has to them: an answer takes a moment, or never comes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random

from shared_code.adapters.tables.rows import PAGE_ROWS, Change, KeyPage, Row, RowPage, Rows, Span
from shared_code.dead_letter_ports import PoisonMessage
from shared_code.messages import AnyMessage
from tests.fakes.memory_poison_queues import MemoryPoisonQueues
from tests.fakes.memory_queues import MemoryQueues
from tests.simulation.instances import Invocation, current, standstill, step

SLOWEST = 0.02  # seconds for one way


class Distance:
    """The way to a service and back: others run meanwhile, and the process may die on either."""

    def __init__(self, chance: Random, slowest: float = SLOWEST) -> None:
        self._chance = chance
        self._slowest = slowest

    async def go(self) -> None:
        step()
        await asyncio.sleep(standstill() + self._chance.random() * self._slowest)
        step()


class DistantRows:
    """``Rows`` whose every request goes there and back."""

    def __init__(self, rows: Rows, distance: Distance) -> None:
        self._rows = rows
        self._distance = distance
        self.on_commit: list[Callable[[str, str, Invocation], None]] = []

    async def find(self, table: str, partition: str, key: str) -> Row | None:
        await self._distance.go()
        found = await self._rows.find(table, partition, key)
        step()
        return found

    async def page(
        self,
        table: str,
        partition: str,
        span: Span,
        *,
        after: str | None = None,
        beside: str | None = None,
        limit: int = PAGE_ROWS,
        columns: tuple[str, ...] | None = None,
    ) -> RowPage:
        await self._distance.go()
        page = await self._rows.page(table, partition, span, after=after, beside=beside, limit=limit, columns=columns)
        step()
        return page

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage:
        await self._distance.go()
        page = await self._rows.page_keys(table, partition, span, after=after)
        step()
        return page

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        await self._distance.go()
        found = await self._rows.first_partition(table, start, end)
        step()
        return found

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        await self._distance.go()
        versions = await self._rows.commit(table, partition, changes)
        if (invocation := current()) is not None:
            for told in self.on_commit:
                told(table, partition, invocation)
        await self._distance.go()
        return versions

    async def discard(self, table: str, partition: str, key: str) -> None:
        await self._distance.go()
        await self._rows.discard(table, partition, key)
        await self._distance.go()


class DistantPoisonQueues:
    """``PoisonQueues`` whose every request goes there and back."""

    def __init__(self, queues: MemoryPoisonQueues, distance: Distance) -> None:
        self._queues = queues
        self._distance = distance

    async def take(self, queue: str, limit: int) -> tuple[PoisonMessage, ...]:
        await self._distance.go()
        taken = await self._queues.take(queue, limit)
        step()
        return taken

    async def drop(self, message: PoisonMessage) -> None:
        await self._distance.go()
        await self._queues.drop(message)
        await self._distance.go()


class DistantQueues:
    """``Queues`` whose every send goes there and back."""

    def __init__(self, queues: MemoryQueues, distance: Distance, put: Callable[[AnyMessage], Awaitable[None]]) -> None:
        self._queues = queues
        self._distance = distance
        self._put = put

    async def send(self, message: AnyMessage, delay: timedelta = timedelta(0)) -> None:
        await self._distance.go()
        await self._put(message)
        step()
        await self._queues.send(message, delay)
        await self._distance.go()

    async def send_many(self, messages: Sequence[AnyMessage]) -> None:
        outcomes = await asyncio.gather(*(self.send(message) for message in messages), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
