"""60 runs of up to 25 steps with bookings, in a process of their own: the same each time.

SIMULATION_RUNS and SIMULATION_SEED as for the others.
"""

import os
import sys
from collections.abc import Iterator

import pytest

from tests.simulation.booked import Booked
from tests.simulation.machine import TALLY
from tests.simulation.running import run_machine
from tests.simulation.tally import BOOKINGS, render

RUNS, STEPS = 60, 25

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", autouse=True)
def tally() -> Iterator[None]:
    """Apart from that of the other machines, whose faults are others."""
    yield
    TALLY.save(BOOKINGS)
    sys.stdout.write(render(TALLY.counts))


def test_no_booking_is_cancelled_whose_event_stands_and_none_is_missed() -> None:
    runs = int(os.environ.get("SIMULATION_RUNS", RUNS))
    run_machine(Booked, number=int(os.environ.get("SIMULATION_SEED", "0")), runs=runs, steps=STEPS)
