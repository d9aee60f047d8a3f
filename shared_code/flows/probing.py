"""A few of a connection's mailboxes are tried, to learn whether its tenant lets us in at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.grant import Look, some_of
from shared_code.core.ids import LinkKey, MailboxKey
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.sync_rules import holds
from shared_code.errors import Disconnected, NoMailbox, Refused, TryLater, Unexpected
from shared_code.flows.product_users import iter_users
from shared_code.ports import Calendars, ProductUsers


@dataclass(frozen=True)
class Probing:
    users: ProductUsers
    calendars: Calendars

    async def look(self, connection: Connection, now: datetime) -> Look:
        """Try those who are connected; where nobody is any more, those who were until the tenant closed them."""
        people = await self._count(connection)
        return await self._try(Look(connected=len(people.connected)), people.connected or people.lost, now)

    async def look_at_anybody(self, connection: Connection, now: datetime) -> Look:
        """Try whoever is matched: a tenant may begin with somebody else than it ended with."""
        people = await self._count(connection)
        return await self._try(Look(connected=len(people.connected)), people.matched, now)

    async def _try(self, look: Look, links: Mapping[MailboxKey, LinkKey], now: datetime) -> Look:
        """One after another, until one opens."""
        for mailbox in some_of(links, now):
            try:
                await self.calendars.list_calendars(links[mailbox])
            except Refused:
                look = replace(look, refused=look.refused + 1)
            except NoMailbox:
                continue  # says nothing of what the tenant allows
            except (TryLater, Disconnected, Unexpected):
                look = replace(look, unsure=look.unsure + 1)
            else:
                return replace(look, opened=1)
        return look

    async def _count(self, connection: Connection) -> "_People":
        people = _People()
        async for stored in iter_users(self.users, connection.organization):
            match = stored.value.match
            if match is None or (match.connection, match.tenant) != (connection.connection, connection.tenant):
                continue
            mailbox = match.mailbox
            if not holds(stored.value, mailbox):
                continue  # nobody may ask for a mailbox that its user has left
            link = LinkKey(mailbox, stored.value.organization, stored.value.user)
            people.matched[mailbox] = link
            if stored.value.state is UserState.CONNECTED:
                people.connected[mailbox] = link
            elif _was_shut(stored.value):
                people.lost[mailbox] = link
        return people


@dataclass(frozen=True)
class _People:
    """Mailboxes, by how their users stand; each with one of the links through which it is asked."""

    matched: dict[MailboxKey, LinkKey] = field(default_factory=dict)
    connected: dict[MailboxKey, LinkKey] = field(default_factory=dict)
    lost: dict[MailboxKey, LinkKey] = field(default_factory=dict)


def _was_shut(user: ProductUser) -> bool:
    return user.state is UserState.EXCLUDED_BY_POLICY and user.connected_at is not None
