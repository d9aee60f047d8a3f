"""Looking for a booked event: by its id, and by the booking's mark in each calendar that the mailbox's user owns."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from shared_code.cancellation_ports import EventSearch
from shared_code.core.booking import Booking
from shared_code.core.calendar import AllDay, Event
from shared_code.core.cancellation import FoundEvent, Look, Sighting
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.intervals import Interval
from shared_code.core.offered_calendars import owned
from shared_code.core.windows import widen
from shared_code.ports import Calendars, Clock


@dataclass(frozen=True)
class Looking:
    """One request after another. Raises what the ports raise: what was not answered is not known."""

    calendars: Calendars
    events: EventSearch
    clock: Clock

    async def list_calendars(self, link: LinkKey) -> tuple[CalendarId, ...]:
        """Those in which an event is the user's own."""
        return tuple(calendar.calendar for calendar in owned(await self.calendars.list_calendars(link)))

    async def look(
        self,
        link: LinkKey,
        booking: Booking,
        calendars: tuple[CalendarId, ...],
        before_each: Callable[[], Awaitable[None]],
    ) -> Look:
        """One request, and one a calendar; another one a calendar if the event answers and bears its mark in none.

        What is found alive nowhere is looked for once more: an event that was moved from a calendar not yet searched
        into one that had been is seen by the second round.
        """
        look = await self._look(link, booking, calendars, before_each)
        if any(sighting.is_alive for sighting in look.sightings):
            return look
        again = await self._look(link, booking, calendars, before_each)
        return replace(again, began_at=look.began_at)

    async def _look(
        self,
        link: LinkKey,
        booking: Booking,
        calendars: tuple[CalendarId, ...],
        before_each: Callable[[], Awaitable[None]],
    ) -> Look:
        began_at = self.clock.now()
        await before_each()
        answered = await self.events.read(link, booking.event) if booking.event else None
        sightings: list[Sighting] = []
        for calendar in calendars:
            await before_each()
            marked = await self.events.find_marked(link, booking.mark, calendar)
            sightings += [Sighting(**vars(each), calendar=calendar) for each in marked]
        if answered is not None and all(each.event != booking.event for each in sightings):
            for calendar in calendars:
                await before_each()
                sightings += await self._find_in(link, calendar, answered)
        return Look(
            began_at,
            bool(calendars),
            answered is not None,
            tuple(sightings),
            len(calendars),
            booking.calendar in calendars,
        )

    async def _find_in(self, link: LinkKey, calendar: CalendarId, wanted: FoundEvent) -> list[Sighting]:
        """Its id in a calendar, where it lies as the event itself says. Deleted Items is none."""
        events = await self.calendars.read_window(link, calendar, widen(wanted.time))
        return [_sighting_of(each, calendar, wanted.time) for each in events if each.event == wanted.event]


def _sighting_of(event: Event, calendar: CalendarId, time: Interval) -> Sighting:
    """Of whole days the times that Graph gives for the event itself are kept, so that they compare."""
    lasting = time if isinstance(event.time, AllDay) else event.time
    return Sighting(event.event, lasting, None, event.is_cancelled, event.is_declined, calendar=calendar)
