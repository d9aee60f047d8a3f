"""Who takes part in a booking with a calendar of their own, and whether it can be written to now."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.ids import CalendarId, LinkKey, OrganizationId, ProductUserId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import written_now
from shared_code.core.product_user import Match, ProductUser, UserState
from shared_code.core.settings import effective_settings
from shared_code.core.sync_rules import may_read
from shared_code.errors import Problem, Rejected, Throttled
from shared_code.flows.acting import get_organization
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers

ANOTHER_MAILBOX = "another_mailbox"  # than the one in which it was booked


@dataclass(frozen=True)
class Party:
    """A connected user, whose mailbox may be asked now as far as we know."""

    user: ProductUser
    key: LinkKey
    match: Match

    @property
    def address(self) -> str:
        """At which Microsoft knows them."""
        return self.match.address

    def write_calendar(self, link: Link, records: OrganizationRecords) -> CalendarId:
        settings = effective_settings(records.organization.value.policy, self.user)
        calendar = written_now(link, settings.calendars)
        if calendar is None:
            raise Rejected(Problem.NO_WRITE_CALENDAR, f"{self.user.user} has no calendar that can be written to.")
        return calendar


@dataclass(frozen=True)
class Parties:
    organizations: Organizations
    users: ProductUsers

    async def organization(self, organization: OrganizationId) -> OrganizationRecords:
        return await get_organization(self.organizations, organization)

    async def locate(self, organization: OrganizationId, user: ProductUserId) -> LinkKey | None:
        """Where the user's bookings are, whether or not anybody may write there now."""
        stored = await self.users.find(organization, user)
        if stored is None or stored.value.match is None:
            return None
        return LinkKey(stored.value.match.mailbox, organization, user)

    async def find(self, records: OrganizationRecords, user: ProductUserId, now: datetime) -> Party:
        """Rejected unless their calendar is connected; Throttled while Microsoft does not want to be asked."""
        party, connection = await self._connected(records, user)
        if connection.not_before is not None and now < connection.not_before:
            tenant = f"{connection.organization}: its tenant is throttled"
            raise Throttled(tenant, connection.not_before - now, whole_tenant=True)
        return party

    async def find_at(self, records: OrganizationRecords, key: LinkKey, now: datetime) -> Party:
        """The same; Rejected as well if the mailbox that is connected by now is another one."""
        party = await self.find(records, key.user, now)
        if party.key != key:
            raise not_connected(key.user, ANOTHER_MAILBOX)
        return party

    async def reaches(self, records: OrganizationRecords, key: LinkKey) -> bool:
        """Whether this mailbox is connected, also while it must not be asked."""
        try:
            party, _ = await self._connected(records, key.user)
        except Rejected:
            return False
        return party.key == key

    async def _connected(self, records: OrganizationRecords, user: ProductUserId) -> tuple[Party, Connection]:
        organization = records.organization.value.organization
        stored = await self.users.find(organization, user)
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user}.")
        match = stored.value.match
        if match is None or stored.value.state is not UserState.CONNECTED:
            raise not_connected(user, stored.value.state)
        connection = records.connection(match.connection)
        if connection is None or not may_read(connection.value, match.mailbox):
            raise not_connected(user, "gone" if connection is None else connection.value.state)
        return Party(stored.value, LinkKey(match.mailbox, organization, user), match), connection.value


def not_connected(user: ProductUserId, why: str) -> Rejected:
    return Rejected(Problem.NOT_CONNECTED, f"The calendar of {user} is not connected.", {"user": user, "why": why})
