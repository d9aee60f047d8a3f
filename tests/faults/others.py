"""What the unit and the contract tests say of the faults: those that are planted here are such as they do not notice.

All that are chosen stand in one copy, since a run of both suites takes minutes: where none is noticed among the others,
none is noticed. If tests fail, their names tell which fault to ask for alone.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.planted import PlantedFault
from tests.faults.planting import copy_all, plant

SUITES = ("unit", "contract")
_FAILED = "FAILED "  # how a line of pytest's summary begins
_ABOUT_THE_SOUND_CODE = "tests/unit/test_planted_faults.py"  # what is planted cannot be planted once more


@dataclass(frozen=True)
class Verdict:
    suite: str
    summary: str
    failed: tuple[str, ...]
    seconds: float

    @property
    def row(self) -> str:
        rows = (f"{self.suite:<10}{self.seconds:>5.0f} s   {self.summary}", *(f"    {name}" for name in self.failed))
        return "\n".join(rows)


def ask_others(faults: Sequence[PlantedFault]) -> list[Verdict]:
    """Both suites over a copy of everything, one after the other. RuntimeError if one does not run."""
    with tempfile.TemporaryDirectory(prefix="orgcal-faults-") as folder:
        copy_all(Path(folder))
        for fault in faults:
            plant(fault, Path(folder))
        return [_ask(Path(folder), suite) for suite in SUITES]


def _ask(folder: Path, suite: str) -> Verdict:
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--ignore={_ABOUT_THE_SOUND_CODE}", f"tests/{suite}"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    failed = tuple(line.removeprefix(_FAILED).partition(" - ")[0] for line in lines if line.startswith(_FAILED))
    if done.returncode != 0 and not failed:
        raise RuntimeError(f"the {suite} tests did not run:\n{done.stdout}{done.stderr}")
    return Verdict(suite, lines[-1], failed, time.monotonic() - started)
