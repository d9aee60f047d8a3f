from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.intervals import Interval
from shared_code.core.windows import answerable, horizon, longest_window, read_window, widen

NOW = datetime(2026, 3, 2, 17, 45, 12, 345, tzinfo=UTC)


def test_a_read_goes_from_two_days_before_today_to_nine_days_behind_the_horizon() -> None:
    window = read_window(NOW, window_days=90)

    assert window.start == datetime(2026, 2, 28, tzinfo=UTC)
    assert window.end == datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=99)


@pytest.mark.parametrize("days_later", range(8))
def test_a_read_answers_for_the_whole_horizon_for_a_week_ahead(days_later: int) -> None:
    covered = answerable(read_window(NOW, window_days=90))

    asked = horizon(NOW + timedelta(days=days_later), window_days=90)

    assert asked.end <= covered.end
    assert covered.start <= NOW - timedelta(days=1)


def test_a_read_answers_for_the_horizon_of_its_whole_day() -> None:
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    covered = answerable(read_window(midnight, window_days=7))

    assert covered.contains(horizon(midnight, window_days=7))
    assert covered.contains(horizon(midnight + timedelta(hours=23, minutes=59), window_days=7))


def test_the_longest_window_is_as_long_as_the_horizon() -> None:
    answered = horizon(NOW, window_days=90)

    assert longest_window(90) == answered.end - answered.start


def test_a_window_is_widened_no_further_than_dates_go() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert widen(Interval(first, last)) == Interval(first, last)
    assert widen(Interval(NOW, NOW)) == Interval(NOW - timedelta(days=1), NOW + timedelta(days=1))
