"""A throttled tenant delays no other, is not asked before its time has come, and is followed right after it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tests.scenarios.calendar_scene import deliver
from tests.scenarios.scene import CALM, Entry, Scene, meeting

pytestmark = pytest.mark.stack

RETRY_AFTER = timedelta(minutes=10)


@pytest.fixture
def two(scenes: Callable[[], Scene]) -> tuple[Scene, Scene]:
    """Two organisations, each with a tenant of its own; both were read more than a moment ago."""
    throttled, other = scenes(), scenes()
    for scene in (throttled, other):
        scene.connect(["anna", "ben"])
    other.settle(CALM)
    return throttled, other


def throttle(scene: Scene, **answer: object) -> None:
    """Whatever is asked in this tenant is refused until the time is over."""
    fault: Entry = {"match": {"tenant": scene.tenant}, "answer": {"status": 429, **answer}}
    scene.world.control("POST", "/faults", {**fault, "until": (scene.world.now + RETRY_AFTER).isoformat()})


def noon(scene: Scene, days: int = 3) -> datetime:
    return scene.world.now.replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def early(scene: Scene) -> list[Entry]:
    return [request for request in scene.requests() if request["early"]]


def refused(scene: Scene) -> int:
    return sum(request["status"] == 429 for request in scene.requests())


def is_true(scene: Scene, *names: str) -> bool:
    return all(scene.busy(name) == scene.truth(name) for name in names)


def test_while_one_tenant_is_throttled_another_is_followed_at_once(two: tuple[Scene, Scene]) -> None:
    throttled, other = two
    throttle(throttled, retry_after=RETRY_AFTER.total_seconds())
    for scene in two:
        for name in ("anna", "ben"):
            scene.add_event(name, meeting(noon(scene)))
    deliver(other)

    assert is_true(other, "anna", "ben")
    assert {throttled.answer(name)["complete"] for name in ("anna", "ben")} == {False}

    throttled.settle(RETRY_AFTER)
    throttled.settle(CALM)

    assert is_true(throttled, "anna", "ben")
    assert refused(throttled) >= 2
    assert early(throttled) == []
    assert refused(other) == 0


def test_a_limit_of_the_whole_tenant_is_met_once_and_holds_for_all_of_its_mailboxes(two: tuple[Scene, Scene]) -> None:
    throttled, other = two
    throttle(throttled, retry_after=RETRY_AFTER.total_seconds() - 0.5, whole_tenant=True)
    throttled.add_event("anna", meeting(noon(throttled)))
    deliver(throttled)
    for scene in two:
        scene.add_event("ben", meeting(noon(scene)))
    deliver(other)

    assert is_true(other, "anna", "ben")
    assert refused(throttled) == 1

    throttled.settle(RETRY_AFTER)
    throttled.settle(CALM)

    assert is_true(throttled, "anna", "ben")
    assert refused(throttled) == 1
    assert early(throttled) == []


def test_a_refusal_that_names_no_time_is_followed_by_another_try_within_minutes(two: tuple[Scene, Scene]) -> None:
    throttled, _ = two
    throttled.fail("calendar_view", "anna", times=2, status=429)
    throttled.add_event("anna", meeting(noon(throttled)))
    deliver(throttled)
    for _ in range(4):
        throttled.settle(timedelta(minutes=1))

    assert refused(throttled) == 2
    assert is_true(throttled, "anna")
