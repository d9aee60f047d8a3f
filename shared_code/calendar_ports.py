"""The port through which somebody sees their calendars as they are at this moment."""

from typing import Protocol

from shared_code.core.calendar import NamedCalendar
from shared_code.core.ids import LinkKey


class CalendarNames(Protocol):
    """Graph's calendars with their names. Raises what ``Calendars`` raises, but Gone and TooLarge."""

    async def list_named(self, link: LinkKey) -> tuple[NamedCalendar, ...]:
        """All of them, page by page."""
        ...
