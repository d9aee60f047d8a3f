"""Half-open spans of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter


@dataclass(frozen=True, order=True)
class Interval:
    """From ``start`` up to but not including ``end``; both aware, UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Interval") -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: "Interval") -> bool:
        return self.start <= other.start and other.end <= self.end


def merge(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The same time covered by as few intervals as possible, in order; touching ones become one."""
    merged: list[Interval] = []
    for interval in sorted(intervals, key=attrgetter("start")):
        if merged and interval.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, interval.end))
        else:
            merged.append(interval)
    return tuple(merged)


def clip(intervals: Iterable[Interval], window: Interval) -> tuple[Interval, ...]:
    """The parts that lie inside ``window``."""
    start, end = window.start, window.end
    return tuple(
        interval
        if start <= interval.start and interval.end <= end
        else Interval(max(interval.start, start), min(interval.end, end))
        for interval in intervals
        if interval.start < end and start < interval.end
    )
