"""Rows of one partition that no longer agree, brought together again."""

from datetime import datetime

from shared_code.adapters.tables.names import ORGANIZATIONS
from shared_code.adapters.tables.organizations import TableOrganizations, sweep_key
from shared_code.adapters.tables.partition import read_keys, remove
from shared_code.adapters.tables.roster_mending import mend_roster
from shared_code.adapters.tables.rows import Rows, below
from shared_code.adapters.tables.token_rows import drop_forsaken
from shared_code.adapters.tables.user_index import mend_index
from shared_code.core.ids import ConnectionId, OrganizationId


class RowRepair:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def mend_index(self, organization: OrganizationId) -> int:
        return await mend_index(self._rows, organization)

    async def mend_roster(self, organization: OrganizationId) -> int:
        return await mend_roster(self._rows, organization)

    async def drop_forsaken_tokens(self, organization: OrganizationId, now: datetime) -> int:
        return await drop_forsaken(self._rows, organization, now)

    async def drop_leftovers(self, organization: OrganizationId, connection: ConnectionId) -> int:
        """The cursor is read after the keys: what a match has saved since then is not among them."""
        keys = await read_keys(self._rows, ORGANIZATIONS, organization, below(sweep_key(connection)))
        sweep = await TableOrganizations(self._rows).find_sweep(organization, connection)
        kept = None
        if sweep is not None and sweep.value.phase != "idle":
            kept = below(f"{sweep_key(connection)}!{sweep.value.sweep}")
        left = [key for key in keys if kept is None or key not in kept]
        await remove(self._rows, ORGANIZATIONS, organization, left)
        return len(left)
