"""All-day events are dates, not instants: which instants they cover depends on where their reader lives."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared_code.core.calendar import AllDay
from shared_code.core.intervals import Interval
from shared_code.core.time_zones import iana_zone

# A date begins first in UTC+14 and ends last in UTC-12: whoever does not know the zone must block all of it.
EARLIEST_BEGIN = timedelta(hours=14)
LATEST_END = timedelta(hours=12)


def find_zone(name: str | None) -> ZoneInfo | None:
    """The zone of an IANA name, None if there is no such zone."""
    return _zone(name) if name else None


@lru_cache(maxsize=1024)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=8192)
def days_interval(first: date, end: date, zone: ZoneInfo | None) -> Interval:
    """The instants of ``first`` up to but not including ``end``; without a zone, wherever on earth it is that day."""
    if zone is None:
        return Interval(_midnight(first, UTC) - EARLIEST_BEGIN, _midnight(end, UTC) + LATEST_END)
    return Interval(_midnight(first, zone), _midnight(end, zone))


def original_interval(days: AllDay) -> Interval | None:
    """The instants in the zone in which the event was made; None if it named none, or one of its own making."""
    zone = find_zone(iana_zone(days.original_zone)) if days.original_zone else None
    return days_interval(days.first, days.end, zone) if zone else None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
