"""Work on many rows of one partition, over ``Rows``."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from shared_code.adapters.tables.rows import TRANSACTION_ROWS, Remove, Row, Rows, Span
from shared_code.errors import Conflict

READS_AT_ONCE = 20


async def read_all(
    rows: Rows,
    table: str,
    partition: str,
    span: Span,
    *,
    beside: str | None = None,
    columns: tuple[str, ...] | None = None,
) -> list[Row]:
    """Almost always one request: more only above 1,000 rows or 4 MiB. ``beside`` is one row before the span."""
    page = await rows.page(table, partition, span, beside=beside, columns=columns)
    found = list(page.rows)
    while page.next is not None:
        page = await rows.page(table, partition, span, after=page.next, columns=columns)
        found += page.rows
    return found


async def read_keys(rows: Rows, table: str, partition: str, span: Span) -> list[str]:
    page = await rows.page_keys(table, partition, span)
    found = list(page.keys)
    while page.next is not None:
        page = await rows.page_keys(table, partition, span, after=page.next)
        found += page.keys
    return found


async def remove_all(rows: Rows, table: str, partition: str, span: Span) -> None:
    """Remove what is there now; what others add meanwhile stays."""
    await remove(rows, table, partition, await read_keys(rows, table, partition, span))


async def remove(rows: Rows, table: str, partition: str, keys: Sequence[str]) -> None:
    """Remove rows that are there no longer as well."""
    for group in groups_of(TRANSACTION_ROWS, keys):
        if len(group) == 1:  # a transaction costs twice as much
            await rows.discard(table, partition, group[0])
            continue
        try:
            await rows.commit(table, partition, [Remove(key) for key in group])
        except Conflict:
            for key in group:
                await rows.discard(table, partition, key)


async def read_many[Asked, Answer](
    asked: Iterable[Asked], read: Callable[[Asked], Awaitable[Answer | None]]
) -> dict[Asked, Answer]:
    """Read concurrently, ``READS_AT_ONCE`` at a time; what is not there is left out."""
    turn = asyncio.Semaphore(READS_AT_ONCE)

    async def read_one(one: Asked) -> Answer | None:
        async with turn:
            return await read(one)

    distinct = list(dict.fromkeys(asked))
    answers = await asyncio.gather(*(read_one(one) for one in distinct))
    return {one: answer for one, answer in zip(distinct, answers, strict=True) if answer is not None}


def groups_of[Item](size: int, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    return (items[start : start + size] for start in range(0, len(items), size))
