"""Read a mailbox link by link, each with its own connection, and work out what that makes of what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.calendar import LinkedCalendar
from shared_code.core.differences import has_news
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.intervals import Interval
from shared_code.core.mailbox import Link
from shared_code.core.product_event import ProductEvent
from shared_code.core.sync_rules import read_besides
from shared_code.core.told import told_of_busy_times
from shared_code.core.windows import read_window
from shared_code.flows.arranging import ArrangedLink
from shared_code.flows.calendar_reading import CalendarReader, Reading, changed_events, keep_what_fits, throttled_as
from shared_code.flows.link_connections import ServedLink
from shared_code.flows.mailbox_lease import HeldLease
from shared_code.mailbox_ports import LinkChange, StoredMailbox
from shared_code.ports import Calendars, Clock


@dataclass(frozen=True)
class LinkReading:
    """A link, through whom it was read, and what came of it."""

    found: ServedLink
    reading: Reading
    change: LinkChange
    has_news: bool  # of which somebody tells
    has_busy_news: bool  # in a calendar that is checked; what is in the others is nobody's business

    @property
    def key(self) -> LinkKey:
        return self.found.link.value.key


@dataclass(frozen=True)
class LinkReader:
    calendars: Calendars
    clock: Clock
    window_days: int

    async def read(
        self, links: Sequence[ArrangedLink], mailbox: StoredMailbox, lease: HeldLease, now: datetime
    ) -> list[LinkReading]:
        """Link by link, first those that need not wait: where they are answered, the others' wait is over. A passing
        fault ends it, because the next link would meet the same; unless each has a right of its own."""
        window = read_window(lease.value.mailbox, now, self.window_days)
        readings: list[LinkReading] = []
        for found in links:
            reader = self._reader(found, lease, window, now)
            passing = passing_fault(readings)
            wanted = read_besides(_booked(mailbox, found.link, now))
            if passing is None or (found.link.key.mailbox.is_personal and not passing.reading.throttled):
                reading = await reader.read(found.link.calendars, wanted)
                reading.is_missed |= found.is_missed
            elif passing.reading.throttled:
                reading = throttled_as(passing.reading, found.link.calendars, wanted)
            else:
                break
            readings.append(_link_reading(found, reading, mailbox))
        return readings

    def _reader(self, found: ArrangedLink, lease: HeldLease, window: Interval, now: datetime) -> CalendarReader:
        return CalendarReader(self.calendars, found.link.key, window, now, lambda: lease.prolong(self.clock.now()))


def passing_fault(readings: Sequence[LinkReading]) -> LinkReading | None:
    """A limit first, which is everybody's."""
    met = [found for found in readings if found.reading.retry_after is not None]
    return next((found for found in met if found.reading.throttled), met[0] if met else None)


def news_of(readings: Sequence[LinkReading], now: datetime) -> list[ProductEvent]:
    """Of whom the product asked to be told."""
    changed = (each.key for each in readings if each.has_busy_news and each.found.policy.busy_updates)
    return [told_of_busy_times(key.organization, key.user, now) for key in changed]


def _booked(mailbox: StoredMailbox, link: Link, now: datetime) -> frozenset[CalendarId]:
    """Where the link's bookings that lie ahead are."""
    bookings = (stored.value for stored in mailbox.bookings)
    return frozenset(one.calendar for one in bookings if one.is_of(link.key) and one.is_coming(now))


def _link_reading(arranged: ArrangedLink, reading: Reading, mailbox: StoredMailbox) -> LinkReading:
    found, link = arranged.found, arranged.link
    stored = {calendar: packed for (key, calendar), packed in mailbox.packed.items() if key == link.key}
    keep_what_fits(reading, link.calendars, stored)
    changed = replace(link, calendars=tuple(reading.calendars), is_refused=reading.closed is not None)
    news = _with_news(link, reading, stored)
    let_go = tuple(calendar for calendar in arranged.arranged.let_go if calendar not in reading.packed)
    change = LinkChange(found.link, changed, changed_events(stored, reading), let_go)
    has_busy_news = any(calendar.checked for calendar in news)
    return LinkReading(found, reading, change, any(each.notifies for each in news), has_busy_news)


def _with_news(link: Link, reading: Reading, stored: Mapping[CalendarId, bytes]) -> list[LinkedCalendar]:
    """The calendars in which something has changed since they were read before."""
    before = {calendar.calendar: calendar.window for calendar in link.calendars}
    return [
        each
        for each in reading.calendars
        if each.calendar in reading.packed
        and each.window is not None
        and has_news(stored.get(each.calendar, b""), before[each.calendar], reading.packed[each.calendar], each.window)
    ]
