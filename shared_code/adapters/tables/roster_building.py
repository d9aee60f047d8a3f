"""Slices that were never written, made of the users' own rows.

An organisation has none before its first user, and where it is older than the slices, before its first save or walk
since. They are inserted: whoever changes a user meanwhile needs the slice, too, so that one of the two is too late.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_all
from shared_code.adapters.tables.roster import entries_of_rows
from shared_code.adapters.tables.roster_rows import ROSTER, SLICES, by_slice, entries_in, slice_row
from shared_code.adapters.tables.rows import Insert, Replace, Row, Rows
from shared_code.adapters.tables.transactions import TRANSACTION_BYTES, size_of
from shared_code.core.ids import OrganizationId
from shared_code.errors import Conflict, TryLater

TRIES = 3


async def whole(rows: Rows, organization: OrganizationId, *, is_first: bool) -> list[Row]:
    """All slices; those that are missing are written first, but where there is nobody only for somebody who comes.

    TryLater if others are at it all the time."""
    for _ in range(TRIES):
        there = await read_all(rows, USERS, organization, ROSTER)
        with suppress(Conflict):
            if not await write_missing(rows, organization, there, is_first=is_first):
                return there
    raise TryLater(f"others are writing the roster of {organization} at the same time")


async def write_missing(
    rows: Rows, organization: OrganizationId, there: Sequence[Row], *, is_first: bool = False
) -> int:
    """Write the slices that are not among those that are ``there``, or that cannot be read, and say how many.

    None where there is nobody, unless the first one is about to come. Conflict if somebody has written one since."""
    versions = {row.key: row.version for row in there}
    readable = {row.key for row in there if entries_in(row) is not None}
    missing = [key for key in SLICES if key not in readable]
    if not missing:
        return 0
    entries = await entries_of_rows(rows, organization)
    if not (entries or is_first):
        return 0
    made = by_slice(entries)
    contents = {key: slice_row(made[key].values()) for key in missing}
    changes = [
        Replace(key, content, versions[key]) if key in versions else Insert(key, content)
        for key, content in contents.items()
    ]
    for group in _transactions(changes):
        await rows.commit(USERS, organization, group)
    return len(missing)


def _transactions(changes: Sequence[Insert | Replace]) -> Iterator[list[Insert | Replace]]:
    group: list[Insert | Replace] = []
    size = 0
    for change in changes:
        if group and size + size_of(change) > TRANSACTION_BYTES:
            yield group
            group, size = [], 0
        group.append(change)
        size += size_of(change)
    yield group
