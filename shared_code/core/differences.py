"""What two reads of a calendar tell of each other: whether anything was changed, or only the window has moved."""

from shared_code.core.intervals import Interval
from shared_code.core.packing import FLOATING, Packed, unpack
from shared_code.core.windows import answerable

_DAY = 86_400  # seconds


def has_news(before: bytes, read_before: Interval | None, after: bytes, read_now: Interval) -> bool:
    """Whether an event that both windows cover was added, changed or removed. A first read brings no news."""
    if read_before is None or before == after:
        return False
    start, end = max(read_before.start, read_now.start), min(read_before.end, read_now.end)
    if start >= end:
        return False
    common = answerable(Interval(start, end))
    return any(_touches(record, common) for record in {*unpack(before)} ^ {*unpack(after)})


def _touches(record: Packed, window: Interval) -> bool:
    """Floating days lie up to 14 hours beside the same days of UTC, which is less than a window is read wider."""
    start, end = record.start, record.end
    if record.flags & FLOATING:
        start, end = (record.start >> 16) * _DAY, (record.end >> 16) * _DAY
    return start < window.end.timestamp() and window.start.timestamp() < max(end, start + 1)
