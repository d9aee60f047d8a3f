"""The first look into a mailbox: its calendars, its time zone, and the default calendar's window."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.calendar import Calendar, CalendarState, LinkedCalendar
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import default_of, offer
from shared_code.core.settings import CalendarChoice
from shared_code.core.sync_rules import after_failure, is_read
from shared_code.core.time_zones import iana_zone
from shared_code.core.windows import read_window
from shared_code.errors import Gone, NoMailbox, Refused, TooLarge
from shared_code.flows.calendar_reading import fits, take_in
from shared_code.ports import Calendars


@dataclass(frozen=True)
class NewLink:
    link: Link
    packed: Mapping[CalendarId, bytes]


@dataclass(frozen=True)
class FirstRead:
    calendars: Calendars
    window_days: int

    async def list(self, key: LinkKey) -> tuple[Calendar, ...] | None:
        """None if the mailbox has no default calendar. Raises what the ``Calendars`` port raises."""
        listed = await self.calendars.list_calendars(key)
        return listed if default_of(listed) is not None else None

    async def read(
        self,
        key: LinkKey,
        connection: ConnectionId,
        listed: tuple[Calendar, ...],
        choice: CalendarChoice,
        *,
        zone_address: str | None,
        now: datetime,
    ) -> NewLink:
        """One request for the zone and one a calendar that is read; ``choice`` says which those are.

        ``zone_address`` is None if the product knows the user's zone, so that Microsoft need not be asked. Raises
        what the ``Calendars`` port raises, except Gone and TooLarge.
        """
        default = default_of(listed)
        zone = await self._find_zone(key, default, zone_address, now) if zone_address and default else None
        linked: list[LinkedCalendar] = []
        packed: dict[CalendarId, bytes] = {}
        for offered in offer(key.mailbox, listed, choice):
            calendar, events = await self._read(key, offered, now) if is_read(offered) else (offered, None)
            if events is not None and not fits(packed, events):
                calendar, events = offered, None  # the mailbox's turn reads what is too much for one transaction
            linked.append(calendar)
            if events is not None:
                packed[calendar.calendar] = events
        return NewLink(Link(key, connection, now, zone, tuple(linked), chosen_at=choice.chosen_at), packed)

    async def _find_zone(self, key: LinkKey, default: Calendar, address: str, now: datetime) -> str | None:
        """Not to know the zone costs precision on all-day events, never the connection."""
        try:
            name = await self.calendars.find_time_zone(key, default.owner_address or address, now)
        except (Gone, NoMailbox, Refused):
            return None
        return iana_zone(name) if name else None

    async def _read(self, key: LinkKey, calendar: LinkedCalendar, now: datetime) -> tuple[LinkedCalendar, bytes | None]:
        window = read_window(key.mailbox, now, self.window_days)
        try:
            events = await self.calendars.read_window(key, calendar.calendar, window)
        except Gone:
            return after_failure(calendar, CalendarState.GONE), None
        except TooLarge:
            return after_failure(calendar, CalendarState.TOO_LARGE), None
        except (Refused, NoMailbox):
            if calendar.notifies:
                raise
            return after_failure(calendar, CalendarState.DENIED), None  # somebody else's door, and not this mailbox's
        return take_in(calendar, events, window, now)
