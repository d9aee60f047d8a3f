"""What the simulation rests on: time that jumps, and processes of which nothing is left when they die."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from shared_code.adapters.tables.rows import Insert
from tests.fakes.composed_app import ComposedApp
from tests.fakes.memory_rows import MemoryRows
from tests.simulation.instances import Dead, Instance
from tests.simulation.places import ANNA, UNMATCHED
from tests.simulation.product import Product
from tests.simulation.simulation import Simulation
from tests.simulation.stage import in_memory
from tests.simulation.storage import Distance, DistantRows
from tests.simulation.virtual_loop import VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    loop.close()


def test_hours_pass_at_once_and_in_order(loop: VirtualLoop) -> None:
    woken: list[float] = []

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds)
        woken.append(loop.time())

    async def sleep_all() -> None:
        await asyncio.gather(*map(sleep, (7200.0, 0.5, 86_400.0)))

    loop.run_until_complete(sleep_all())

    assert woken == pytest.approx([0.5, 7200, 86_400])


def test_who_waits_for_nothing_that_will_come_is_told(loop: VirtualLoop) -> None:
    with pytest.raises(RuntimeError, match="everybody waits"):
        loop.run_until_complete(asyncio.Event().wait())


def test_there_are_no_threads(loop: VirtualLoop) -> None:
    async def think() -> None:
        await asyncio.to_thread(int)

    with pytest.raises(RuntimeError, match="thread"):
        loop.run_until_complete(think())


@pytest.mark.parametrize("steps", range(8))
def test_a_process_that_dies_does_nothing_more_wherever_it_stands(loop: VirtualLoop, steps: int) -> None:
    rows = MemoryRows()
    distant = DistantRows(rows, Distance(Random(1)))  # noqa: S311 - the same each time
    died_with: list[int] = []

    async def work() -> None:
        try:
            await distant.commit("upkeep", "hour", [Insert("first", {})])
            await distant.commit("upkeep", "hour", [Insert("second", {})])
        except Dead:
            died_with.append(rows.rows_in("upkeep"))
            raise
        finally:
            await distant.commit("upkeep", "hour", [Insert("last", {})])

    instance = Instance(1, ComposedApp(), loop, dies_after=steps)
    task = instance.start("work", work())
    loop.run_until_complete(asyncio.wait([task]))

    assert instance.is_dead
    assert died_with == [rows.rows_in("upkeep")]
    assert "last" not in rows.keys("upkeep", "hour")


def test_everybody_is_connected_within_two_minutes_and_nobody_else_is_touched() -> None:
    simulation = Simulation(1, in_memory())
    Product(simulation).begin()

    simulation.pass_time(timedelta(minutes=2))

    asked = {request.user for request in simulation.world.requests.after(0) if request.kind == "calendar_view"}
    simulation.close()
    assert ANNA.user_id in asked
    assert not asked & UNMATCHED
    assert len(simulation.world.subscriptions) == 3
