"""What a run stands on: storage in memory under a virtual clock, or Azurite."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from shared_code.adapters.tables.rows import Rows
from shared_code.messages import AnyMessage
from tests.fakes.memory_rows import MemoryRows
from tests.simulation.virtual_loop import VirtualLoop


async def _nowhere(_: AnyMessage) -> None:
    """Nothing is kept of it beside the queue in memory."""


async def _nothing() -> None:
    """There is nothing to close."""


@dataclass(frozen=True)
class Stage:
    loop: asyncio.BaseEventLoop
    rows: Rows
    put: Callable[[AnyMessage], Awaitable[None]] = _nowhere  # each message that is sent
    close: Callable[[], Coroutine[Any, Any, None]] = _nothing


def in_memory() -> Stage:
    return Stage(VirtualLoop(), MemoryRows())
