"""Merged busy times against the plainest possible way to say the same."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.availability import KnownCalendars, busy_times
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.ids import ConnectionId
from shared_code.core.intervals import Interval
from shared_code.core.packing import pack

START = datetime(2026, 3, 27, tzinfo=UTC)
MINUTES = 240

_spans = st.tuples(st.integers(-60, MINUTES + 60), st.integers(0, 90), st.sampled_from(ShowAs), st.booleans())


def _at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


@given(st.lists(st.lists(_spans, max_size=8), max_size=3))
def test_a_minute_is_busy_exactly_if_some_blocking_event_covers_it(
    calendars: list[list[tuple[int, int, ShowAs, bool]]],
) -> None:
    packed = [
        pack(
            Event(f"event-{number}", None, Interval(_at(start), _at(start + length)), show_as, is_cancelled=cancelled)
            for number, (start, length, show_as, cancelled) in enumerate(spans)
        )
        for spans in calendars
    ]
    covered = {
        minute
        for spans in calendars
        for start, length, show_as, cancelled in spans
        if show_as in {ShowAs.BUSY, ShowAs.UNKNOWN} and not cancelled
        for minute in range(max(start, 0), min(start + length, MINUTES))
    }

    busy = busy_times(packed, KnownCalendars(ConnectionId("connection"), (), {}, None), Interval(START, _at(MINUTES)))

    said = {minute for minute in range(MINUTES) if any(span.start <= _at(minute) < span.end for span in busy)}
    assert said == covered
    assert all(earlier.end < later.start for earlier, later in pairwise(busy))
