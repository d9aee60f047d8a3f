"""An organisation's connections at a glance."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.ids import OrganizationId
from shared_code.core.overview import OverviewOf, card_of, has_sweep, in_order
from shared_code.core.sweep import Sweep
from shared_code.flows.acting import Acting
from shared_code.flows.connecting import KeepConnections
from shared_code.roster_ports import Roster


@dataclass(frozen=True)
class Overview:
    acting: Acting
    roster: Roster
    connections: KeepConnections

    async def look(self, organization: OrganizationId, now: datetime) -> OverviewOf:
        """Two queries, and one read for each connection that lives."""
        records, counts = await asyncio.gather(self.acting.organization(organization), self.roster.counts(organization))
        known = [stored.value for stored in records.connections]
        sweeps = await asyncio.gather(*map(self._sweep, known))
        cards = tuple(
            card_of(connection, self.connections.activation_link(connection, now), sweep, counts, now)
            for connection, sweep in zip(known, sweeps, strict=True)
        )
        return OverviewOf(records.organization.value, in_order(cards), sum(counts.values()))

    async def _sweep(self, connection: Connection) -> Sweep | None:
        if not has_sweep(connection):
            return None
        stored = await self.acting.organizations.find_sweep(connection.organization, connection.connection)
        return None if stored is None else stored.value
