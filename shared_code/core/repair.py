"""What a repair walk takes for damage. What may still be on its way is none."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from shared_code.core.connection import SERVING, Connection
from shared_code.core.mailbox import Lease, Link
from shared_code.core.mended import Damage
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.product_event import ProductEvent
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.subscription import LIFETIME, Subscription
from shared_code.core.sync_rules import holds, next_turn
from shared_code.core.upkeep import Due

WALK_EVERY = timedelta(days=1)
WALK_LOST_AFTER = timedelta(hours=25)
READ_AT_LEAST_EVERY = timedelta(hours=7)  # a turn comes every six hours, and its read may take a while
SETTLING = timedelta(hours=1)  # within it, an order may still be carried out


def needs_repair(connection: Connection, now: datetime) -> bool:
    """Whether a connection's walk is overdue, so that the row that makes it due must be missing."""
    last = connection.repaired
    return connection.state in SERVING and (last is None or now - last.began_at >= WALK_LOST_AFTER)


def next_walk(connection: Connection, now: datetime) -> Due:
    """Each connection has its own place in the day."""
    subject = f"{connection.organization}!{connection.connection}"
    return Due(next_turn(subject, now, WALK_EVERY), "repair", subject)


def damages(user: ProductUser, lease: Lease | None, link: Link | None, now: datetime) -> Iterator[Damage]:
    """What is wrong between a matched user and the mailbox of their match, as the tables tell it."""
    if user.match is None:
        return
    if not holds(user, user.match.mailbox):
        if link is not None and now - user.changed_at >= SETTLING:
            yield Damage.LINK
    elif user.state is UserState.CONNECTED:
        if lease is None or link is None or link.is_refused or link.connection != user.match.connection:
            yield Damage.MAILBOX
        elif not lease.is_held(now):
            yield from _neglect(lease, link, now)


def damages_of_account(
    account: PersonalAccount, lease: Lease | None, link: Link | None, now: datetime
) -> Iterator[Damage]:
    """The same of an account of somebody's own. One that waits for its first read has walks of its own, and of one that
    needs its owner nothing is expected."""
    if account.state is not PersonalState.CONNECTED:
        return
    if lease is None or link is None or link.is_refused or link.connection != account.connection:
        yield Damage.MAILBOX
    elif not lease.is_held(now):
        yield from _neglect(lease, link, now)


def is_left_lying(events: Iterable[ProductEvent], now: datetime) -> bool:
    """Whether one of these should have been passed on long ago."""
    return any(now - event.at >= SETTLING for event in events)


def may_be_lost(known: Subscription | None, now: datetime) -> bool:
    """Whether a subscription that counts as alive should be found at Graph by now."""
    return known is not None and known.expires_at > now and now - known.renewed_at >= SETTLING


def is_settled(expires_at: datetime, now: datetime) -> bool:
    """Whether a subscription of ours was made an hour ago or earlier, as its end tells: all get the same lifetime."""
    return now - (expires_at - LIFETIME) >= SETTLING


def has_better(lease: Lease, at_graph: Sequence[str], now: datetime) -> bool:
    """Whether the mailbox's own subscription is certain, and any other therefore superfluous."""
    known = lease.subscription
    return not lease.is_held(now) and known is not None and known.expires_at > now and known.subscription in at_graph


def _neglect(lease: Lease, link: Link, now: datetime) -> Iterator[Damage]:
    is_throttled = lease.not_before is not None and now < lease.not_before
    seen_at = max(link.connected_at, lease.started_at or link.connected_at)
    if now - seen_at >= READ_AT_LEAST_EVERY and not is_throttled:
        yield Damage.TURN
    known = lease.subscription
    if (known is None or known.expires_at <= now) and now - link.connected_at >= SETTLING and not is_throttled:
        yield Damage.SUBSCRIPTION
