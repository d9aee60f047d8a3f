"""The one clock of the local stack, which a file keeps; with real time, shifted, or slower.

The stand-in for Microsoft, the Functions host and the app read the same file, so moving the clock in one place moves it
everywhere at once.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What the local world needs to know about time."""

    def now(self) -> datetime:
        """The instant it is, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the clock showed when it was last set, as POSIX timestamps."""

    shown: float = 0.0
    set_at: float = 0.0
    pace: float = 1.0  # seconds that pass on the clock in one of real time

    def at(self, real: float) -> float:
        return self.shown + (real - self.set_at) * self.pace


_REAL_TIME = _Reading()


class LocalClock:
    """Runs on from what ``path`` holds, as fast as it says there; with real time while there is no such file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = _REAL_TIME
        self._seen = -1

    @property
    def pace(self) -> float:
        """The clock's seconds in one of real time."""
        return self._read().pace

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._read().at(time.time()), UTC)

    def offset(self) -> float:
        """By how many seconds it is ahead of the machine's own."""
        real = time.time()
        return self._read().at(real) - real

    def advance(self, by: timedelta) -> datetime:
        """Move on by ``by``; going back is refused, since nothing in the stack would survive it."""
        if by < timedelta(0):
            raise ValueError("the clock moves forward only")
        self._set(by, self.pace)
        return self.now()

    def move_to(self, instant: datetime) -> datetime:
        return self.advance(instant - self.now())

    def slow_down(self, pace: float) -> None:
        """From now on, until told otherwise: what happens on a busy machine then takes no longer by the clock."""
        self._set(timedelta(0), pace)

    def _read(self) -> _Reading:
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return _REAL_TIME
        if changed != self._seen:
            self._reading, self._seen = _Reading(**json.loads(self._path.read_bytes())), changed
        return self._reading

    def _set(self, further: timedelta, pace: float) -> None:
        real = time.time()
        self._write(_Reading(self._read().at(real) + further.total_seconds(), real, pace))

    def _write(self, reading: _Reading) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(reading)))
        written_at = time.time_ns()  # two settings in a row differ, also where a file's time moves in milliseconds
        os.utime(fresh, ns=(written_at, written_at))
        os.replace(fresh, self._path)  # noqa: PTH105 - atomic, so a reader never sees half of it
        self._seen = -1
