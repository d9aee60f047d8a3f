"""First reads are ordered a few at a time, so that one organisation's thousands never stand before another's ten."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.connection import SERVING, Connection
from shared_code.core.feed import MOST_AT_ONCE, Feed, admit, go_on, needs_feeding, resume, still_under_way
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.product_user import ProductUser
from shared_code.errors import Conflict
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, ConnectMailbox, FeedFirstReads
from shared_code.ports import Organizations, ProductUsers, Queues, Stored

TRIES = 3
LARGEST_PAGE = 1000
PAGES_A_LOOK = 20
BEGUN_WITHIN = timedelta(seconds=20)  # a message that failed comes again after 30, and begins anew
SPREAD = timedelta(seconds=10)  # between groups that are ordered without being counted


@dataclass(frozen=True)
class Feeding:
    organizations: Organizations
    users: ProductUsers
    queues: Queues

    async def order(self, users: Iterable[ProductUser], now: datetime) -> None:
        """A few are ordered at once. Of more, or beside many that are under way, the feeder finds all that wait."""
        by_connection: defaultdict[tuple[OrganizationId, ConnectionId], list[ProductUser]] = defaultdict(list)
        for user in users:
            if user.match is not None:
                by_connection[user.organization, user.match.connection].append(user)
        for (organization, connection), some in by_connection.items():
            if await self._admit(organization, connection, some, now):
                await self.queues.send_many([order for user in some for order in connects(user)])
            else:
                await self.queues.send(FeedFirstReads(organization=organization, connection=connection))

    async def spread(self, users: Iterable[ProductUser]) -> None:
        """Those whom nothing but the caller's knowledge makes worth asking for: the feeder would not find them."""
        for place, user in enumerate(users):
            for order in connects(user):
                await self.queues.send(order, SPREAD * (place // MOST_AT_ONCE))

    async def run(self, message: FeedFirstReads, now: datetime) -> None:
        """Look who is still read, order as many more, and come again; end after the last user.

        Orders and successor are sent before the row is written: a look that fails half-way is repeated."""
        connection = await self._connection(message)
        if connection is None:
            return
        stored = await self.organizations.find_feed(message.organization, message.connection)
        found = stored.value if stored is not None else Feed(message.organization, message.connection)
        feed = resume(found, message.step, now)
        try:
            if feed is not None:
                if message.step is None:
                    # Ten look-ups at once ask ten times: one of them begins, before anybody is ordered.
                    stored = await self.organizations.save_feed(stored, replace(feed, due_by=now + BEGUN_WITHIN))
                await self._look(stored, feed, connection, now)
            elif message.step is None and not found.again:
                await self.organizations.save_feed(stored, replace(found, again=True))
        except Conflict:  # somebody was ordered beside
            await self.queues.send(message, HINT_DELAY)

    async def _admit(
        self, organization: OrganizationId, connection: ConnectionId, users: Sequence[ProductUser], now: datetime
    ) -> bool:
        """Whether they may be ordered at once; they are counted then."""
        for _ in range(TRIES):
            stored = await self.organizations.find_feed(organization, connection)
            feed = stored.value if stored is not None else Feed(organization, connection)
            admitted = admit(feed, {user.user for user in users}, now)
            if admitted is None:
                return False
            try:
                await self.organizations.save_feed(stored, admitted)
            except Conflict:
                continue
            return True
        return False

    async def _connection(self, message: FeedFirstReads) -> Connection | None:
        records = await self.organizations.find(message.organization)
        if records is None or records.organization.value.leaving:
            return None
        stored = records.connection(message.connection)
        return stored.value if stored is not None else None

    async def _look(self, stored: Stored[Feed] | None, feed: Feed, connection: Connection, now: datetime) -> None:
        if connection.state not in SERVING:
            if stored is not None:
                await self.organizations.save_feed(stored, replace(feed, due_by=None))
            return
        pause = _pause(connection, now)
        fed: list[ProductUser] = []
        if pause is None:
            feed = await self._count(feed, connection, now)
            feed, fed = await self._find_more(feed, now)
        changed = go_on(feed, (user.user for user in fed), pause, now)
        await self.queues.send_many([order for user in fed for order in connects(user)])
        if changed.due_by is not None:
            successor = FeedFirstReads(organization=feed.organization, connection=feed.connection, step=changed.step)
            await self.queues.send(successor, pause or changed.wait)
        await self.organizations.save_feed(stored, changed)
        say("first_reads_fed", connection=feed.connection, ordered=len(fed), under_way=len(changed.under_way))

    async def _count(self, feed: Feed, connection: Connection, now: datetime) -> Feed:
        found = await self.users.find_many(feed.organization, [one.user for one in feed.under_way])
        waiting = {user for user, one in found.items() if needs_feeding(one.value, feed.connection, now)}
        return still_under_way(feed, waiting, connection.not_before, now)

    async def _find_more(self, feed: Feed, now: datetime) -> tuple[Feed, list[ProductUser]]:
        """As many as there is room for. Where few wait among many, ever larger pages are gone through."""
        under_way = {one.user for one in feed.under_way}
        fed: list[ProductUser] = []
        limit = feed.room
        for _ in range(PAGES_A_LOOK):
            if feed.is_through or len(fed) >= feed.room:
                break
            page = await self.users.page(feed.organization, feed.after, limit)
            after = feed.after
            for stored in page.items:
                after = stored.value.user
                if needs_feeding(stored.value, feed.connection, now) and stored.value.user not in under_way:
                    fed.append(stored.value)
                if len(fed) == feed.room:
                    break
            is_last = page.next is None and (not page.items or after == page.items[-1].value.user)
            feed = replace(feed, after=after, is_through=is_last)
            limit = min(limit * 4, LARGEST_PAGE)
        return feed, fed


def connects(user: ProductUser) -> tuple[ConnectMailbox, ...]:
    """The order to make the link to the mailbox that the user was matched with."""
    if user.match is None:
        return ()
    return (
        ConnectMailbox(
            organization=user.organization, user=user.user, tenant=user.match.tenant, user_id=user.match.user_id
        ),
    )


def _pause(connection: Connection, now: datetime) -> timedelta | None:
    """While the tenant is throttled nobody of it is read, and nobody is late."""
    if connection.not_before is None or connection.not_before <= now:
        return None
    return min(connection.not_before - now, MAX_MESSAGE_DELAY)
