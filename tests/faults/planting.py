"""A copy of the code with one fault in it."""

import shutil
from pathlib import Path

from tests.faults.planted import PlantedFault

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 5
_CODE = ("functions", "shared_code", "local", "tests")
_NOT_CODE = shutil.ignore_patterns("__pycache__", "node_modules", ".*")
_MADE_HERE = shutil.ignore_patterns(
    "__pycache__", "node_modules", ".git", ".local", ".venv*", ".hypothesis", ".*_cache"
)
_NODE_MODULES = Path("local", "node_modules")


class NotPlanted(Exception):
    """The code has moved on, and the fault with it; the text says what is no longer there."""


def copy_code(target: Path) -> None:
    for name in _CODE:
        shutil.copytree(ROOT / name, target / name, ignore=_NOT_CODE)


def copy_all(target: Path) -> None:
    """With the documents and the settings that the unit tests hold to the code, and Azurite in its place."""
    shutil.copytree(ROOT, target, ignore=_MADE_HERE, dirs_exist_ok=True)
    (target / _NODE_MODULES).symlink_to(ROOT / _NODE_MODULES)


def plant(fault: PlantedFault, root: Path) -> None:
    path = root / fault.path
    path.write_text(with_fault(fault, path.read_text("utf-8")), "utf-8")


def with_fault(fault: PlantedFault, text: str) -> str:
    """The file's text with the fault. Raises ``NotPlanted`` unless each old text stands there exactly once."""
    for old, new in fault.changes:
        if (times := text.count(old)) != 1:
            raise NotPlanted(f"{fault.name}: {fault.path} has {times} times\n{old}")
        text = text.replace(old, new)
    return text


def changed_lines(fault: PlantedFault) -> int:
    """How many lines of the new text are not in the old one."""
    return sum(len(set(new.splitlines()) - set(old.splitlines())) for old, new in fault.changes)
