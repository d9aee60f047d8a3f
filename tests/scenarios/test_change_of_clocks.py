"""What time alone does: the clocks change under a series, and the window slides over what was behind the horizon."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.demo.world import before_clock_change
from local.stack import ROOT, Stack
from tests.scenarios.scene import PACE, Entry, Scene, begun_scenes, meeting

pytestmark = pytest.mark.stack

PARIS, NEW_YORK = "Romance Standard Time", "Eastern Standard Time"


@pytest.fixture
def scene_before_the_change(stack_before_the_change: Stack, request: pytest.FixtureRequest) -> Iterator[Scene]:
    with begun_scenes(stack_before_the_change, request.node.nodeid) as begin:
        yield begin()


@pytest.fixture
def scene_of_its_own(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """On a stack that it may move on by days."""
    with Stack(ROOT / ".local" / "scenarios-clocks", meters_tables=False, pace=PACE) as stack:
        stack.clock.move_to(before_clock_change(stack.clock.now()))
        with begun_scenes(stack, request.node.nodeid) as begin:
            yield begin()


def test_a_series_over_the_change_of_clocks_keeps_its_wall_time_in_its_own_zone(
    scene_before_the_change: Scene,
) -> None:
    scene = scene_before_the_change
    scene.connect(["ben"])
    for zone, hour in ((PARIS, 9), (NEW_YORK, 14), ("UTC", 22)):
        scene.add_event("ben", _weekly(scene, hour, zone))

    scene.quarters(2)

    told = scene.busy("ben")
    assert told == scene.truth("ben")
    assert {start.hour for start, _ in told} == {7, 8, 18, 19, 22}  # in winter and in summer


def test_the_window_slides_over_events_that_were_behind_the_horizon(scene_of_its_own: Scene) -> None:
    """Nobody tells of them in all that time: the reads that slide the window find them."""
    scene = scene_of_its_own
    scene.connect(["ben"])
    noon = scene.world.now.replace(hour=12, minute=0)
    for day in (88, 92, 97, 99, 101, 103):
        scene.add_event("ben", meeting(noon + timedelta(days=day)))
    scene.settle()
    scene.settle(timedelta(minutes=2))
    seen = [len(scene.busy("ben"))]

    for _ in range(5):
        scene.settle(timedelta(days=3))
        scene.quarters()
        assert scene.busy("ben") == scene.truth("ben")
        seen.append(len(scene.busy("ben")))

    assert (seen[0], seen[-1]) == (1, 6)
    assert seen == sorted(seen)


def _weekly(scene: Scene, hour: int, zone: str) -> Entry:
    """Every week for all of the window."""
    first = (scene.world.now + timedelta(days=2)).date()
    return {
        "subject": "Weekly",
        "start": {"dateTime": f"{first}T{hour:02}:00:00", "timeZone": zone},
        "end": {"dateTime": f"{first}T{hour + 1:02}:00:00", "timeZone": zone},
        "recurrence": {
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": [f"{first:%A}".lower()]},
            "range": {"type": "noEnd", "startDate": first.isoformat()},
        },
    }
