"""An event loop whose time jumps to the next timer as soon as nothing is ready: hours pass in milliseconds.

Nothing in it can wait for the machine: there are no sockets, no threads and no sleeping. A run is the same each time.
"""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any, Never


class _NobodyThere:
    """In place of the selector: what it would wait for is only time, which passes at once."""

    def __init__(self, pass_time: Callable[[float], None]) -> None:
        self._pass_time = pass_time

    def select(self, timeout: float | None) -> list[Never]:
        if timeout is None:
            raise RuntimeError("everybody waits for somebody else: nothing is ready and no timer runs")
        if timeout > 0:
            self._pass_time(timeout)
        return []


class VirtualLoop(asyncio.BaseEventLoop):
    """``time()`` counts virtual seconds from 0."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._selector = _NobodyThere(self._pass)
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._now

    def run_in_executor(self, *_: object, **__: object) -> Never:
        raise RuntimeError("a thread would run by the machine's time")

    def call_soon_threadsafe[*Ts](
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Asked by whatever collects generators, from this very thread: there is no other."""
        return self.call_soon(callback, *args, context=context)

    def _pass(self, seconds: float) -> None:
        self._now += seconds

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""
