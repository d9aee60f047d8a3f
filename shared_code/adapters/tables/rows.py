"""The little that Orgcal asks of Azure Tables: rows of one partition, in the order of their keys, with versions.

The adapters of this package are written over ``Rows``; ``AzureRows`` is the real thing, the tests have one in memory.
Keys are made of ids (letters, digits, ``_ . -``), ISO instants, and ``!`` between the parts: it sorts before them all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

Property = str | int | bytes

PAGE_ROWS = 1000  # the most that one request answers with
# https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions (2026-11)
TRANSACTION_ROWS = 100


@dataclass(frozen=True)
class Row:
    key: str
    properties: Mapping[str, Property]
    version: str  # ETag


@dataclass(frozen=True)
class Span:
    """Keys from ``start`` up to but not including ``end``."""

    start: str
    end: str

    def __contains__(self, key: str) -> bool:
        return self.start <= key < self.end


EVERYTHING = Span("", "~")


def below(key: str) -> Span:
    """The rows whose keys begin with ``key`` and a ``!``."""
    return Span(f"{key}!", f'{key}"')  # the quotation mark follows the exclamation mark


def with_rows_below(key: str) -> Span:
    return Span(key, f'{key}"')


@dataclass(frozen=True)
class Insert:
    """A new row; Conflict if there is one."""

    key: str
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Replace:
    """All of a row's properties; Conflict if its version is another, or it is gone."""

    key: str
    properties: Mapping[str, Property]
    version: str


@dataclass(frozen=True)
class Put:
    """A row, new or replaced, whatever was there."""

    key: str
    properties: Mapping[str, Property]


@dataclass(frozen=True)
class Remove:
    """Conflict if the row is gone, or its version (unless None) is another."""

    key: str
    version: str | None = None


Change = Insert | Replace | Put | Remove


@dataclass(frozen=True)
class RowPage:
    rows: tuple[Row, ...]
    next: str | None  # what to pass as ``after``; None after the last page


@dataclass(frozen=True)
class KeyPage:
    keys: tuple[str, ...]
    next: str | None


class Rows(Protocol):
    """Raises Conflict, TryLater and Unexpected."""

    async def find(self, table: str, partition: str, key: str) -> Row | None: ...

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
        """One request; the rows in the order of their keys. ``beside`` is the key of one row outside the span, for a
        first page only. With ``columns`` the rows hold no other properties, and no version."""
        ...

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage: ...

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        """The first partition from ``start`` up to but not including ``end`` that holds a row."""
        ...

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        """All of 1 to 100 changes to different rows, or none; the new versions, empty for what was removed.

        TryLater leaves open whether they were written. It is not tried again here, where the second try could meet the
        first one's success and take it for somebody else's.
        """
        ...

    async def discard(self, table: str, partition: str, key: str) -> None:
        """Remove a row whatever its version; a row that is gone already is fine."""
        ...
