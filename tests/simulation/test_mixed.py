"""20 runs of up to 25 steps with accounts that people connect themselves, in the process of the bookings.

SIMULATION_RUNS and SIMULATION_SEED as for the others.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.simulation.machine import TALLY
from tests.simulation.mixed import Mixed
from tests.simulation.running import run_machine
from tests.simulation.tally import MIXED, Tally, render

RUNS, STEPS = 20, 25

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", autouse=True)
def tally() -> Iterator[None]:
    """What these runs have added."""
    before, own = Counter(TALLY.counts), Tally()
    yield
    own.counts = TALLY.counts - before
    own.save(MIXED)
    sys.stdout.write(render(own.counts))


def test_whatever_connects_a_calendar_its_answers_are_true_and_nobody_else_is_read() -> None:
    runs = int(os.environ.get("SIMULATION_RUNS", RUNS))
    run_machine(Mixed, number=int(os.environ.get("SIMULATION_SEED", "0")), runs=runs, steps=STEPS)
