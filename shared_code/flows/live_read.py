"""Read users' calendars from Graph at this moment: without a lease, and without storing anything."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.availability import KnownCalendars, Question
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.ids import LinkKey
from shared_code.core.limits import LIVE_PATIENCE
from shared_code.core.sync_rules import after_failure
from shared_code.core.windows import widen
from shared_code.flows.calendar_reading import CalendarReader, Reading
from shared_code.logs import say
from shared_code.ports import Calendars


@dataclass(frozen=True)
class LiveRead:
    calendars: Calendars
    patience: timedelta = LIVE_PATIENCE

    def begin(self) -> "LiveReading":
        """The time for all users of one request runs from now on."""
        return LiveReading(self.calendars, asyncio.get_running_loop().time() + self.patience.total_seconds())


@dataclass(frozen=True)
class LiveReading:
    """One request's reading."""

    calendars: Calendars
    deadline: float  # of the event loop's clock

    async def run(
        self, link: LinkKey, not_before: datetime | None, known: KnownCalendars, question: Question
    ) -> KnownCalendars:
        """The checked calendars as they are now, one request after another.

        A calendar that cannot be read, or not in time, keeps the events that are stored of it, and a state that says
        so. Nothing is asked before ``not_before``.
        """
        if not_before is not None and question.now < not_before:
            return replace(known, calendars=tuple(map(_throttled, known.calendars)))
        reader = CalendarReader(self.calendars, link, widen(question.window), question.now)
        try:
            async with asyncio.timeout_at(self.deadline):
                reading = await reader.read(known.calendars, lambda calendar: calendar.checked)
        except TimeoutError:
            say("live_read_too_slow", mailbox=link.mailbox)
            reading = Reading(list(known.calendars))
        live = tuple(_as_read_now(calendar, question) for calendar in reading.calendars)
        return replace(known, calendars=live, packed={**known.packed, **reading.packed})


def _throttled(calendar: LinkedCalendar) -> LinkedCalendar:
    return after_failure(calendar, CalendarState.THROTTLED)


def _as_read_now(calendar: LinkedCalendar, question: Question) -> LinkedCalendar:
    """What was not read at this moment is stale for whoever asks for this moment."""
    if calendar.state is CalendarState.OK and calendar.read_at != question.now:
        return after_failure(calendar, CalendarState.STALE)
    return calendar
