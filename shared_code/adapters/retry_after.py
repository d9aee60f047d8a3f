"""The Retry-After header as Microsoft's services send it."""

import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)  # whatever a broken header says, tomorrow is another day


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds (Graph's may be fractional) or an HTTP date; None if absent or unreadable, never negative."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _until(value, now)
    if not math.isfinite(seconds):
        return None
    return timedelta(seconds=min(max(seconds, 0), LONGEST.total_seconds()))


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        instant = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # the latter for a year of many digits
        return None
    wait = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), LONGEST)
