"""All-day events are dates, not instants: which instants they cover depends on where their reader lives."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the date in that zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


@lru_cache(maxsize=8192)
def original_offset(day: date, zone_name: str | None) -> timedelta | None:
    """How far the zone in which an event was made is ahead of UTC at that date's midnight.

    None if Graph named no zone, or one of the event's own making (``tzone://Microsoft/Custom``).
    """
    zone = find_zone(iana_zone(zone_name)) if zone_name else None
    return datetime.combine(day, time(), zone).utcoffset() if zone else None


def first_instant(day: date, zone: ZoneInfo | None, original: timedelta | None) -> datetime:
    """When an all-day event begins for its reader: in their zone, else in the event's, else anywhere on earth."""
    if zone is not None:
        return midnight(day, zone)
    return datetime.combine(day, time(), UTC) - (EARLIEST_BEGIN if original is None else original)


def last_instant(day: date, zone: ZoneInfo | None, original: timedelta | None) -> datetime:
    """When an all-day event that lasts up to ``day`` ends for its reader, by the same rule."""
    if zone is not None:
        return midnight(day, zone)
    return datetime.combine(day, time(), UTC) + (LATEST_END if original is None else -original)
