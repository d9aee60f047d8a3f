"""Calendars as they were a moment ago: a read just after a notification may still show the old state."""

from datetime import datetime

from local.microsoft365.calendar_folder import Calendar


class StaleReads:
    """Snapshots by calendar, oldest first, each shown until its instant."""

    def __init__(self) -> None:
        self._snapshots: dict[int, list[tuple[datetime, Calendar, Calendar]]] = {}

    def remember(self, calendar: Calendar, until: datetime) -> None:
        """Show the calendar as it is now until that instant, whatever is done to it."""
        self._snapshots.setdefault(id(calendar), []).append((until, calendar, calendar.snapshot()))

    def seen(self, calendar: Calendar, now: datetime) -> Calendar:
        """What a reader gets to see."""
        if not self._snapshots:
            return calendar
        kept = [each for each in self._snapshots.pop(id(calendar), ()) if now < each[0]]
        if not kept:
            return calendar
        self._snapshots[id(calendar)] = kept
        return kept[0][2]

    def clear(self) -> None:
        self._snapshots.clear()
