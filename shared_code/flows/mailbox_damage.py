"""What is wrong between a matched user, the record of their mailbox, and its subscription at Graph; and what is wrong
with the mailboxes of people's own accounts, of which Graph would tell their owners alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey
from shared_code.core.mailbox import Lease, Link
from shared_code.core.mended import Damage
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.product_user import ProductUser
from shared_code.core.repair import damages, damages_of_account, is_left_lying, may_be_lost
from shared_code.core.sync_rules import next_turn
from shared_code.core.upkeep import Due
from shared_code.errors import Gone
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.mailbox_release import release_of
from shared_code.flows.mending import Remedy
from shared_code.flows.subscribing import keep_order
from shared_code.mailbox_ports import Mailboxes, StoredMailbox
from shared_code.messages import MailboxMessage, RelayEvents
from shared_code.ports import ProductUsers, Stored
from shared_code.subscription_ports import GivenSubscription, Subscriptions

type Listed = Mapping[str, GivenSubscription]  # by id


@dataclass(frozen=True)
class MailboxDamage:
    """``listed`` is what Graph says it has; None if it would not say. People's own accounts are looked at by one of an
    organisation's walks."""

    users: ProductUsers
    mailboxes: Mailboxes
    subscriptions: Subscriptions
    connection: ConnectionId
    listed: Listed | None
    sees_accounts: bool
    now: datetime

    async def examine(self, stored: Stored[ProductUser]) -> Sequence[Remedy]:
        accounts = stored.value.personal if self.sees_accounts else ()
        own = [remedy for account in accounts for remedy in await self._examine_account(stored.value, account)]
        return [*await self._examine_match(stored.value), *own]

    async def _examine_match(self, user: ProductUser) -> Sequence[Remedy]:
        """Nothing for whoever is not matched by this connection."""
        if user.match is None or user.match.connection != self.connection:
            return ()
        key = LinkKey(user.match.mailbox, user.organization, user.user)
        mailbox = await self.mailboxes.find(key.mailbox)
        return [*self._outbox(mailbox), *await self._examine(user, key, mailbox)]

    async def _examine(self, user: ProductUser, key: LinkKey, mailbox: StoredMailbox | None) -> Sequence[Remedy]:
        found = self._damages(user, key, mailbox)
        if found:
            still_stands = await self._is_unchanged(user)
            return [Remedy(damage, _order(damage, key, self.now)) for damage in found if still_stands]
        if mailbox is not None and await self._is_lost_at_graph(mailbox.lease.value):
            return [Remedy(Damage.SUBSCRIPTION, _another(mailbox.lease.value, self.now))]
        return ()

    async def _examine_account(self, user: ProductUser, account: PersonalAccount) -> Sequence[Remedy]:
        key = LinkKey(account.mailbox, user.organization, user.user)
        mailbox = await self.mailboxes.find(key.mailbox)
        lease = mailbox.lease.value if mailbox is not None else None
        found = list(damages_of_account(account, lease, _link_in(mailbox, key), self.now))
        is_meant = bool(found) and await self._is_unchanged(user)
        return [*self._outbox(mailbox), *(Remedy(each, _order(each, key, self.now)) for each in found if is_meant)]

    def _outbox(self, mailbox: StoredMailbox | None) -> Iterator[Remedy]:
        if mailbox is not None and is_left_lying(mailbox.waiting, self.now):
            place = OutboxPlace.of_mailbox(mailbox.lease.value.mailbox)
            yield Remedy(Damage.OUTBOX, RelayEvents(table=place.table, partition=place.partition))

    def _damages(self, user: ProductUser, key: LinkKey, mailbox: StoredMailbox | None) -> list[Damage]:
        lease = mailbox.lease.value if mailbox is not None else None
        return list(damages(user, lease, _link_in(mailbox, key), self.now))

    async def _is_unchanged(self, user: ProductUser) -> bool:
        """The page of users may be minutes old."""
        again = await self.users.find(user.organization, user.user)
        return again is not None and again.value == user

    async def _is_lost_at_graph(self, lease: Lease) -> bool:
        """A list has been seen to leave some out, so what is missing there is asked for by its name."""
        known = lease.subscription
        if self.listed is None or known is None or lease.is_held(self.now) or not may_be_lost(known, self.now):
            return False
        given = self.listed.get(known.subscription)
        try:
            given = given or await self.subscriptions.read(lease.mailbox.tenant, known.subscription)
        except Gone:
            return True
        return not self.subscriptions.is_ours(given)


def _link_in(mailbox: StoredMailbox | None, key: LinkKey) -> Link | None:
    links = mailbox.links if mailbox is not None else ()
    return next((link.value for link in links if link.value.key == key), None)


def turn_of(mailbox: MailboxKey, now: datetime) -> Due:
    return Due(next_turn(str(mailbox), now), "mailbox", str(mailbox))


def _order(damage: Damage, key: LinkKey, now: datetime) -> MailboxMessage | Due:
    match damage:
        case Damage.MAILBOX:
            return connect_of(key)
        case Damage.LINK:
            return release_of(key)
        case Damage.TURN:
            return turn_of(key.mailbox, now)
        case _:
            return keep_order(key.mailbox, now)


def _another(lease: Lease, now: datetime) -> MailboxMessage:
    """As if Graph had told of its removal."""
    about = lease.subscription.subscription if lease.subscription is not None else None
    return keep_order(lease.mailbox, now, "removed", about)
