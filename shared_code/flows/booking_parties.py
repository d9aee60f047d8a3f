"""Who takes part in a booking with a calendar of their own, and whether it can be written to now."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.held_mailboxes import held_mailboxes, written_mailbox
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import written_now
from shared_code.core.product_user import ProductUser, UserState, called
from shared_code.core.settings import calendar_choice
from shared_code.core.sources import Source, sources_of
from shared_code.errors import Problem, Rejected, Throttled
from shared_code.flows.acting import get_organization
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers

ANOTHER_MAILBOX = "another_mailbox"  # than the one in which it was booked


@dataclass(frozen=True)
class Party:
    """A connected user, in one mailbox of theirs that may be asked now as far as we know."""

    user: ProductUser
    key: LinkKey
    connection: ConnectionId
    address: str  # at which Microsoft knows them there

    @property
    def beside(self) -> tuple[MailboxKey, ...]:
        """Their other mailboxes: what is booked there takes their time as well."""
        return tuple(mailbox for mailbox in held_mailboxes(self.user) if mailbox != self.key.mailbox)

    def write_calendar(self, link: Link, records: OrganizationRecords) -> CalendarId:
        choice = calendar_choice(records.organization.value.policy, self.user, self.key.mailbox)
        calendar = written_now(link, choice)
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
        """Where a booking of this user is of which no mailbox was noted: those were all in the matched one."""
        stored = await self.users.find(organization, user)
        if stored is None or stored.value.match is None:
            return None
        return LinkKey(stored.value.match.mailbox, organization, user)

    async def locate_all(self, organization: OrganizationId, user: ProductUserId) -> list[LinkKey]:
        """Wherever their time may be taken, whether or not anybody may write there now."""
        stored = await self.users.find(organization, user)
        if stored is None:
            return []
        match = stored.value.match
        managed = [] if match is None else [match.mailbox]
        own = [account.mailbox for account in stored.value.personal]
        return [LinkKey(mailbox, organization, user) for mailbox in (*managed, *own)]

    async def find(self, records: OrganizationRecords, user: ProductUserId, now: datetime) -> Party:
        """Where their new meetings go. Rejected unless that calendar is connected; Throttled while Microsoft does not
        want to be asked."""
        person = await self._find_user(records, user)
        mailbox = written_mailbox(records.organization.value.policy, person)
        return _party(person, _served(records, person, mailbox), now)

    async def find_at(self, records: OrganizationRecords, key: LinkKey, now: datetime) -> Party:
        """In this mailbox. Rejected as well if it is not theirs any more."""
        person = await self._find_user(records, key.user)
        return _party(person, _served(records, person, key.mailbox), now)

    async def reaches(self, records: OrganizationRecords, key: LinkKey) -> bool:
        """Whether this mailbox is connected, also while it must not be asked."""
        try:
            _served(records, await self._find_user(records, key.user), key.mailbox)
        except Rejected:
            return False
        return True

    async def _find_user(self, records: OrganizationRecords, user: ProductUserId) -> ProductUser:
        stored = await self.users.find(records.organization.value.organization, user)
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user}.")
        return stored.value


def _served(records: OrganizationRecords, user: ProductUser, mailbox: MailboxKey | None) -> Source:
    sources = sources_of(user, [stored.value for stored in records.connections])
    source = next((one for one in sources if one.link.mailbox == mailbox), None)
    if source is None:
        raise not_connected(user.user, ANOTHER_MAILBOX if sources else user.state)
    if not source.is_served:
        raise not_connected(user.user, _why(records, user, source))
    return source


def _why(records: OrganizationRecords, user: ProductUser, source: Source) -> str:
    if source.is_personal:
        return source.detail or "needs_reconnect"
    if user.state is not UserState.CONNECTED:
        return user.state
    connection = records.connection(source.connection)
    return "gone" if connection is None else connection.value.state


def _party(user: ProductUser, source: Source, now: datetime) -> Party:
    if source.not_before is not None and now < source.not_before:
        tenant = f"{user.organization}: its tenant is throttled"
        raise Throttled(tenant, source.not_before - now, whole_tenant=True)
    return Party(user, source.link, source.connection, _address(user, source.link.mailbox))


def _address(user: ProductUser, mailbox: MailboxKey) -> str:
    """Of an account, the name that its owner signs in with, unless that is a telephone number or anything else that no
    meeting can be sent to: https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
    (``preferred_username``). Then the product's address of them does."""
    account = user.find_personal(mailbox)
    known = account.account if account is not None else user.match.address if user.match is not None else ""
    return known if "@" in known else called(user)


def not_connected(user: ProductUserId, why: str) -> Rejected:
    return Rejected(Problem.NOT_CONNECTED, f"The calendar of {user} is not connected.", {"user": user, "why": why})
