"""Simulates the code that it is started in until something is found, and says what: one line of JSON.

python -m tests.faults.trial MACHINE …
"""

# ruff: noqa: T201 - what it prints is what it is for

import sys
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from tests.simulation import test_bookings, test_machine
from tests.simulation.booked import Booked
from tests.simulation.machine import TALLY, Calm
from tests.simulation.oracle import Finding
from tests.simulation.running import STEPS, run_machine


class Runs(NamedTuple):
    """As ``make test`` makes them."""

    kind: type[Calm]
    numbers: Sequence[int]  # of the processes that make so many runs each
    runs: int
    steps: int = STEPS


HALVES = (1, 2)
MACHINES = {
    **{kind.__name__: Runs(kind, HALVES, runs) for kind, runs in test_machine.RUNS.items()},
    Booked.__name__: Runs(Booked, (0,), test_bookings.RUNS, test_bookings.STEPS),
}


class Trial(msgspec.Struct):
    """``finding`` is None if nothing was found in all the runs that there were."""

    machine: str
    runs: int
    finding: str | None = None


def try_out(names: list[str]) -> Trial:
    for name in names:
        kind, numbers, runs, steps = MACHINES[name]
        before = TALLY.counts["run"]
        try:
            for number in numbers:
                run_machine(kind, number=number, runs=runs, steps=steps)
        except Exception as error:
            words = str(error) if isinstance(error, Finding) else f"{type(error).__name__}: {error}"
            return Trial(name, TALLY.counts["run"] - before, words)
    return Trial(names[-1], TALLY.counts["run"])


if __name__ == "__main__":
    print(msgspec.json.encode(try_out(sys.argv[1:])).decode())
