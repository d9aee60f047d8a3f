"""Calendars, instances of events and working hours as Graph sends them, and as Orgcal knows them.

https://learn.microsoft.com/graph/api/resources/event, …/calendar, …/calendar-getschedule. Subjects, bodies, locations
and people are never asked for, and would not become objects if they came.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Literal

from msgspec import Struct, field

from shared_code.core.calendar import AllDay, Calendar, Event, NamedCalendar, ShowAs
from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval

CALENDAR_FIELDS = ("id", "isDefaultCalendar", "canEdit", "owner")
NAMED_CALENDAR_FIELDS = (*CALENDAR_FIELDS, "name", "color", "hexColor")  # only for somebody who wants to choose
EVENT_FIELDS = (
    "id",
    "seriesMasterId",
    "type",
    "start",
    "end",
    "showAs",
    "isAllDay",
    "isCancelled",
    "responseStatus",
    "iCalUId",
    "originalStartTimeZone",
)


class WireOwner(Struct):
    address: str | None = None


class WireCalendar(Struct, rename="camel"):
    id: str
    is_default_calendar: bool | None = None
    can_edit: bool | None = None
    owner: WireOwner | None = None

    def read(self) -> Calendar:
        return Calendar(
            CalendarId(self.id),
            is_default=self.is_default_calendar is True,
            can_edit=self.can_edit is True,
            owner_address=self.owner.address if self.owner else None,
        )


class WireCalendarsPage(Struct):
    value: list[WireCalendar]
    next_link: str | None = field(name="@odata.nextLink", default=None)


class WireNamedCalendar(WireCalendar, rename="camel"):
    name: str | None = None
    color: str | None = None
    hex_color: str | None = None

    def read_named(self) -> NamedCalendar:
        return NamedCalendar(self.read(), self.name or "", self.color or "auto", self.hex_color or None)


class WireNamedCalendarsPage(Struct):
    value: list[WireNamedCalendar]
    next_link: str | None = field(name="@odata.nextLink", default=None)


class WireTime(Struct, rename="camel"):
    """``2017-08-29T04:00:00.0000000``, seven digits and no offset; the zone stands beside it."""

    date_time: str
    time_zone: Literal["UTC"]  # asked for by the Prefer header: anything else is another contract

    def instant(self) -> datetime:
        """The seventh digit is cut. ValueError if it is no date-time, or if it has an offset after all."""
        naive = datetime.fromisoformat(self.date_time)
        if naive.tzinfo is not None:
            raise ValueError("a date-time with an offset")
        return naive.replace(tzinfo=UTC)

    def day(self) -> date:
        """Of an all-day event: its date, as it stands, in whatever zone the reader lives."""
        return date.fromisoformat(self.date_time.partition("T")[0])


class WireResponse(Struct):
    response: str | None = None


class WireEvent(Struct, rename="camel"):
    """One instance. What Graph always sends has no default, so that its absence is an error and not a free hour."""

    id: str
    type: Literal["singleInstance", "occurrence", "exception"]  # a view never holds series masters
    start: WireTime
    end: WireTime
    show_as: str | None
    is_all_day: bool | None
    is_cancelled: bool | None
    response_status: WireResponse | None = None
    ical_uid: str | None = field(name="iCalUId", default=None)
    original_start_time_zone: str | None = None
    series_master_id: str | None = None

    def read(self) -> Event:
        """ValueError if its times are not times.

        One that ends before it starts, as an hour that the clocks skip may make it, blocks what lies between: it must
        neither look free nor make the whole calendar unreadable.
        """
        return Event(
            event=self.id,
            ical_uid=self.ical_uid,
            time=self._days() if self.is_all_day else self._interval(),
            show_as=_SHOW_AS.get(self.show_as, ShowAs.UNKNOWN),
            is_cancelled=self.is_cancelled is True,
            is_declined=self.response_status is not None and self.response_status.response == "declined",
            series=self.series_master_id,
        )

    def _interval(self) -> Interval:
        start, end = sorted((self.start.instant(), self.end.instant()))
        return Interval(start, end)

    def _days(self) -> AllDay:
        first, end = sorted((self.start.day(), self.end.day()))
        return AllDay(first, max(end, first + timedelta(days=1)), self.original_start_time_zone)


_SHOW_AS: dict[str | None, ShowAs] = {member.value: member for member in ShowAs}


class WireEventsPage(Struct):
    value: list[WireEvent]
    next_link: str | None = field(name="@odata.nextLink", default=None)


class WireTimeZone(Struct):
    name: str | None = None
    type: str | None = field(name="@odata.type", default=None)

    def read(self) -> str | None:
        return None if self.type == "#microsoft.graph.customTimeZone" else self.name


class WireWorkingHours(Struct, rename="camel"):
    time_zone: WireTimeZone | None = None


class WireSchedule(Struct, rename="camel"):
    working_hours: WireWorkingHours | None = None


class WireSchedules(Struct):
    value: list[WireSchedule]
