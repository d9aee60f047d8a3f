"""The one clock of a run: Microsoft, the app, the queues and the timer all read it."""

import asyncio
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 26, 9, 0, tzinfo=UTC)  # three days before Europe changes its clocks


class SimulatedClock:
    """Goes on with the loop; ``jump`` is what the machines see when nobody was there for a while."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime = START) -> None:
        self._loop = loop
        self._zero = start

    def now(self) -> datetime:
        return self._zero + timedelta(seconds=self._loop.time())

    def jump(self, by: timedelta) -> None:
        self._zero += by
