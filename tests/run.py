"""What ``make test`` runs: every part, three at a time, then a table of what took how long.

Three, because what starts the local stack or a browser often waits, and two cores are to be busy until the end; for the
same reason the longest part comes first, after the two that are over at once. A part that fails fails the whole; the
others still run, so that one run shows everything.
"""

# ruff: noqa: T201 - what it prints is what it is for

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PYTHON = sys.executable


class Part(NamedTuple):
    name: str
    command: Sequence[str]
    is_shown: bool = False  # all that it prints, also if it passes


class Outcome(NamedTuple):
    name: str
    passed: bool
    seconds: float


def _pytest(name: str) -> Part:
    return Part(name, (PYTHON, "-m", "pytest", "-q", f"tests/{name}"))


def _simulation(half: int) -> Part:
    """A run is the same each time, so the order of a set's words must be."""
    words = f"env PYTHONHASHSEED=0 {PYTHON} -m pytest -q -p no:randomly tests/simulation/test_machine.py -k half{half}"
    return Part(f"simulation-{half}", words.split())


_APART = "tests/simulation/test_bookings.py tests/simulation/test_mixed.py"
_BOOKINGS = f"env PYTHONHASHSEED=0 {PYTHON} -m pytest -q -p no:randomly {_APART}"

PARTS = (
    Part("format", (PYTHON, "-m", "ruff", "format", "--check", ".")),
    Part("lint", (PYTHON, "-m", "ruff", "check", ".")),
    _pytest("scenarios"),
    _pytest("browser"),
    _simulation(2),
    _simulation(1),
    _pytest("contract"),
    Part("azurite", (PYTHON, "-m", "pytest", "-q", "tests/simulation/test_azurite.py")),
    _pytest("unit"),
    Part("simulation-bookings", _BOOKINGS.split()),
    Part("types", (PYTHON, "-m", "mypy")),
    Part("fuzz", (PYTHON, "-m", "tests.fuzz", "--short")),
    _pytest("infra"),
)
AT_ONCE = 3
# When all of these are through: what the two halves of the simulation, and the third process, have counted.
LAST = Part("tally", (PYTHON, "-m", "tests.simulation.tally"), is_shown=True)


def main(wanted: Sequence[str]) -> int:
    """Run the parts named, or all of them; 0 only if every one passed."""
    known = {part.name for part in (*PARTS, LAST)}
    if unknown := set(wanted) - known:
        print(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}")
        return 2
    started = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(_run, (part for part in PARTS if not wanted or part.name in wanted)))
    if not wanted or LAST.name in wanted:
        outcomes.append(_run(LAST))
    _print_table(outcomes, time.monotonic() - started)
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _run(part: Part) -> Outcome:
    started = time.monotonic()
    done = subprocess.run(
        part.command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    outcome = Outcome(part.name, done.returncode == 0, time.monotonic() - started)
    _print_part(part, outcome, done.stdout.strip())
    return outcome


def _print_part(part: Part, outcome: Outcome, output: str) -> None:
    """One line for a part that passed, all it said for one that failed; written at once, so that no two parts mix."""
    if outcome.passed and part.is_shown:
        print(f"{part.name}:\n{output}\n", end="", flush=True)
    elif outcome.passed:
        print(f"{part.name}: {output.rpartition('\n')[2]}\n", end="", flush=True)
    else:
        print(f"\n{part.name} failed: {shlex.join(part.command)}\n{output}\n\n", end="", flush=True)


def _print_table(outcomes: Sequence[Outcome], total: float) -> None:
    rows = [
        f"{outcome.name:<20}{'passed' if outcome.passed else 'FAILED':<8}{outcome.seconds:>7.1f} s"
        for outcome in outcomes
    ]
    print("\n" + "\n".join(rows) + f"\n{f'all, {AT_ONCE} at a time':<28}{total:>7.1f} s")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
