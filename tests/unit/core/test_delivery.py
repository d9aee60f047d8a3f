"""When an event that was not taken is sent again."""

from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.delivery import PATIENCE, WAITS, Answer, wait_after
from shared_code.core.product_event import EventId

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVENT = EventId("evt_a")


def test_the_waits_add_up_to_a_day() -> None:
    assert sum(WAITS, timedelta(0)) == PATIENCE == timedelta(days=1)


def test_each_wait_is_its_own_and_a_little_longer() -> None:
    for failures, planned in enumerate(WAITS, 1):
        wait = wait_after(failures, EVENT, NOW, NOW, None)

        assert wait is not None
        assert planned <= wait <= planned * 1.05


def test_events_that_failed_together_come_again_apart() -> None:
    waits = {wait_after(3, EventId(f"evt_{number}"), NOW, NOW, None) for number in range(100)}

    assert len(waits) > 20


def test_whoever_asks_for_more_time_gets_it_and_nobody_gets_less() -> None:
    assert wait_after(1, EVENT, NOW, NOW, timedelta(minutes=3)) == timedelta(minutes=3)
    assert (wait_after(2, EVENT, NOW, NOW, timedelta(seconds=1)) or timedelta(0)) >= WAITS[1]


def test_a_day_is_the_end_of_patience() -> None:
    assert wait_after(len(WAITS) + 1, EVENT, NOW, NOW, None) is None
    assert wait_after(2, EVENT, NOW, NOW + PATIENCE, timedelta(hours=1)) is None


@pytest.mark.parametrize(("status", "is_taken"), [(200, True), (299, True), (199, False), (302, False), (None, False)])
def test_only_the_class_of_success_is_success(status: int | None, is_taken: bool) -> None:
    assert Answer(status).is_taken is is_taken
