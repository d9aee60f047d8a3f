"""Slices that do not say what the users' rows say.

Both are written in one transaction, so there are none, unless an organisation is older than the slices, or a row was
restored, lost or written past this program.
"""

from contextlib import suppress

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_all, read_many
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.roster import entries_of_rows
from shared_code.adapters.tables.roster_building import write_missing
from shared_code.adapters.tables.roster_rows import ROSTER, Entries, by_slice, counts_in, entries_in, slice_row
from shared_code.adapters.tables.rows import Replace, Row, Rows
from shared_code.adapters.tables.user_rows import user_key
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.product_user import ProductUser
from shared_code.core.roster_entry import RosterEntry, entry_of, standings
from shared_code.errors import Conflict


async def mend_roster(rows: Rows, organization: OrganizationId) -> int:
    """How many slices were written. Each is looked at once more right before."""
    there = await read_all(rows, USERS, organization, ROSTER)
    with suppress(Conflict):  # somebody is at it, and mends it by that
        if written := await write_missing(rows, organization, there):
            return written
    expected = by_slice(await entries_of_rows(rows, organization))
    suspect = [row.key for row in there if not _says(row, expected[row.key])]
    return sum([await _mend(rows, organization, key, expected[key]) for key in suspect])


def _says(row: Row, entries: Entries) -> bool:
    return entries_in(row) == entries and counts_in(row) == standings(entries.values())


async def _mend(rows: Rows, organization: OrganizationId, key: str, expected: Entries) -> bool:
    """Only what differs is read again: if anything else changes meanwhile, the slice is of another version."""
    row = await rows.find(USERS, organization, key)
    said = None if row is None else entries_in(row)
    if row is None or said is None:
        return False
    differing = [user for user in {*said, *expected} if said.get(user) != expected.get(user)]
    now = await _entries_now(rows, organization, differing)
    mended = {user: entry for user, entry in {**said, **now}.items() if user in now or user not in differing}
    if _says(row, mended):
        return False
    with suppress(Conflict):
        await rows.commit(USERS, organization, [Replace(key, slice_row(mended.values()), row.version)])
        return True
    return False


async def _entries_now(rows: Rows, organization: OrganizationId, users: list[ProductUserId]) -> Entries:
    async def read(user: ProductUserId) -> RosterEntry | None:
        row = await rows.find(USERS, organization, user_key(user))
        return None if row is None else entry_of(read_record(ProductUser, row))

    return await read_many(users, read)
