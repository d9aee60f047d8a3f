"""The list of an organisation's people, a page at a time or whole."""

from dataclasses import dataclass

from shared_code.core.ids import OrganizationId
from shared_code.core.people import PAGE_SIZE, PeoplePage, PeopleQuery, listed, look_through
from shared_code.core.roster_entry import RosterEntry
from shared_code.roster_ports import Roster

EVERYBODY = PeopleQuery()


@dataclass(frozen=True)
class People:
    """Whether there is such an organisation, and who may look, is for the caller to know."""

    roster: Roster

    async def page(self, organization: OrganizationId, query: PeopleQuery, size: int = PAGE_SIZE) -> PeoplePage:
        return look_through(await self.roster.entries(organization), query, size)

    async def export(self, organization: OrganizationId, query: PeopleQuery = EVERYBODY) -> tuple[RosterEntry, ...]:
        """All that the query finds, whatever page it asks for."""
        return listed(await self.roster.entries(organization), query)
