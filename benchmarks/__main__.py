"""Run every benchmark of this folder, or those named: ``python -m benchmarks [matching …]``. 1 if over a budget."""

import asyncio
import importlib
import pkgutil
import sys
import warnings

import benchmarks
from benchmarks.table import Row, render_table

FRAME = frozenset({"counted_world", "memory", "storage", "table", "__main__"})


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
    rows = measure(sys.argv[1:] or modules())
    print(render_table(rows))
    return 0 if all(row.within for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
