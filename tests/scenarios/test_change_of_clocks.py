"""A series keeps its wall time in its own zone when the clocks change.

On a stack of its own: others move the shared clock on by days, and so perhaps past the change.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from local.demo.world import before_clock_change
from local.stack import ROOT, Stack
from tests.scenarios.scene import Entry, Scene, begun_scenes

pytestmark = pytest.mark.stack

PARIS, NEW_YORK = "Romance Standard Time", "Eastern Standard Time"


@pytest.fixture
def scene_before_the_change() -> Iterator[Scene]:
    with Stack(ROOT / ".local" / "scenarios-clocks") as stack:
        stack.clock.move_to(before_clock_change(stack.clock.now()))
        with begun_scenes(stack, count(1)) as begin:
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
