"""An organisation with more people than are read at once, on the whole stack: all are connected, a few at a time."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from local.stack import ROOT
from shared_code.core.feed import MOST_UNDER_WAY
from tests.scenarios.scene import Scene

pytestmark = pytest.mark.stack

HOST_LOG = ROOT / ".local" / "scenarios" / "logs" / "host.log"
MANY = [f"member-{number:02}" for number in range(MOST_UNDER_WAY + 15)]
A_LOOK = timedelta(seconds=4)  # of the feeder, at its most eager
LOOKS = 15  # a first read may meet another order, and comes again


def fed(scene: Scene) -> list[tuple[int, int]]:
    """At each look of the feeder: how many were ordered, and how many were under way then."""
    line = rf"first_reads_fed connection={scene.connection} ordered=(\d+) under_way=(\d+)"
    return [(int(ordered), int(under_way)) for ordered, under_way in re.findall(line, HOST_LOG.read_text())]


def test_more_people_than_are_read_at_once_are_all_connected(scenes: Callable[[], Scene]) -> None:
    large = scenes()
    large.populate(MANY)
    large.consent()
    for _ in range(LOOKS):
        large.settle(A_LOOK)
        if set(large.states().values()) == {"connected"}:
            break

    assert set(large.states().values()) == {"connected"}
    assert sum(ordered for ordered, _ in fed(large)) == len(MANY)
    assert max(under_way for _, under_way in fed(large)) <= MOST_UNDER_WAY
