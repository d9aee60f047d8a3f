"""Simulates for hours: other runs each time, each named by a printed seed that makes it again.

python -m tests.simulation.soak [SECONDS] [SEED]
"""

# ruff: noqa: T201 - what it prints is what it is for

import secrets
import sys
import time

from tests.simulation.booked import Booked
from tests.simulation.machine import TALLY, AllLost, Calm, Lossy
from tests.simulation.mixed import Mixed
from tests.simulation.prompt import Prompt
from tests.simulation.running import run_machine
from tests.simulation.storm import Stormy
from tests.simulation.tally import render

MACHINES: tuple[type[Calm], ...] = (Calm, Prompt, Lossy, Stormy, AllLost, Mixed, Booked)
RUNS = 20  # of one machine from one seed


def main(seconds: float, first: int) -> int:
    """0 if nothing was found. The first finding ends it, with the seed that leads there."""
    started = time.monotonic()
    number = first
    while time.monotonic() - started < seconds:
        print(f"seed {number}, after {time.monotonic() - started:.0f} s and {TALLY.counts['run']} runs", flush=True)
        for machine in MACHINES:
            run_machine(machine, number=number, runs=RUNS)
        number += 1
    print(render(TALLY.counts))
    return 0


if __name__ == "__main__":
    given = [argument for argument in sys.argv[1:] if argument]
    sys.exit(main(float(given[0]) if given else 3600, int(given[1]) if given[1:] else secrets.randbelow(2**32)))
