import itertools
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.ids import MailboxKey, TenantId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.windows import answerable, horizon, longest_window, read_window, widen

NOW = datetime(2026, 3, 2, 17, 45, 12, 345, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
MAILBOXES = [MailboxKey("organizations", TenantId("tenant"), UserId(f"person-{number}")) for number in range(70)]
MAILBOX = MAILBOXES[0]


def test_a_read_goes_from_two_days_before_the_week_to_nine_days_behind_its_horizon() -> None:
    window = read_window(MAILBOX, NOW, window_days=90)

    assert window.end - window.start == timedelta(days=2 + 90 + 9)
    assert timedelta(days=2) <= MIDNIGHT - window.start <= timedelta(days=8)
    assert (window.start.hour, window.start.minute, window.start.second, window.start.microsecond) == (0, 0, 0, 0)


def test_a_window_stays_for_a_week_and_then_slides_by_one() -> None:
    starts = [read_window(MAILBOX, NOW + timedelta(days=day), 90).start for day in range(21)]

    assert sorted(starts) == starts
    assert {later - earlier for earlier, later in itertools.pairwise(starts)} == {
        timedelta(0),
        timedelta(days=7),
    }
    assert max(map(starts.count, starts)) == 7


def test_mailboxes_slide_on_all_days_of_the_week() -> None:
    sliding = [
        sum(read_window(each, NOW + timedelta(days=day), 90) != read_window(each, NOW, 90) for each in MAILBOXES)
        for day in range(8)
    ]

    assert sliding[0] == 0
    assert sliding[7] == len(MAILBOXES)
    assert all(1 <= later - earlier <= 25 for earlier, later in itertools.pairwise(sliding))


@pytest.mark.parametrize("mailbox", MAILBOXES[:14])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=6, minutes=30)])
def test_a_read_answers_for_the_whole_horizon_until_the_six_hours_after_its_week(
    mailbox: MailboxKey, late: timedelta
) -> None:
    for hour in range(0, 8 * 24, 5):
        now = MIDNIGHT + timedelta(hours=hour)

        covered = answerable(read_window(mailbox, now - late, window_days=7))

        assert covered.contains(horizon(now, window_days=7))


def test_the_longest_window_is_as_long_as_the_horizon() -> None:
    answered = horizon(NOW, window_days=90)

    assert longest_window(90) == answered.end - answered.start


def test_a_window_is_widened_no_further_than_dates_go() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

    assert widen(Interval(first, last)) == Interval(first, last)
    assert widen(Interval(NOW, NOW)) == Interval(NOW - timedelta(days=1), NOW + timedelta(days=1))
