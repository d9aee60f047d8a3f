"""What is read from a calendar, and for which time an answer can be whole."""

from datetime import UTC, datetime, timedelta

from shared_code.core.ids import MailboxKey
from shared_code.core.intervals import Interval
from shared_code.core.places import place_of

BEHIND = timedelta(days=1)  # how far into the past answers go
SLIDE = timedelta(days=8)  # a window stays good for its week and a day of delay
WIDER = timedelta(days=1)  # floating days begin and end up to 14 hours away from the same date in UTC
DAYS_A_WEEK = 7
_TIME = Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def read_window(mailbox: MailboxKey, now: datetime, window_days: int) -> Interval:
    """From two days before the mailbox's own day of this week to nine days behind that day's horizon.

    It stays the same for a week, by whole days of UTC, so that two reads differ only by what was changed. Each mailbox
    has a day of its own on which it slides.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = today - timedelta(days=(today.toordinal() - place_of(str(mailbox), DAYS_A_WEEK)) % DAYS_A_WEEK)
    return Interval(day - BEHIND - WIDER, day + timedelta(days=window_days) + SLIDE + WIDER)


def horizon(now: datetime, window_days: int) -> Interval:
    """The time that availability answers for."""
    return Interval(now - BEHIND, now + timedelta(days=window_days))


def longest_window(window_days: int) -> timedelta:
    """As long as the horizon, wherever it lies."""
    return BEHIND + timedelta(days=window_days)


def widen(window: Interval) -> Interval:
    """What to read in order to answer for ``window``, as far as there are dates."""
    start = window.start - WIDER if window.start - _TIME.start > WIDER else _TIME.start
    end = window.end + WIDER if _TIME.end - window.end > WIDER else _TIME.end
    return Interval(start, end)


def answerable(read: Interval) -> Interval:
    """What a read of this window can answer for."""
    return Interval(read.start + WIDER, read.end - WIDER)
