"""A user no longer has a mailbox: their link is forgotten, and the mailbox with the last of them.

What they host outlives it, or the same request after a reconnect would book it twice. The refresh token of an account
of their own goes last, and stays as long as the account does, also where the policy has set that aside.
"""

from dataclasses import dataclass
from datetime import datetime

from shared_code.booking_ports import BookingRows
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import LinkKey
from shared_code.core.mailbox import Lease
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_user import ProductUser
from shared_code.core.repair import is_left_lying
from shared_code.core.sync_rules import CALM, holds, next_turn
from shared_code.core.turns import next_look
from shared_code.core.upkeep import Due, Settled
from shared_code.errors import Conflict
from shared_code.flows.subscribing import Subscribing, drop_order
from shared_code.logs import say
from shared_code.mailbox_ports import LinkChange, Mailboxes, StoredMailbox
from shared_code.messages import HINT_DELAY, RelayEvents, ReleaseMailbox
from shared_code.personal_ports import TokenVault
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Queues, Upkeep

OVER = frozenset({ConnectionState.DISCONNECTING, ConnectionState.DISCONNECTED})


@dataclass(frozen=True)
class MailboxRelease:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    bookings: BookingRows
    upkeep: Upkeep
    subscribing: Subscribing
    vault: TokenVault
    queues: Queues

    async def run(self, message: ReleaseMailbox, now: datetime) -> None:
        """Forget the link, unless its user still has this mailbox after all.

        The mailbox is read first: who is given it again after the look at their row takes its lease, and nothing is
        forgotten.
        """
        key = message.link
        mailbox = await self.mailboxes.find(key.mailbox)
        stored = await self.users.find(key.organization, key.user)
        if mailbox is None:
            if stored is None:
                await self.bookings.forget_all(key)
            await self._forget_token(key)
            return
        records = await self.organizations.find(key.organization)
        if stored is not None and holds(stored.value, key.mailbox) and _is_served(stored.value, key, records):
            say("release_dropped", mailbox=key.mailbox, user=key.user)
            return
        if mailbox.lease.value.is_held(now):
            await self.queues.send(message, CALM)
            return
        if stored is None or _is_purged(mailbox, key, records):
            await self.bookings.forget_all(key)
        if is_left_lying(mailbox.waiting, now):
            # Whose order was given up: they outlive the record, and nothing else would look at this place again.
            place = OutboxPlace.of_mailbox(key.mailbox)
            await self.queues.send(RelayEvents(table=place.table, partition=place.partition))
        try:
            await self._forget(mailbox, key, now)
        except Conflict:
            await self.queues.send(message, CALM)  # a read has just begun
            return
        await self._forget_token(key)
        say("mailbox_released", mailbox=key.mailbox, organization=key.organization, user=key.user)

    async def _forget(self, mailbox: StoredMailbox, key: LinkKey, now: datetime) -> None:
        links = [link for link in mailbox.links if link.value.key == key]
        if len(links) == len(mailbox.links):
            subscription = mailbox.lease.value.subscription
            if subscription is not None and not key.mailbox.is_personal:
                # Sent first, so that it is not lost; whoever carries it out looks whether the mailbox is really gone.
                await self.queues.send(drop_order(key.mailbox, subscription, now), HINT_DELAY)
            await self.mailboxes.forget(mailbox.lease, links)
            if subscription is not None and key.mailbox.is_personal:
                await self.subscribing.end(key, subscription, now)  # now or never: soon there is no token for it
            await self._forget_turn(mailbox.lease.value, now)
            return
        changes = [
            LinkChange(link, None, {}, tuple(calendar.calendar for calendar in link.value.calendars)) for link in links
        ]
        if changes:
            await self.mailboxes.commit(mailbox.lease, mailbox.lease.value, changes)

    async def _forget_token(self, key: LinkKey) -> None:
        """The token is looked at before the user's row, and that once the link is gone: whoever connects the account
        again meanwhile brings another token, which is not forgotten with this one. Conflict if there is one."""
        if not key.mailbox.is_personal:
            return
        token = await self.vault.find(key)
        user = await self.users.find(key.organization, key.user)
        if token is not None and (user is None or user.value.find_personal(key.mailbox) is None):
            await self.vault.forget_this(key, token)

    async def _forget_turn(self, lease: Lease, now: datetime) -> None:
        """The next turn would find nothing; but it names the person, and nothing of them is to be left.

        A turn that was set before the last read goes when it comes due, within six hours.
        """
        subject = str(lease.mailbox)
        soon = Due(next_turn(subject, now), "mailbox", subject)
        later = Due(next_look(lease, subject, all_served=True, now=now), "mailbox", subject)
        for turn in {soon, later}:
            await self.upkeep.settle([Settled(turn)])
        if await self.mailboxes.find(lease.mailbox) is not None:  # connected again meanwhile, and their turn taken away
            await self.upkeep.set(soon)


def _is_served(user: ProductUser, key: LinkKey, records: OrganizationRecords | None) -> bool:
    """The user's row may not know yet that their connection, or their whole organisation, is leaving."""
    if records is None or records.organization.value.leaving:
        return False
    if key.mailbox.is_personal:
        return True
    if user.match is None:
        return False
    connection = records.connection(user.match.connection)
    return connection is not None and connection.value.state not in OVER


def _is_purged(mailbox: StoredMailbox, key: LinkKey, records: OrganizationRecords | None) -> bool:
    """Nothing is to be left of what the link's connection has brought, or of the whole organisation."""
    if records is None or records.organization.value.leaving:
        return True
    if key.mailbox.is_personal:
        return False
    of_link = (records.connection(link.value.connection) for link in mailbox.links if link.value.key == key)
    return any(connection is None or connection.value.purge for connection in of_link)


def release_of(key: LinkKey) -> ReleaseMailbox:
    return ReleaseMailbox(
        organization=key.organization,
        user=key.user,
        tenant=key.mailbox.tenant,
        user_id=key.mailbox.user_id,
        registration=key.mailbox.registration,
    )
