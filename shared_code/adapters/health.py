"""Whether the parts that Orgcal cannot do without answer."""

import asyncio
from collections.abc import Awaitable
from typing import Protocol

from shared_code.adapters.tables.names import UPKEEP
from shared_code.adapters.tables.rows import Rows
from shared_code.errors import OrgcalError


class CheckedQueues(Protocol):
    async def check(self) -> None:
        """Raise if the queues do not answer."""
        ...


class StorageHealth:
    def __init__(self, rows: Rows, queues: CheckedQueues) -> None:
        self._rows = rows
        self._queues = queues

    async def failing_parts(self) -> tuple[str, ...]:
        tables, queues = await asyncio.gather(
            _answers(self._rows.find(UPKEEP, "health", "health")), _answers(self._queues.check())
        )
        return tuple(name for name, answered in (("tables", tables), ("queues", queues)) if not answered)


async def _answers(asked: Awaitable[object]) -> bool:
    try:
        await asked
    except OrgcalError:
        return False
    return True
