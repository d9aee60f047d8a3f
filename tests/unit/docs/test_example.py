"""The sample product must not offer time that nobody vouched for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from examples.scheduling_product import NotKnown, free_slots

HOUR = timedelta(hours=1)


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def known(user: str, *busy: tuple[int, int]) -> dict[str, object]:
    intervals = [{"start": at(start).isoformat(), "end": at(end).isoformat()} for start, end in busy]
    return {"user": user, "complete": True, "reason": None, "busy": intervals}


def starts(slots: Sequence[tuple[datetime, datetime]]) -> list[int]:
    return [first.hour for first, _ in slots]


def test_time_is_offered_only_when_all_are_free() -> None:
    answers = [known("megan", (9, 11)), known("grady", (10, 12), (14, 15))]

    slots = free_slots(answers, at(8), at(16), HOUR)

    assert starts(slots) == [8, 12, 13, 15]


def test_a_busy_time_inside_a_longer_one_frees_nothing() -> None:
    answers = [known("megan", (9, 14)), known("grady", (10, 11))]

    slots = free_slots(answers, at(8), at(15), HOUR)

    assert starts(slots) == [8, 14]


def test_a_gap_shorter_than_the_meeting_is_not_offered() -> None:
    slots = free_slots([known("megan", (9, 10))], at(8), at(11), 2 * HOUR)

    assert slots == []


def test_nothing_is_offered_when_one_answer_is_incomplete() -> None:
    unknown = {"user": "grady", "complete": False, "reason": "not_fresh", "busy": []}

    with pytest.raises(NotKnown, match="grady: not_fresh"):
        free_slots([known("megan"), unknown], at(8), at(16), HOUR)
