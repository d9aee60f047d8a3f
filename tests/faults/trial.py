"""Simulates the code that it is started in until something is found, and says what: one line of JSON.

python -m tests.faults.trial MACHINE …
"""

# ruff: noqa: T201 - what it prints is what it is for

import sys

import msgspec

from tests.simulation.machine import TALLY
from tests.simulation.oracle import Finding
from tests.simulation.running import run_machine
from tests.simulation.test_machine import RUNS

KINDS = {kind.__name__: kind for kind in RUNS}
SEED = 1  # that of the first half in ``make test``


class Trial(msgspec.Struct):
    """``finding`` is None if nothing was found in all the runs that there were."""

    machine: str
    runs: int
    finding: str | None = None


def try_out(names: list[str]) -> Trial:
    for name in names:
        kind = KINDS[name]
        before = TALLY.counts["run"]
        try:
            run_machine(kind, number=SEED, runs=RUNS[kind])
        except Exception as error:
            words = str(error) if isinstance(error, Finding) else f"{type(error).__name__}: {error}"
            return Trial(name, TALLY.counts["run"] - before, words)
    return Trial(names[-1], TALLY.counts["run"])


if __name__ == "__main__":
    print(msgspec.json.encode(try_out(sys.argv[1:])).decode())
