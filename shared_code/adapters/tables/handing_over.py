"""Users who hand addresses to each other are written together: apart, none of them could be the first.

An index row that one user gives up and another takes becomes one ``Put``. The giver's own row is in the transaction
with its version, so the address is still theirs to give.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared_code.adapters.tables.rows import TRANSACTION_ROWS, Change, Insert, Put, Remove
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.roster_entry import RosterEntry
from shared_code.errors import Unexpected


@dataclass(frozen=True)
class Write:
    """What becomes of one user's rows, never split between transactions."""

    organization: OrganizationId
    user: ProductUserId
    rows: tuple[Change, ...]  # their own first
    slice: str | None = None  # of the roster, if it changes with them
    entry: RosterEntry | None = None  # what it then holds of the user, if anything

    @property
    def is_new(self) -> bool:
        return isinstance(self.rows[0], Insert)

    @property
    def keys(self) -> set[str]:
        """Of all rows that are written with the user."""
        return {row.key for row in self.rows} | ({self.slice} if self.slice is not None else set())


type Bundle = tuple[Write, ...]


def bundles(writes: Sequence[Write]) -> list[Bundle]:
    """Who gives and who takes go together, as far as one transaction holds them; everybody else is alone."""
    givers = {row.key: place for place, write in enumerate(writes) for row in write.rows if isinstance(row, Remove)}
    bundle_of = [[place] for place in range(len(writes))]
    for place, write in enumerate(writes):
        for row in write.rows:
            giver = givers.get(row.key) if isinstance(row, Insert) else None
            if giver is not None:
                _join(bundle_of, giver, place, writes)
    distinct = {id(bundle): bundle for bundle in bundle_of}
    return [tuple(writes[place] for place in sorted(bundle)) for bundle in distinct.values()]


def rows_of(writes: Iterable[Write]) -> list[Change]:
    """The rows of one transaction."""
    rows: dict[str, Change] = {}
    for row in (row for write in writes for row in write.rows):
        known = rows.get(row.key)
        rows[row.key] = row if known is None else _handed_over(known, row)
    return list(rows.values())


def _join(bundle_of: list[list[int]], giver: int, taker: int, writes: Sequence[Write]) -> None:
    joined, other = bundle_of[giver], bundle_of[taker]
    if joined is other or not _is_one_transaction([writes[place] for place in (*joined, *other)]):
        return
    joined += other
    for place in other:
        bundle_of[place] = joined


def _is_one_transaction(writes: Sequence[Write]) -> bool:
    """Small enough, and no row is taken twice or given twice."""
    moves = [(row.key, isinstance(row, Remove)) for write in writes for row in write.rows]
    keys = {key for write in writes for key in write.keys}
    return len(set(moves)) == len(moves) and len(keys) <= TRANSACTION_ROWS


def _handed_over(one: Change, other: Change) -> Put:
    taken = other if isinstance(one, Remove) else one
    if isinstance(taken, Remove):
        raise Unexpected(f"{taken.key} is given up twice in one transaction")
    return Put(taken.key, taken.properties)
