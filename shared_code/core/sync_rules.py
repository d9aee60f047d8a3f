"""When a mailbox is read, when a message about it is dropped or put off, and what a read changes."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.connection import SERVING, Connection
from shared_code.core.ids import CalendarId, MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.mailbox import Lease, Link
from shared_code.core.packing import count
from shared_code.core.places import place_of
from shared_code.core.product_user import ProductUser, UserState

LEASE_TIME = timedelta(minutes=5)  # prolonged by a read that takes longer, so only a crash lets one run out
SYNC_EVERY = timedelta(minutes=15)  # while nothing notifies, or something is amiss
PROPAGATION = timedelta(seconds=5)  # how far Graph may lag behind its own notification, as a rule
LAG = timedelta(minutes=1)  # and at worst
CALM = timedelta(seconds=10)  # between the starts of two syncs of one mailbox
SHORTEST_DELAY = timedelta(seconds=2)
DEFAULT_DELAY = timedelta(minutes=1)  # when the other side named no time

# A first read is of a calendar that was just checked; ``settled`` is the same for everybody whom a new policy concerns.
Cause = Literal["notified", "interactive", "first_read", "settled", "swept", "subscribed", "echo"]
CHOSEN: frozenset[Cause] = frozenset({"first_read", "settled"})

# Whoever is in one of these states holds on to the mailbox they were matched with.
HOLDING = frozenset(
    {
        UserState.CONNECTED,
        UserState.PENDING,
        UserState.NO_MAILBOX,
        UserState.EXCLUDED_BY_POLICY,
        UserState.ERROR,
    }
)


@dataclass(frozen=True)
class Run:
    """Read now."""


@dataclass(frozen=True)
class Drop:
    """A later read has seen what this message speaks of."""


@dataclass(frozen=True)
class PutOff:
    """Send the message again, with its original time, after ``delay``."""

    delay: timedelta


def decide(queued_at: datetime, cause: Cause, lease: Lease, now: datetime) -> Run | Drop | PutOff:
    """What to do with a sync message.

    Dropped only if it was queued more than 5 seconds before the start of the last successful sync. Any other that
    comes while a sync runs, or within 10 seconds of its start, waits until 10 seconds after that start; a first read
    waits for nothing but the lease. While Graph throttles the mailbox, everybody waits.
    """
    first_read = cause in CHOSEN
    if _is_served(queued_at, cause, lease):
        return Drop()
    if lease.not_before is not None and now < lease.not_before:
        return PutOff(lease.not_before - now)
    if lease.is_held(now) and lease.until is not None:
        calm_at = lease.until - LEASE_TIME + CALM
        if first_read:
            return PutOff(SHORTEST_DELAY)
        return PutOff(max(calm_at - now, SHORTEST_DELAY) if calm_at > now else CALM)
    if lease.started_at is not None and now < lease.started_at + CALM and not first_read:
        return PutOff(lease.started_at + CALM - now)
    return Run()


def _is_served(queued_at: datetime, cause: Cause, lease: Lease) -> bool:
    """An echo's time is the one at which it is due; only the last one that is owed is read."""
    if lease.started_at is None or cause in CHOSEN:
        return False
    if cause == "echo":
        return lease.started_at >= queued_at or (lease.echo_at is not None and queued_at < lease.echo_at)
    return queued_at < lease.started_at - PROPAGATION


def may_have_lagged(queued_at: datetime, lease: Lease) -> bool:
    """Whether the read that a notification was dropped for may have been too early to show the change, and nobody
    reads once more anyhow."""
    return lease.started_at is not None and lease.echo_at is None and lease.started_at - queued_at < LAG


def holds(user: ProductUser | None, mailbox: MailboxKey) -> bool:
    """Whether this product user still has, or is about to get, their calendars from this mailbox."""
    if user is not None and mailbox.is_personal:
        account = user.find_personal(mailbox)
        return account is not None and account.is_held
    return user is not None and user.match is not None and user.match.mailbox == mailbox and user.state in HOLDING


def may_read(connection: Connection, mailbox: MailboxKey) -> bool:
    """A connection opens the mailboxes of its own tenant, and only while it serves."""
    return connection.state in SERVING and connection.tenant == mailbox.tenant


def is_read(calendar: LinkedCalendar) -> bool:
    """Calendars that are neither checked nor written to are not read."""
    return calendar.checked or calendar.written


def read_besides(booked: Collection[CalendarId]) -> Callable[[LinkedCalendar], bool]:
    """Which calendars are read while bookings that lie ahead are in those of ``booked``."""
    return lambda calendar: is_read(calendar) or calendar.calendar in booked


def has_lost_calendar(link: Link) -> bool:
    """A calendar that is to be read is gone: the mailbox may have another default one by now."""
    return any(is_read(calendar) and calendar.state is CalendarState.GONE for calendar in link.calendars)


def after_read(calendar: LinkedCalendar, packed: bytes, window: Interval, started_at: datetime) -> LinkedCalendar:
    """The calendar once its whole window was read."""
    return replace(calendar, state=CalendarState.OK, read_at=started_at, window=window, events=count(packed))


def after_failure(calendar: LinkedCalendar, state: CalendarState) -> LinkedCalendar:
    """The calendar that could not be read: what was stored stays stored."""
    return replace(calendar, state=state)


def next_turn(subject: str, after: datetime, every: timedelta = SYNC_EVERY) -> datetime:
    """The subject's next turn: its own place in every period, so that a crowd is spread over all of it."""
    period = int(every.total_seconds())
    place = place_of(subject, period)
    seconds = int(after.timestamp())
    turn = seconds - seconds % period + place
    return datetime.fromtimestamp(turn if turn > seconds else turn + period, after.tzinfo)
