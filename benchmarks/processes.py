"""How much CPU the parts of the local stack have used, each in a process of its own (Linux)."""

import os
from collections import Counter
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARTS = {
    "local.host": "host",
    "local.microsoft365": "stand-in",
    "local.storage_proxy": "proxy",
    "azurite.js": "Azurite",
}


def cpu_seconds() -> Counter[str]:
    """By part; only of those that this process started."""
    spent: Counter[str] = Counter()
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_text()
            parent, user, system = _times((place / "stat").read_text())
        except OSError:
            continue  # it ended meanwhile
        if parent == os.getpid():
            name = next((name for mark, name in _PARTS.items() if mark in command), "other")
            spent[name] += (user + system) / _TICKS  # type: ignore[assignment]  # seconds, not whole ones
    return spent


def _times(stat: str) -> tuple[int, int, int]:
    """Parent, user and system ticks: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html (2026-11)"""
    fields = stat.rpartition(")")[2].split()
    return int(fields[1]), int(fields[11]), int(fields[12])
