"""What is read from a calendar, and for which time an answer can be whole."""

from datetime import UTC, datetime, timedelta

from shared_code.core.intervals import Interval

BEHIND = timedelta(days=1)  # how far into the past answers go
SLIDE = timedelta(days=8)  # a read stays good for a week's slide and a day of delay
WIDER = timedelta(days=1)  # floating days begin and end up to 14 hours away from the same date in UTC
_TIME = Interval(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def read_window(now: datetime, window_days: int) -> Interval:
    """From two days before today to nine days behind the horizon, by whole days of UTC."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return Interval(today - BEHIND - WIDER, today + timedelta(days=window_days) + SLIDE + WIDER)


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
