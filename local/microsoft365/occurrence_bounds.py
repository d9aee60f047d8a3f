"""How far an occurrence may be moved: it stays between the days of its neighbours.

learn.microsoft.com/graph/api/event-update, `ErrorOccurrenceCrossingBoundary`
"""

from datetime import datetime, timedelta

from local.microsoft365.events import Instance, Span
from local.microsoft365.recurrence import instances_between

_FAR = timedelta(days=750)  # a yearly series skips to the next leap day at most


def crosses_neighbour(occurrence: Instance, span: Span) -> bool:
    """Whether the span begins on the day of the occurrence before or after, or beyond it."""
    if occurrence.due is None:
        return False
    around = instances_between(occurrence.event, occurrence.start_at - _FAR, occurrence.start_at + _FAR)
    before = [_day(each.span.start.wall) for each in around if each.due is not None and each.due < occurrence.due]
    after = [_day(each.span.start.wall) for each in around if each.due is not None and each.due > occurrence.due]
    day = _day(occurrence.event.span.start.zone.wall(span.start.instant))
    return (bool(before) and day <= max(before)) or (bool(after) and day >= min(after))


def _day(wall: datetime) -> datetime:
    return wall.replace(hour=0, minute=0, second=0, microsecond=0)
