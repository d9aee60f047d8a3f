"""A mailbox's turn: whatever messages were lost, it is read, subscribed to, released or forgotten in the end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from shared_code.core.ids import MailboxKey
from shared_code.core.mailbox import Link
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.repair import is_left_lying
from shared_code.core.subscription import is_due
from shared_code.core.sync_rules import holds, next_turn
from shared_code.core.turns import forgotten, is_polled, needs_reading, next_look, outlived
from shared_code.errors import Conflict
from shared_code.flows.link_connections import FindsOrganizations, OncePerOrganization, find_connections, served
from shared_code.flows.mailbox_release import release_of
from shared_code.flows.subscribing import keep_order
from shared_code.logs import say
from shared_code.mailbox_ports import LinkChange, Mailboxes, StoredMailbox
from shared_code.messages import RelayEvents, sync_order
from shared_code.ports import ProductUsers, Queues, Stored

# Where only their owners can open anything, nothing is to be done but to forget, one day, what was read.
FORGOTTEN_BY = timedelta(days=1)


@dataclass(frozen=True)
class MailboxTurn:
    organizations: FindsOrganizations
    users: ProductUsers
    mailboxes: Mailboxes
    queues: Queues

    def of_one_drain(self) -> Self:
        """The same, reading each organisation once for all the mailboxes of one drain: that takes seconds, and every
        order looks for itself."""
        return replace(self, organizations=OncePerOrganization(self.organizations))

    async def take(self, key: MailboxKey, now: datetime) -> datetime | None:
        """Send the orders that are due. The instant of the next turn, None if the mailbox is gone."""
        mailbox = await self.mailboxes.find(key)
        if mailbox is None:
            return None
        found = await find_connections(self.organizations, self.users, await self._kept(mailbox.links))
        links, lease = served(found), mailbox.lease.value
        if links and is_due(lease.subscription, now):
            await self.queues.send(keep_order(key, now))
        if needs_reading(lease, [found.link.value for found in links], now):
            await self.queues.send(sync_order(key, now, "swept"))
        if is_left_lying(mailbox.waiting, now):
            # Their order was given up, or died with whoever was about to send it.
            place = OutboxPlace.of_mailbox(key)
            await self.queues.send(RelayEvents(table=place.table, partition=place.partition))
        await self._forget_outlived(mailbox, now)
        waiting = sum(each.access.needs_owner for each in found)
        if waiting and waiting == len(mailbox.links):
            return next_turn(str(key), now, FORGOTTEN_BY)
        polled = any(is_polled(each.link.value) for each in links)
        all_served = len(links) + waiting == len(mailbox.links)
        return next_look(lease, str(key), all_served=all_served, polled=polled, now=now)

    async def _kept(self, links: Sequence[Stored[Link]]) -> list[Stored[Link]]:
        """Those whose users still have the mailbox. The order to release another may have been lost."""
        kept = []
        for link in links:
            key = link.value.key
            user = await self.users.find(key.organization, key.user)
            if holds(user.value if user is not None else None, key.mailbox):
                kept.append(link)
            else:
                await self.queues.send(release_of(key))
        return kept

    async def _forget_outlived(self, mailbox: StoredMailbox, now: datetime) -> None:
        """Whatever could not be read for 30 days is not kept any longer; it was not served either."""
        changes = _without_outlived(mailbox.links, now)
        if not changes or mailbox.lease.value.is_held(now):
            return
        try:
            await self.mailboxes.commit(mailbox.lease, mailbox.lease.value, changes)
        except Conflict:
            return  # somebody reads it just now; the next turn looks again
        say("outlived_forgotten", mailbox=mailbox.lease.value.mailbox, links=len(changes))


def _without_outlived(links: Sequence[Stored[Link]], now: datetime) -> list[LinkChange]:
    changes = []
    for stored in links:
        old = outlived(stored.value, now)
        if old:
            calendars = tuple(forgotten(each) if each in old else each for each in stored.value.calendars)
            dropped = tuple(calendar.calendar for calendar in old)
            changes.append(LinkChange(stored, replace(stored.value, calendars=calendars), {}, dropped))
    return changes
