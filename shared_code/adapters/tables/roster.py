"""The list of an organisation's people, read as a whole from its slices.

Where not all slices are there (a new organisation, or one that is older than they are) the users' own rows are read.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_all
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.roster_rows import COUNTS, ROSTER, SLICES, counts_in, listed_in
from shared_code.adapters.tables.rows import Rows, below
from shared_code.core.ids import OrganizationId
from shared_code.core.product_user import ProductUser
from shared_code.core.roster_entry import RosterEntry, Standing, entry_of, standings


class TableRoster:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def entries(self, organization: OrganizationId) -> tuple[RosterEntry, ...]:
        rows = await read_all(self._rows, USERS, organization, ROSTER)
        slices = [entries for row in rows if (entries := listed_in(row)) is not None]
        if len(slices) < len(SLICES):
            return await entries_of_rows(self._rows, organization)
        return tuple(chain.from_iterable(slices))

    async def counts(self, organization: OrganizationId) -> Mapping[Standing, int]:
        rows = await read_all(self._rows, USERS, organization, ROSTER, columns=COUNTS)
        counted = [counts for row in rows if (counts := counts_in(row)) is not None]
        if len(counted) < len(SLICES):
            return standings(await entries_of_rows(self._rows, organization))
        return sum(counted, Counter())


async def entries_of_rows(rows: Rows, organization: OrganizationId) -> tuple[RosterEntry, ...]:
    """Made of the users' own rows, however many pages they are."""
    users = await read_all(rows, USERS, organization, below("user"))
    return tuple(entry_of(read_record(ProductUser, row)) for row in users)
