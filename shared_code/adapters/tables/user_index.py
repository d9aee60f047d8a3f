"""Index rows that do not agree with the users they stand for.

Both are written in one transaction, so there are none, unless a row was restored, lost or written past this program.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_all
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.rows import Change, Insert, Remove, Replace, Row, Rows, below
from shared_code.adapters.tables.user_rows import INDEXES, index_keys, index_row, user_key, user_of
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.product_user import ProductUser
from shared_code.errors import Conflict

MOST = 500  # mended at once; the next walk goes on


@dataclass
class _Claims:
    """Which index row belongs to whom; what two users claim is for nobody to decide here."""

    of: dict[str, ProductUserId] = field(default_factory=dict)
    contested: set[str] = field(default_factory=set)

    def add(self, user: ProductUser) -> None:
        for key in index_keys(user):
            if self.of.setdefault(key, user.user) != user.user:
                self.contested.add(key)


async def mend_index(rows: Rows, organization: OrganizationId) -> int:
    """How many rows were written, turned or deleted. Each is looked at once more right before."""
    claims = _Claims()
    for row in await read_all(rows, USERS, organization, below("user")):
        claims.add(read_record(ProductUser, row))
    there = {
        row.key: user_of(row) for index in INDEXES for row in await read_all(rows, USERS, organization, below(index))
    }
    suspect = (key for key in sorted({*claims.of, *there} - claims.contested) if claims.of.get(key) != there.get(key))
    return await _mend(rows, organization, islice(suspect, MOST), claims)


async def _mend(rows: Rows, organization: OrganizationId, keys: Iterable[str], claims: _Claims) -> int:
    mended = 0
    for key in keys:
        row = await rows.find(USERS, organization, key)
        owner = claims.of.get(key)
        changes = (
            await _point(rows, organization, key, row, owner)
            if owner is not None
            else await _unpoint(rows, organization, key, row)
        )
        try:
            if changes:
                await rows.commit(USERS, organization, changes)
                mended += 1
        except Conflict:  # somebody is at it
            continue
    return mended


async def _point(
    rows: Rows, organization: OrganizationId, key: str, row: Row | None, owner: ProductUserId
) -> list[Change]:
    """Together with the user's own row, so that they still are who claims it."""
    user = await rows.find(USERS, organization, user_key(owner))
    if user is None or key not in index_keys(read_record(ProductUser, user)):
        return []
    unchanged = Replace(user.key, user.properties, user.version)
    if row is None:
        return [unchanged, Insert(key, index_row(owner))]
    return [] if user_of(row) == owner else [unchanged, Replace(key, index_row(owner), row.version)]


async def _unpoint(rows: Rows, organization: OrganizationId, key: str, row: Row | None) -> list[Change]:
    """As long as the row is there, nobody can have written another one in its place."""
    if row is None:
        return []
    user = await rows.find(USERS, organization, user_key(user_of(row)))
    if user is not None and key in index_keys(read_record(ProductUser, user)):
        return []
    return [Remove(key, row.version)]
