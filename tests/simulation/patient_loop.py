"""A virtual-time loop that waits for a real service: time stands while an answer is on its way, and jumps otherwise."""

import asyncio
import selectors
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from shared_code.adapters.tables.rows import PAGE_ROWS, Change, KeyPage, Row, RowPage, Rows, Span
from shared_code.messages import AnyMessage
from shared_code.ports import Queues

LONGEST_WAIT = 30.0  # real seconds for an answer of the service


class _Patient(selectors.BaseSelector):
    """The machine's own selector while somebody waits for the service, else only time."""

    def __init__(self, is_waiting: Callable[[], bool], pass_time: Callable[[float], None]) -> None:
        self._real = selectors.DefaultSelector()
        self._is_waiting = is_waiting
        self._pass_time = pass_time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = self._real.select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self._is_waiting():
            return self._answered()
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else: nothing is ready and no timer runs")
        self._pass_time(timeout)
        return []

    def _answered(self) -> list[tuple[selectors.SelectorKey, int]]:
        events = self._real.select(LONGEST_WAIT)
        if not events:
            raise RuntimeError(f"the service has not answered for {LONGEST_WAIT} seconds")
        return events

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._real.get_map()

    def close(self) -> None:
        self._real.close()


class PatientLoop(asyncio.SelectorEventLoop):
    """``time()`` counts virtual seconds from 0, and does not move while somebody is ``waiting``."""

    def __init__(self) -> None:
        self._virtual_now = 0.0
        self._waiting = 0
        super().__init__(_Patient(lambda: self._waiting > 0, self._pass))

    def time(self) -> float:
        return self._virtual_now

    @contextmanager
    def waiting(self) -> Iterator[None]:
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    def _pass(self, seconds: float) -> None:
        self._virtual_now += seconds


class AwaitedRows:
    """``Rows`` of a real service, for which the loop waits."""

    def __init__(self, rows: Rows, loop: PatientLoop) -> None:
        self._rows = rows
        self._loop = loop

    async def find(self, table: str, partition: str, key: str) -> Row | None:
        with self._loop.waiting():
            return await self._rows.find(table, partition, key)

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
        with self._loop.waiting():
            return await self._rows.page(
                table, partition, span, after=after, beside=beside, limit=limit, columns=columns
            )

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage:
        with self._loop.waiting():
            return await self._rows.page_keys(table, partition, span, after=after)

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        with self._loop.waiting():
            return await self._rows.first_partition(table, start, end)

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        with self._loop.waiting():
            return await self._rows.commit(table, partition, changes)

    async def discard(self, table: str, partition: str, key: str) -> None:
        with self._loop.waiting():
            await self._rows.discard(table, partition, key)


class AwaitedQueues:
    """Puts each message into the real queue as well; when it shows is told by the virtual clock, elsewhere."""

    def __init__(self, queues: Queues, loop: PatientLoop) -> None:
        self._queues = queues
        self._loop = loop

    async def put(self, message: AnyMessage) -> None:
        with self._loop.waiting():
            await self._queues.send(message)
