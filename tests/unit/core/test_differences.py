from datetime import UTC, date, datetime, timedelta

import pytest

from shared_code.core.calendar import AllDay, Event, ShowAs
from shared_code.core.differences import has_news
from shared_code.core.intervals import Interval
from shared_code.core.packing import pack

START = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Interval(START, START + timedelta(days=14))
NEXT_WEEK = Interval(START + timedelta(days=7), START + timedelta(days=21))


def _event(day: float, show_as: ShowAs = ShowAs.BUSY) -> Event:
    start = START + timedelta(days=day)
    return Event(f"event on {day}", None, Interval(start, start + timedelta(hours=1)), show_as)


def _all_day(day: int) -> Event:
    first = date(2026, 3, 2) + timedelta(days=day)
    return Event("all day", None, AllDay(first, first + timedelta(days=1), None), ShowAs.BUSY)


KEPT = _event(9)


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ([KEPT], [KEPT], False),
        ([KEPT], [KEPT, _event(10)], True),
        ([KEPT, _event(10)], [KEPT], True),
        ([_event(10)], [_event(10, ShowAs.FREE)], True),
        ([KEPT], [KEPT, _all_day(10)], True),
        ([], [KEPT], True),
    ],
)
def test_what_was_added_changed_or_removed_is_news(before: list[Event], after: list[Event], news: bool) -> None:
    assert has_news(pack(before), WEEK, pack(after), WEEK) is news


@pytest.mark.parametrize(("left", "come"), [(_event(1), _event(18)), (_all_day(1), _all_day(18))])
def test_what_a_window_leaves_behind_and_comes_upon_is_none(left: Event, come: Event) -> None:
    assert not has_news(pack([left, KEPT]), WEEK, pack([KEPT, come]), NEXT_WEEK)


def test_a_change_in_what_both_windows_cover_is_news_although_the_window_has_slid() -> None:
    assert has_news(pack([_event(1), KEPT]), WEEK, pack([_event(10), _event(18)]), NEXT_WEEK)


def test_a_first_read_brings_no_news() -> None:
    assert not has_news(b"", None, pack([KEPT]), WEEK)


def test_windows_that_have_nothing_in_common_tell_nothing() -> None:
    later = Interval(WEEK.end + timedelta(days=30), WEEK.end + timedelta(days=44))

    assert not has_news(pack([KEPT]), WEEK, b"", later)
