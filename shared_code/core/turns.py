"""When a mailbox has its turn, and what is to be done then, whether or not anybody said something."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.mailbox import Lease, Link
from shared_code.core.subscription import is_due, tells_of
from shared_code.core.sync_rules import is_read, next_turn

READ_EVERY = timedelta(hours=6)  # a mailbox whose changes are told
JUST_READ = timedelta(minutes=1)
KEPT_FOR = timedelta(days=30)  # what was read of a calendar that cannot be read any more


def needs_reading(lease: Lease, served: Sequence[Link], now: datetime) -> bool:
    """Whether the mailbox's turn is to read it, by these links that may be read."""
    if not served:
        return False
    if lease.started_at is None or lease.is_behind or any(_is_unread(link) for link in served):
        return True
    age = now - lease.started_at
    return age >= (READ_EVERY if _is_told(lease, now) and not any(map(is_polled, served)) else JUST_READ)


def next_look(lease: Lease, subject: str, *, all_served: bool, polled: bool = False, now: datetime) -> datetime:
    """Six hours after the last whole read; the next place in the quarter of an hour if a calendar is ``polled``, or
    anything is amiss, or may be soon: whoever reads it just now may fail, and counts on this turn."""
    is_free = not lease.is_behind and not lease.is_held(now) and not is_due(lease.subscription, now)
    is_well = is_free and all_served and not polled
    soon = next_turn(subject, now)
    if lease.started_at is None or not _is_told(lease, now) or lease.started_at + READ_EVERY <= now:
        return soon
    due = lease.started_at + READ_EVERY
    # What is amiss with one link keeps nobody else's read from its time.
    return due if is_well else min(due, soon)


def is_polled(link: Link) -> bool:
    """A calendar is read of whose changes nobody tells."""
    return any(is_read(calendar) and not calendar.notifies for calendar in link.calendars)


def outlived(link: Link, now: datetime) -> tuple[LinkedCalendar, ...]:
    """The calendars of which something is stored although nobody could read them for so long."""
    return tuple(each for each in link.calendars if each.read_at is not None and now - each.read_at >= KEPT_FOR)


def forgotten(calendar: LinkedCalendar) -> LinkedCalendar:
    """The calendar once its events are deleted, as if it had never been read."""
    return replace(calendar, read_at=None, window=None, events=0)


def _is_told(lease: Lease, now: datetime) -> bool:
    return lease.started_at is not None and tells_of(lease.subscription, lease.started_at, now)


def _is_unread(link: Link) -> bool:
    waiting = {CalendarState.PENDING, CalendarState.DENIED}
    return any(is_read(calendar) and calendar.state in waiting for calendar in link.calendars)
