"""Plants each fault in a copy of the code and simulates it, two at a time; prints what found it, and after how long.

python -m tests.faults [NAME …]             only those whose names hold one of these words
python -m tests.faults --others [NAME …]    asks the unit and the contract tests about all of them together

Each fault gets the very runs that ``make test`` makes, those with bookings among them, so what is found here would
be found there. The code as it stands gets them first, and must pass.
"""

# ruff: noqa: T201 - what it prints is what it is for

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tests.faults.others import ask_others
from tests.faults.planted import PLANTED, PlantedFault
from tests.faults.planting import copy_code, plant
from tests.faults.trial import MACHINES, Trial

AT_ONCE = 2
OTHERS = "--others"
_SHOWN = 110  # characters of a finding


@dataclass(frozen=True)
class Outcome:
    name: str
    trial: Trial
    seconds: float

    @property
    def row(self) -> str:
        found = self.trial.finding
        what = f"found by {self.trial.machine}" if found is not None else "nothing found"
        return f"{self.name:<42}{what:<18}{self.trial.runs:>5} runs{self.seconds:>7.0f} s   {(found or '')[:_SHOWN]}"


def main(words: Sequence[str]) -> int:
    """0 only if all is as docs/reliability.md says."""
    names = [word for word in words if word != OTHERS]
    chosen = [fault for fault in PLANTED if not names or any(name in fault.name for name in names)]
    return _ask_others(chosen) if OTHERS in words else _simulate_all(chosen)


def _ask_others(chosen: Sequence[PlantedFault]) -> int:
    """0 only if the tests notice none."""
    verdicts = ask_others(chosen)
    for verdict in verdicts:
        print(verdict.row)
    is_noticed = any(verdict.failed for verdict in verdicts)
    print(f"\n{len(chosen)} planted together: {'noticed' if is_noticed else 'none of them noticed'}")
    return int(is_noticed)


def _simulate_all(chosen: Sequence[PlantedFault]) -> int:
    """0 only if the code as it stands passes, and every fault in it is found."""
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sound = [pool.submit(_simulate, None, machines) for machines in _halves()]
        trials = [pool.submit(_simulate, fault, _order(fault)) for fault in chosen]
        passed = [_shown(outcome.result()).trial.finding is None for outcome in sound]
        found = [_shown(outcome.result()).trial.finding is not None for outcome in trials]
    print(f"\n{sum(found)} of {len(chosen)} found, in {time.monotonic() - started:.0f} s")
    return 0 if all((*passed, *found)) else 1


def _halves() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The sound code's runs, for both processes."""
    names = tuple(MACHINES)
    return names[::2], names[1::2]


def _order(fault: PlantedFault) -> tuple[str, ...]:
    """The machine that has the situation goes first; if it misses, all others have their turn."""
    return (fault.found_in, *(name for name in MACHINES if name != fault.found_in))


def _simulate(fault: PlantedFault | None, machines: Sequence[str]) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="orgcal-fault-") as folder:
        copy_code(Path(folder))
        if fault is not None:
            plant(fault, Path(folder))
        started = time.monotonic()
        trial = _run(Path(folder), machines)
        name = fault.name if fault is not None else f"no fault: {', '.join(machines)}"
        return Outcome(name, trial, time.monotonic() - started)


def _run(folder: Path, machines: Sequence[str]) -> Trial:
    """In a process of its own, which sees the copy and not this code."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.trial", *machines],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the simulation did not run:\n{done.stderr}")
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Trial)


def _shown(outcome: Outcome) -> Outcome:
    print(outcome.row, flush=True)
    return outcome


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
