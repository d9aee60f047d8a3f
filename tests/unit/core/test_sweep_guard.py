from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.connection import HeldSweep
from shared_code.core.sweep import Loss
from shared_code.core.sweep_guard import lets_through, needs_hold, recent_losses
from tests.unit.core.match_values import connection

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("losing", "connected", "held"),
    [
        (0, 0, False),
        (0, 500, False),
        (1, 1, True),  # everybody
        (4, 5, False),
        (5, 5, True),  # everybody
        (5, 6, False),
        (5, 40, False),
        (6, 40, True),
        (6, 60, False),
        (7, 60, True),
        (20, 200, False),
        (21, 200, True),
    ],
)
def test_too_much_is_more_than_five_and_a_tenth_or_everybody_of_a_few(losing: int, connected: int, held: bool) -> None:
    assert needs_hold(losing, connected, (), NOW) is held


def test_what_the_same_day_has_taken_counts() -> None:
    earlier = (Loss(NOW - timedelta(hours=23), 15),)

    assert needs_hold(6, 185, earlier, NOW)
    assert not needs_hold(5, 185, earlier, NOW)


def test_what_was_taken_a_day_ago_no_longer_counts() -> None:
    earlier = (Loss(NOW - timedelta(hours=24), 15),)

    assert not needs_hold(6, 185, earlier, NOW)
    assert recent_losses(earlier, NOW) == ()


@given(st.integers(1, 2000), st.data())
def test_losses_in_many_small_sweeps_are_held_like_one_large_one(connected: int, data: st.DataObject) -> None:
    total = data.draw(st.integers(1, connected))
    first = data.draw(st.integers(0, total - 1))
    earlier = (Loss(NOW - timedelta(hours=1), first),)

    assert needs_hold(total - first, connected - first, earlier, NOW) is needs_hold(total, connected, (), NOW)


@pytest.mark.parametrize(
    ("losing", "confirmed_at", "through"),
    [
        (9, NOW, True),
        (3, NOW, True),
        (10, NOW, False),  # more than the person was shown
        (9, None, False),
        (9, NOW - timedelta(seconds=1), False),  # that was another hold
    ],
)
def test_a_confirmation_holds_for_what_was_shown(losing: int, confirmed_at: datetime | None, through: bool) -> None:
    held = replace(connection(), held=HeldSweep(NOW, 9, 50), sweep_confirmed_at=confirmed_at)

    assert lets_through(held, losing) is through
