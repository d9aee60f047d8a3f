"""How often each rule and each injected fault fired: each process writes it down, and in all it must be often enough.

python -m tests.simulation.tally
"""

# ruff: noqa: T201 - what it prints is what it is for

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ENOUGH = 100
ENOUGH_OF_OWN = 15  # of what people do with accounts of their own, in fewer runs
_FOLDER = Path(__file__).resolve().parents[2] / ".local" / "simulation"
BOOKINGS, MIXED = _FOLDER / "bookings.json", _FOLDER / "mixed.json"
_COLUMNS = 2


class Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def note(self, name: str, times: int = 1) -> None:
        if times:
            self.counts[name] += times

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(sorted(self.counts.items())), indent=1))


def path_of(half: int) -> Path:
    return _FOLDER / f"half{half}.json"


def load(*paths: Path) -> Counter[str]:
    """The sum of what several processes counted."""
    total: Counter[str] = Counter()
    for path in paths:
        total.update(json.loads(path.read_text()))
    return total


def render(counts: Counter[str]) -> str:
    cells = [f"{name:<46}{count:>7}" for name, count in sorted(counts.items())]
    rows = [cells[start : start + _COLUMNS] for start in range(0, len(cells), _COLUMNS)]
    return "".join("   ".join(row) + "\n" for row in rows)


def main() -> int:
    """1 if anything that there is to fire did so too rarely, in both halves, with bookings or with accounts."""
    from tests.simulation import booked, machine, mixed

    shown = (
        _show(load(path_of(1), path_of(2)), machine.EXPECTED, ENOUGH),
        _show(load(BOOKINGS), booked.EXPECTED, ENOUGH),
        _show(load(MIXED), mixed.EXPECTED, ENOUGH_OF_OWN),
    )
    return 0 if all(shown) else 1


def _show(counts: Counter[str], expected: Sequence[str], enough: int) -> bool:
    print(render(counts))
    rare = {name: counts[name] for name in expected if counts[name] < enough}
    print(f"fired less than {enough} times: {rare}" if rare else f"{counts['run']} runs; each of {len(expected)} fired")
    return not rare


if __name__ == "__main__":
    sys.exit(main())
