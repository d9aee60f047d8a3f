"""Checks the shapes against a folder of documented examples: `make shapes EXAMPLES=dir`.

An example is a JSON file `{"request": {"method", "url"}, "response": {"status", "body"}}`; others are passed over.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.contract.shapes import faults, shape_of

_ERRORS = 400  # from here on the answer is an error envelope, which has a shape of its own


def main(folder: Path) -> int:
    """The exit code: 0 if at least one example was checked and all of them fit."""
    checked = failed = 0
    for path, name, body in _examples(folder):
        found = list(faults(name, body))
        checked, failed = checked + 1, failed + bool(found)
        print(f"{'does not fit' if found else 'fits'} {name}: {path.name}")  # noqa: T201 - a command
        for fault in found:
            print(f"  {fault}")  # noqa: T201
    print(f"{checked} examples checked, {failed} do not fit")  # noqa: T201
    return 0 if checked and not failed else 1


def _examples(folder: Path) -> Iterator[tuple[Path, str, Any]]:
    for path in sorted(folder.glob("*.json")):
        match json.loads(path.read_text()):
            case {"request": {"method": str(method), "url": str(url)}, "response": {"status": status, "body": body}}:
                name = shape_of(method, url)
                if name is not None and int(status) < _ERRORS:
                    yield path, name, body


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
