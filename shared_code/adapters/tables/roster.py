"""The list of an organisation's people, read as a whole."""

from collections.abc import Mapping

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_all
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.rows import Rows, below
from shared_code.core.ids import OrganizationId
from shared_code.core.product_user import ProductUser
from shared_code.core.roster_entry import RosterEntry, Standing, entry_of, standings


class TableRoster:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def entries(self, organization: OrganizationId) -> tuple[RosterEntry, ...]:
        rows = await read_all(self._rows, USERS, organization, below("user"))
        return tuple(entry_of(read_record(ProductUser, row)) for row in rows)

    async def counts(self, organization: OrganizationId) -> Mapping[Standing, int]:
        return standings(await self.entries(organization))
