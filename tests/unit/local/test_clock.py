"""The local stack's clock: shifted, slowed down, and never set back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.clock import LocalClock

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The machine's time, which a test sets."""
    shown = [NOON.timestamp()]
    monkeypatch.setattr("time.time", lambda: shown[0])
    return shown


def test_it_runs_with_real_time_as_far_ahead_as_it_was_moved(tmp_path: Path, real: list[float]) -> None:
    clock = LocalClock(tmp_path / "clock")
    assert clock.now() == NOON

    clock.advance(timedelta(days=2))
    real[0] += 30

    assert clock.now() == NOON + timedelta(days=2, seconds=30)
    assert clock.offset() == timedelta(days=2).total_seconds()


def test_whoever_reads_the_same_file_sees_the_same_time(tmp_path: Path, real: list[float]) -> None:
    mine, other = LocalClock(tmp_path / "clock"), LocalClock(tmp_path / "clock")
    before = other.now()

    mine.move_to(NOON + timedelta(hours=1))
    real[0] += 1

    assert (before, other.now()) == (NOON, mine.now())
    assert mine.now() == NOON + timedelta(hours=1, seconds=1)


def test_slowed_down_it_goes_on_from_where_it_was(tmp_path: Path, real: list[float]) -> None:
    clock = LocalClock(tmp_path / "clock")
    clock.advance(timedelta(hours=1))

    clock.slow_down(0.01)
    real[0] += 200
    clock.advance(timedelta(minutes=1))
    real[0] += 100

    assert clock.now() == NOON + timedelta(hours=1, minutes=1, seconds=3)
    assert clock.pace == 0.01


def test_it_is_never_set_back(tmp_path: Path, real: list[float]) -> None:
    clock = LocalClock(tmp_path / "clock")

    with pytest.raises(ValueError, match="forward only"):
        clock.move_to(NOON - timedelta(seconds=1))
    assert clock.now() == NOON
