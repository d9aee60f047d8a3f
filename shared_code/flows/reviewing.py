"""What a person looks at before they confirm: the first match, and domains that the tenant has not proven."""

import asyncio
from dataclasses import dataclass

from shared_code.core.connection import Connection
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.review import (
    PAGE,
    Group,
    ReviewOf,
    WaitingDomain,
    by_address,
    count_pages,
    groups_of,
    has_named_calendar,
    waiting_domains,
)
from shared_code.core.roster_entry import RosterEntry
from shared_code.flows.acting import Acting
from shared_code.flows.connecting import KeepConnections
from shared_code.roster_ports import Roster


@dataclass(frozen=True)
class Reviewing:
    """All raise Rejected if there is no such organisation or connection."""

    acting: Acting
    roster: Roster
    connections: KeepConnections

    async def look(self, organization: OrganizationId, connection: ConnectionId, group: Group, page: int) -> ReviewOf:
        """One page of the group (from 1; the last one for a number beyond it), and how many there are of both.

        The organisation's list of people says it all: no row of a user is read."""
        (known, entries), domain = await asyncio.gather(
            self._connection_and_entries(organization, connection), self.proven_domain(organization, connection)
        )
        groups = groups_of(entries, connection)
        shown, pages = by_address(groups[group]), count_pages(groups[group])
        place = min(max(page, 1), pages)
        people = tuple(shown[(place - 1) * PAGE : place * PAGE])
        return ReviewOf(known, domain, group, len(groups["will"]), len(groups["will_not"]), people, place, pages)

    async def domains(
        self, organization: OrganizationId, connection: ConnectionId
    ) -> tuple[Connection, tuple[WaitingDomain, ...]]:
        known, entries = await self._connection_and_entries(organization, connection)
        return known, waiting_domains(entries, connection)

    async def losing(
        self, organization: OrganizationId, connection: ConnectionId
    ) -> tuple[Connection, tuple[RosterEntry, ...]]:
        """Those whom the held sweep would take a calendar from, as far as it has named them and they still have one."""
        known, entries = await self._connection_and_entries(organization, connection)
        named = () if known.held is None else known.held.people
        found = {entry.user: entry for entry in entries if has_named_calendar(entry, connection)}
        return known, tuple(found[user] for user in named if user in found)

    async def proven_domain(self, organization: OrganizationId, connection: ConnectionId) -> str | None:
        sweep = await self.acting.organizations.find_sweep(organization, connection)
        return next(iter(sweep.value.proven_domains), None) if sweep is not None else None

    async def _connection_and_entries(
        self, organization: OrganizationId, connection: ConnectionId
    ) -> tuple[Connection, tuple[RosterEntry, ...]]:
        stored, entries = await asyncio.gather(
            self.connections.get(organization, connection), self.roster.entries(organization)
        )
        return stored.value, entries
