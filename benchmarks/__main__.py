"""Run the benchmarks of this folder, or those named: ``python -m benchmarks [matching …]``. 1 if over a budget.

``drain`` and ``pages`` start the whole local stack and take minutes, so they run only when they are named.
"""

import asyncio
import importlib
import pkgutil
import sys
import warnings

import benchmarks
from benchmarks.table import Row, render_table

FRAME = frozenset(
    {"counted_world", "crowd", "live_way", "memory", "processes", "scenery", "storage", "table", "__main__"}
)
LONG = frozenset({"drain", "pages"})


def modules() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.ispkg)
    return sorted(name for name in found if name not in FRAME)


def measure(names: list[str]) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += asyncio.run(importlib.import_module(f"benchmarks.{name}").run())
    return rows


def main() -> int:
    warnings.simplefilter("ignore", DeprecationWarning)  # of the SDKs that are measured beside the app
    named = sys.argv[1:]
    rows = measure(named or [name for name in modules() if name not in LONG])
    print(render_table(rows))
    if not named:
        print(f'\nNot run, since they take minutes: make bench PARTS="{" ".join(sorted(LONG))}"')
    return 0 if all(row.within for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
