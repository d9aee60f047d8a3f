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
    return _bounded(timedelta(seconds=min(seconds, LONGEST.total_seconds()))) if math.isfinite(seconds) else None


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        instant = parsedate_to_datetime(value)
    except ValueError:
        return None
    return _bounded((instant if instant.tzinfo else instant.replace(tzinfo=UTC)) - now)


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(0)), LONGEST)
