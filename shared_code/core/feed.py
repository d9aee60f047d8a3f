"""Which first reads of a connection are under way, and how far its users have been gone through for more."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.match_outcomes import awaits_first_read, is_asked_again
from shared_code.core.product_user import ProductUser

MOST_UNDER_WAY = 50  # mailboxes of one connection, so that no organisation stands before another
MOST_FED = 40  # of these; the others are kept free for whoever is new meanwhile
MOST_AT_ONCE = 20  # users whose orders need no feeder
LEFT_ALONE_AFTER = timedelta(minutes=5)  # a mailbox that takes longer goes on by its own retries, and out of the count
CHAIN_LOST_AFTER = timedelta(minutes=5)  # without the message that was due
SHORTEST_WAIT = timedelta(seconds=3)  # before the feeder looks again
MOST_DOUBLINGS = 3


@dataclass(frozen=True)
class Ordered:
    user: ProductUserId
    at: datetime


@dataclass(frozen=True)
class Feed:
    """One row a connection. ``step`` is the number of the chain's next message; a smaller one is a repeat."""

    organization: OrganizationId
    connection: ConnectionId
    step: int = 0
    under_way: tuple[Ordered, ...] = ()  # as far as anybody looked
    due_by: datetime | None = None  # the chain's next message, else it is lost; None: there is no chain
    after: ProductUserId | None = None  # whoever has an id up to this one has been looked at
    is_through: bool = False  # everybody has been looked at
    again: bool = False  # somebody was added, perhaps behind ``after``: go through everybody once more
    looks: int = 0  # in a row that found no room

    @property
    def room(self) -> int:
        return MOST_FED - len(self.under_way)

    @property
    def wait(self) -> timedelta:
        """Before the next look: longer while nobody gets ready."""
        return SHORTEST_WAIT * (1 << min(self.looks, MOST_DOUBLINGS))

    def is_feeding(self, now: datetime) -> bool:
        return self.due_by is not None and now < self.due_by


def needs_feeding(user: ProductUser, connection: ConnectionId, now: datetime) -> bool:
    """Whether this connection is to read the user's mailbox for the first time, or to ask for it again."""
    is_ours = user.match is not None and user.match.connection == connection
    return is_ours and (awaits_first_read(user) or is_asked_again(user, connection, now))


def admit(feed: Feed, users: Collection[ProductUserId], now: datetime) -> Feed | None:
    """The feed with these few ordered at once; None if they have to wait for their turn."""
    still = [one for one in feed.under_way if now - one.at < LEFT_ALONE_AFTER and one.user not in users]
    if len(users) > MOST_AT_ONCE or len(still) + len(users) > MOST_UNDER_WAY:
        return None
    return replace(feed, under_way=(*still, *(Ordered(user, now) for user in users)))


def resume(feed: Feed, step: int | None, now: datetime) -> Feed | None:
    """The feed as a message finds it, ready to go on; None if that message has nothing to do.

    A message without a step begins a chain, unless one is alive: then that one goes through everybody once more.
    """
    if step is None:
        fresh = replace(feed, after=None, is_through=False, again=False, looks=0)
        return None if feed.is_feeding(now) else fresh
    return replace(feed, step=step) if feed.due_by is not None and step >= feed.step else None


def still_under_way(
    feed: Feed, waiting: Collection[ProductUserId], paused_until: datetime | None, now: datetime
) -> Feed:
    """The feed without those who are ready, and those who take too long though nobody made them wait."""
    kept = (
        one
        for one in feed.under_way
        if one.user in waiting and now - max(one.at, paused_until or one.at) < LEFT_ALONE_AFTER
    )
    return replace(feed, under_way=tuple(kept))


def go_on(feed: Feed, fed: Iterable[ProductUserId], wait: timedelta | None, now: datetime) -> Feed:
    """After a look, with those who were found for it; the next one is due after ``wait`` (else the feed's own)."""
    ordered = tuple(Ordered(user, now) for user in fed)
    changed = replace(feed, under_way=feed.under_way + ordered, step=feed.step + 1)
    if feed.is_through and feed.again:
        changed = replace(changed, after=None, is_through=False, again=False)
    elif feed.is_through:
        return replace(changed, due_by=None, after=None, is_through=False, looks=0)
    changed = replace(changed, looks=0 if ordered else feed.looks + 1)
    return replace(changed, due_by=now + (wait or changed.wait) + CHAIN_LOST_AFTER)
