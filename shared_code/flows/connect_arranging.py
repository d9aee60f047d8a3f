"""What the tables say of somebody whose calendars are to be read for the first time: through whom, if at all."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId, LinkKey
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.mailbox import Link
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.settings import CalendarChoice, calendar_choice
from shared_code.core.sync_rules import CALM, has_lost_calendar, holds, may_read
from shared_code.flows.link_connections import Giver
from shared_code.flows.mailbox_release import release_of
from shared_code.logs import say
from shared_code.mailbox_ports import Mailboxes, StoredMailbox
from shared_code.messages import ConnectMailbox
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Queues, Stored


@dataclass(frozen=True)
class Arrangement:
    """Whose calendars are to be read, through whom, and what the mailbox's record holds already."""

    message: ConnectMailbox
    user: Stored[ProductUser]
    giver: Giver
    policy: Policy
    mailbox: StoredMailbox | None

    @property
    def key(self) -> LinkKey:
        return self.message.link

    @property
    def link(self) -> Stored[Link] | None:
        """The link that there is already."""
        links = self.mailbox.links if self.mailbox is not None else ()
        return next((link for link in links if link.value.key == self.key), None)

    @property
    def connection(self) -> ConnectionId:
        return self.giver.connection if isinstance(self.giver, PersonalAccount) else self.giver.value.connection

    @property
    def choice(self) -> CalendarChoice:
        return calendar_choice(self.policy, self.user.value, self.key.mailbox)

    @property
    def waiting_since(self) -> datetime:
        return self.giver.changed_at if isinstance(self.giver, PersonalAccount) else self.user.value.changed_at

    @property
    def is_alone(self) -> bool:
        """Nobody else has a link to this mailbox."""
        return self.mailbox is None or all(link.value.key == self.key for link in self.mailbox.links)

    @property
    def is_connected(self) -> bool:
        if isinstance(self.giver, PersonalAccount):
            return self.giver.state is PersonalState.CONNECTED
        return self.user.value.state is UserState.CONNECTED

    @property
    def was_shut(self) -> bool:
        """It was open before: Graph may have ended its subscription meanwhile, and its word of that may be lost. A
        personal mailbox's ends with one person's consent, whoever else is linked to it."""
        if isinstance(self.giver, PersonalAccount):
            return self.mailbox is not None
        return self.user.value.state is not UserState.PENDING

    def is_done(self) -> bool:
        return (
            self.is_connected
            and self.link is not None
            and self.link.value.connection == self.connection
            and not self.link.value.is_refused
            and not has_lost_calendar(self.link.value)
        )

    def zone_address(self) -> str | None:
        """At which Microsoft is asked for the zone; None if the product knows it, or Microsoft would not say.

        https://learn.microsoft.com/graph/api/calendar-getschedule: personal Microsoft accounts are not supported."""
        if self.user.value.time_zone:
            return None
        if isinstance(self.giver, PersonalAccount):
            return None if self.giver.is_consumer else self.giver.account
        return self.user.value.match.address if self.user.value.match is not None else None


@dataclass(frozen=True)
class ConnectArranging:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    queues: Queues

    async def run(self, message: ConnectMailbox, now: datetime) -> Arrangement | None:
        """None if there is nothing to do, or nothing yet."""
        key = message.link
        user = await self.users.find(key.organization, key.user)
        if user is None or not holds(user.value, key.mailbox):
            say("connect_dropped", mailbox=key.mailbox, user=key.user, reason="not_matched")
            await self.queues.send(release_of(key))  # of an earlier try
            return None
        records = await self.organizations.find(key.organization)
        if records is None or records.organization.value.leaving:
            return None
        giver = await self._giver(message, user.value, records, now)
        if giver is None:
            return None
        policy = records.organization.value.policy
        return Arrangement(message, user, giver, policy, await self.mailboxes.find(key.mailbox))

    async def _giver(
        self, message: ConnectMailbox, user: ProductUser, records: OrganizationRecords, now: datetime
    ) -> Giver | None:
        if message.link.mailbox.is_personal:
            return _account(message.link, user)
        connection = records.connection(user.match.connection) if user.match is not None else None
        if connection is None:
            return None
        if delay := _not_yet(connection.value, user, now):
            await self.queues.send(message, min(delay, MAX_MESSAGE_DELAY))
            return None
        if not may_read(connection.value, message.link.mailbox):
            say("connect_dropped", mailbox=message.link.mailbox, user=message.user, reason=connection.value.state)
            return None
        return connection


def _account(key: LinkKey, user: ProductUser) -> PersonalAccount | None:
    """None while only its owner can open it."""
    account = user.find_personal(key.mailbox)
    if account is None or not account.is_served:
        reason = account.state if account is not None else "not_connected"
        say("connect_dropped", mailbox=key.mailbox, user=key.user, reason=reason)
        return None
    return account


def _not_yet(connection: Connection, user: ProductUser, now: datetime) -> timedelta | None:
    """How long to wait for the connection: it is just becoming active, or its tenant is throttled."""
    if connection.state is ConnectionState.VERIFYING and user.reason == Reason.AWAITING_FIRST_READ:
        return CALM
    if connection.not_before is not None and now < connection.not_before:
        return connection.not_before - now
    return None
