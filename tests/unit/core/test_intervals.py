"""Half-open intervals, checked against minutes counted one by one."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.intervals import Interval, clip, merge

START = datetime(2026, 3, 2, tzinfo=UTC)


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def minutes(intervals: tuple[Interval, ...]) -> set[int]:
    return {minute for one in intervals for minute in range(200) if one.start <= at(minute) < one.end}


spans = st.tuples(st.integers(0, 100), st.integers(1, 50)).map(lambda pair: Interval(at(pair[0]), at(sum(pair))))


@given(st.lists(spans))
def test_merging_covers_the_same_time_with_gaps_between(intervals: list[Interval]) -> None:
    merged = merge(intervals)

    assert minutes(merged) == minutes(tuple(intervals))
    assert all(one.end < other.start for one, other in pairwise(merged))


@given(st.lists(spans), spans)
def test_clipping_keeps_just_what_lies_inside(intervals: list[Interval], window: Interval) -> None:
    clipped = clip(intervals, window)

    assert minutes(clipped) == minutes(tuple(intervals)) & minutes((window,))
    assert all(window.contains(one) for one in clipped)


def test_touching_intervals_do_not_overlap_but_merge() -> None:
    first, second = Interval(at(0), at(10)), Interval(at(10), at(20))

    assert not first.overlaps(second)
    assert merge([second, first]) == (Interval(at(0), at(20)),)
