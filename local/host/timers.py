"""Timer triggers by NCRONTAB, on the local clock.

https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer: one run at a time, none at start,
and a run that comes late says so.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from croniter import croniter

from local.clock import Clock
from local.host import protos
from local.host.functions import Function, TimerTrigger
from local.host.worker import Outcome

log = logging.getLogger("host")

LATE = timedelta(seconds=1)
_LOOK_EVERY_SECONDS = 0.03  # how soon a jump of the clock is noticed

type Invoke = Callable[[Function, protos.TypedData, dict[str, protos.TypedData]], Awaitable[Outcome]]


class Timer:
    """Runs one function at its due instants; any number of them passed at once make one run."""

    def __init__(self, function: Function, trigger: TimerTrigger, *, clock: Clock, invoke: Invoke) -> None:
        self._function = function
        self._trigger = trigger
        self._clock = clock
        self._invoke = invoke
        self._one_at_a_time = asyncio.Lock()
        self._last: datetime | None = None
        self._due_at: datetime | None = None

    async def run(self) -> None:
        """Until cancelled. The next due instant counts from when a run began: one passed meanwhile is not lost."""
        started_at = self._clock.now()
        if self._trigger.run_on_startup:
            await self.fire(is_past_due=False)
        while True:
            self._due_at = due_at = self._next_after(started_at)
            await self._wait_until(due_at)
            started_at = self._clock.now()
            await self.fire(is_past_due=started_at - due_at > LATE)

    def is_due(self) -> bool:
        """Whether the next run has to begin, or has not ended yet."""
        return self._due_at is not None and self._due_at <= self._clock.now()

    async def fire(self, *, is_past_due: bool) -> None:
        async with self._one_at_a_time:
            now = self._clock.now()
            status = {"Last": _text(self._last or now), "Next": _text(self._next_after(now)), "LastUpdated": _text(now)}
            request = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": is_past_due}
            self._last = now
            await self._invoke(self._function, protos.TypedData(json=json.dumps(request)), {})

    def _next_after(self, instant: datetime) -> datetime:
        due_at: datetime = croniter(self._trigger.schedule, instant, second_at_beginning=True).get_next(datetime)
        return due_at

    async def _wait_until(self, due_at: datetime) -> None:
        while (remaining := (due_at - self._clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - a file
            await asyncio.sleep(min(remaining, _LOOK_EVERY_SECONDS))


def _text(instant: datetime) -> str:
    return instant.isoformat()
