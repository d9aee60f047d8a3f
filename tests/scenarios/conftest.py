"""One running stack for all scenarios; each gets an organisation and a tenant of its own, which leave with it."""

from collections.abc import Callable, Iterator

import pytest

from local.demo.world import before_clock_change
from local.stack import ROOT, Stack
from tests.scenarios.scene import PACE, Scene, begun_scenes


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Azurite, the stand-in and the app; the horizon holds a change of clocks."""
    with Stack(ROOT / ".local" / "scenarios", meters_tables=False, pace=PACE) as running:
        running.clock.move_to(before_clock_change(running.clock.now()))
        yield running


@pytest.fixture(scope="session")
def stack_before_the_change() -> Iterator[Stack]:
    """Another one, whose clock nobody moves on by days: the change of clocks stays ahead."""
    with Stack(ROOT / ".local" / "scenarios-changes", meters_tables=False, pace=PACE) as running:
        running.clock.move_to(before_clock_change(running.clock.now()))
        yield running


@pytest.fixture(scope="session")
def stack_with_failing_tables() -> Iterator[Stack]:
    """One whose tables can be told to fail, as can the queues of all."""
    with Stack(ROOT / ".local" / "scenarios-tables", pace=PACE) as running:
        yield running


@pytest.fixture
def scenes(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Callable[[], Scene]]:
    """More organisations than one."""
    with begun_scenes(stack, request.node.nodeid) as begin:
        yield begin


@pytest.fixture
def scene(scenes: Callable[[], Scene]) -> Scene:
    return scenes()
