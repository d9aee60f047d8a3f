"""540 runs of up to 60 steps, in two halves for two processes: the same each time.

SIMULATION_RUNS makes each test so many runs instead, SIMULATION_SEED makes them others.
"""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.simulation.machine import TALLY, AllLost, Calm, Lossy
from tests.simulation.prompt import Prompt
from tests.simulation.running import run_machine
from tests.simulation.storm import Stormy
from tests.simulation.tally import path_of, render

RUNS: dict[type[Calm], int] = {Calm: 80, Prompt: 25, Lossy: 60, Stormy: 90, AllLost: 15}  # in each half: 270

pytestmark = pytest.mark.timeout(900)
in_halves = pytest.mark.parametrize("half", [1, 2], ids=["half1", "half2"])


@pytest.fixture(scope="module", autouse=True)
def tally() -> Iterator[None]:
    """What fired is written down for the other process, and shown."""
    yield
    seed = os.environ.get("PYTEST_CURRENT_TEST", "")
    TALLY.save(path_of(2 if "half2" in seed else 1))
    sys.stdout.write(render(TALLY.counts))


@in_halves
def test_the_truth_is_known_ten_minutes_after_the_last_edit_whatever_fails_meanwhile(half: int) -> None:
    _run(Calm, half)


@in_halves
def test_what_is_told_is_known_within_three_quarters_of_a_minute_if_nothing_fails(half: int) -> None:
    _run(Prompt, half)


@in_halves
def test_what_nobody_told_is_known_six_hours_and_a_half_later(half: int) -> None:
    _run(Lossy, half)


@in_halves
def test_whoever_comes_and_goes_is_served_as_they_are_in_the_end(half: int) -> None:
    _run(Stormy, half)


@in_halves
def test_without_a_single_notification_the_same_end_is_reached(half: int) -> None:
    _run(AllLost, half)


def _run(machine: type[Calm], half: int) -> None:
    runs = int(os.environ.get("SIMULATION_RUNS", RUNS[machine]))
    run_machine(machine, number=int(os.environ.get("SIMULATION_SEED", "0")) + half, runs=runs)
