"""``Rows`` in memory: versions, transactions and pages as Azure Tables has them, and a note of every operation."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from shared_code.adapters.tables.rows import (
    PAGE_ROWS,
    Change,
    Insert,
    KeyPage,
    Property,
    Put,
    Remove,
    Replace,
    Row,
    RowPage,
    Span,
)
from shared_code.adapters.tables.transactions import check_key, check_transaction
from shared_code.errors import Conflict
from tests.stored_bytes import unpacked


@dataclass(frozen=True)
class Operation:
    """One storage request."""

    kind: str  # find, page, page_keys, first_partition, commit, discard
    table: str
    partition: str
    rows: int  # asked for, answered or written


class MemoryRows:
    """``on_operation`` is called before each request and may raise what storage would raise."""

    def __init__(self, on_operation: Callable[[Operation], None] | None = None) -> None:
        self.operations: list[Operation] = []
        self.on_operation = on_operation
        self._partitions: dict[tuple[str, str], dict[str, Row]] = {}
        self._versions = (f"version-{number}" for number in count(1))

    def count(self, *kinds: str) -> int:
        """How many requests there were, of these kinds or of any."""
        return sum(not kinds or operation.kind in kinds for operation in self.operations)

    def keys(self, table: str, partition: str) -> list[str]:
        """What is stored, without a request."""
        return sorted(self._partitions.get((table, partition), {}))

    def rows_in(self, table: str) -> int:
        """How many rows the table holds, without a request."""
        return sum(len(rows) for (name, _), rows in self._partitions.items() if name == table)

    def all_rows(self, table: str) -> list[Row]:
        """Of every partition, without a request."""
        return [row for (name, _), rows in self._partitions.items() if name == table for row in rows.values()]

    def bytes_at_rest(self) -> bytes:
        """Every key and every property of every row, to search in."""
        return b"\n".join(
            _bytes_of(value)
            for (table, partition), rows in self._partitions.items()
            for row in rows.values()
            for value in (table, partition, row.key, *row.properties, *row.properties.values())
        )

    async def find(self, table: str, partition: str, key: str) -> Row | None:
        await self._note("find", table, partition, [key])
        return self._partition(table, partition).get(key)

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
        rows, following = self._page(table, partition, span, after, min(limit, PAGE_ROWS), beside)
        await self._note("page", table, partition, [row.key for row in rows])
        return RowPage(tuple(_only(columns, row) for row in rows), following)

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage:
        rows, following = self._page(table, partition, span, after, PAGE_ROWS)
        keys = tuple(row.key for row in rows)
        await self._note("page_keys", table, partition, keys)
        return KeyPage(keys, following)

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        await self._note("first_partition", table, start, [end])
        held = (partition for (name, partition), rows in self._partitions.items() if name == table and rows)
        return min((partition for partition in held if start <= partition < end), default=None)

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        check_transaction(table, changes)
        await self._note("commit", table, partition, [change.key for change in changes])
        rows = dict(self._partition(table, partition))
        versions = tuple(self._apply(change, rows) for change in changes)
        self._partitions[table, partition] = rows
        return versions

    async def discard(self, table: str, partition: str, key: str) -> None:
        await self._note("discard", table, partition, [key])
        self._partition(table, partition).pop(key, None)

    async def _note(self, kind: str, table: str, partition: str, keys: Sequence[str]) -> None:
        for key in (partition, *keys):
            check_key(key)
        operation = Operation(kind, table, partition, len(keys))
        await asyncio.sleep(0)  # others may run here, as they may while a real request is on its way
        if self.on_operation is not None:
            self.on_operation(operation)
        self.operations.append(operation)

    def _page(
        self, table: str, partition: str, span: Span, after: str | None, limit: int, beside: str | None = None
    ) -> tuple[tuple[Row, ...], str | None]:
        rows = self._partition(table, partition)
        keys = sorted(key for key in rows if key == beside or (key in span and (after is None or key > after)))
        following = keys[limit - 1] if len(keys) > limit else None
        return tuple(rows[key] for key in keys[:limit]), following

    def _apply(self, change: Change, rows: dict[str, Row]) -> str:
        _check_against(rows.get(change.key), change)
        if isinstance(change, Remove):
            del rows[change.key]
            return ""
        rows[change.key] = Row(change.key, dict(change.properties), next(self._versions))
        return rows[change.key].version

    def _partition(self, table: str, partition: str) -> dict[str, Row]:
        return self._partitions.setdefault((table, partition), {})


def _check_against(row: Row | None, change: Change) -> None:
    match change:
        case Insert():
            allowed = row is None
        case Put():
            allowed = True
        case Replace(version=version):
            allowed = row is not None and row.version == version
        case Remove(version=version):
            allowed = row is not None and version in {None, row.version}
    if not allowed:
        raise Conflict(f"writing {change.key}: it is there already, gone, or of another version")


def _only(columns: tuple[str, ...] | None, row: Row) -> Row:
    if columns is None:
        return row
    return Row(row.key, {name: row.properties[name] for name in columns if name in row.properties}, "")


def _bytes_of(value: Property) -> bytes:
    return unpacked(value) if isinstance(value, bytes) else str(value).encode()
