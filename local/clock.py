"""The one clock of the local stack: real time plus an offset that a file holds.

The stand-in for Microsoft, the Functions host and the app read the same file, so moving the clock in one place moves it
everywhere at once.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What the local world needs to know about time."""

    def now(self) -> datetime:
        """The instant it is, aware, in UTC."""
        ...


class LocalClock:
    """Runs with real time, shifted by the offset in seconds that ``path`` holds (a missing file is no offset)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0.0
        self._seen = -1

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self.offset(), UTC)

    def offset(self) -> float:
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return 0.0
        if changed != self._seen:
            self._offset, self._seen = float(self._path.read_text()), changed
        return self._offset

    def advance(self, by: timedelta) -> datetime:
        """Move on by ``by``; going back is refused, since nothing in the stack would survive it."""
        if by < timedelta(0):
            raise ValueError("the clock moves forward only")
        self._write(self.offset() + by.total_seconds())
        return self.now()

    def move_to(self, instant: datetime) -> datetime:
        return self.advance(instant - self.now())

    def _write(self, offset: float) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(repr(offset))
        os.replace(fresh, self._path)  # noqa: PTH105 - atomic, so a reader never sees half a number
        self._seen = -1
