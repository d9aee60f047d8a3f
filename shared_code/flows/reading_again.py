"""A connection serves again, or the policy is another one: each of its people is seen to at their own place in a
quarter-hour."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.connection import SERVING
from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.sync_rules import holds, next_turn
from shared_code.flows.feeding import connects
from shared_code.flows.subscribing import keep_order
from shared_code.logs import say
from shared_code.messages import MailboxMessage, ReadMailboxes, sync_order
from shared_code.ports import Organizations, ProductUsers, Queues

GROUP = 200  # users looked at before the message hands over to its successor


@dataclass(frozen=True)
class ReadingAgain:
    organizations: Organizations
    users: ProductUsers
    queues: Queues

    async def run(self, message: ReadMailboxes, now: datetime) -> None:
        """Order the reads of the next group of users."""
        records = await self.organizations.find(message.organization)
        stored = records.connection(message.connection) if records is not None else None
        if stored is None or stored.value.state not in SERVING:
            return
        page = await self.users.page(message.organization, message.after, GROUP)
        orders = [
            order
            for user in page.items
            if _is_of(user.value, message.connection)
            for order in _orders(message, user.value, now)
        ]
        await asyncio.gather(*(self.queues.send(order, delay) for order, delay in orders))
        say("mailboxes_read_again", connection=message.connection, orders=len(orders))
        if page.next is not None:
            after = ProductUserId(page.next)
            await self.queues.send(message.behind(after))


def orders_of(user: ProductUser, now: datetime) -> Iterator[tuple[MailboxMessage, timedelta]]:
    """What brings this user's mailbox up to date, and how long each order is put off.

    Who is connected has a subscription, which Graph may have ended without a word: it is renewed, or made anew, and the
    read follows. Whoever is connected anew gets both with that.
    """
    if user.match is None or not holds(user, user.match.mailbox):
        return
    mailbox = user.match.mailbox
    place = next_turn(str(mailbox), now) - now
    if user.state is UserState.CONNECTED:
        yield keep_order(mailbox, now, "recovered", orders_read=True), place
    elif user.state is not UserState.PENDING:  # those are asked for by the match
        yield from ((order, place) for order in connects(user))


def _orders(message: ReadMailboxes, user: ProductUser, now: datetime) -> Iterator[tuple[MailboxMessage, timedelta]]:
    """While a connection does not serve nobody carries out what its people, or their organisation, choose meanwhile."""
    if message.occasion == "recovered":
        yield from orders_of(user, now)
    if user.match is not None and user.state is UserState.CONNECTED:
        mailbox = user.match.mailbox
        place = next_turn(str(mailbox), now)
        yield sync_order(mailbox, place, "settled"), place - now


def _is_of(user: ProductUser, connection: ConnectionId) -> bool:
    return user.match is not None and user.match.connection == connection
