"""How often each rule and each injected fault fired."""

import json
from collections import Counter
from pathlib import Path

ENOUGH = 100


class Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def note(self, name: str, times: int = 1) -> None:
        if times:
            self.counts[name] += times

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(dict(sorted(self.counts.items())), indent=1))


def render(counts: Counter[str]) -> str:
    return "\n".join(f"{name:<44}{count:>8}" for name, count in sorted(counts.items()))


def load(*paths: Path) -> Counter[str]:
    """The sum of what several processes counted."""
    total: Counter[str] = Counter()
    for path in paths:
        total.update(json.loads(path.read_text()))
    return total
