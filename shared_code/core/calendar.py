"""What Orgcal knows of calendars and their events: times and statuses, never text."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval


class ShowAs(StrEnum):
    FREE = "free"
    TENTATIVE = "tentative"
    BUSY = "busy"
    OUT_OF_OFFICE = "oof"
    WORKING_ELSEWHERE = "workingElsewhere"
    UNKNOWN = "unknown"  # counts as busy


@dataclass(frozen=True)
class Calendar:
    """A calendar as Graph lists it. Its name is not among the fields: it is private, and never stored."""

    calendar: CalendarId
    is_default: bool
    can_edit: bool
    owner_address: str | None


@dataclass(frozen=True)
class NamedCalendar:
    """A calendar as its owner sees it: passed on to whoever asked, and then forgotten."""

    calendar: Calendar
    name: str = field(repr=False)
    color: str  # one of Graph's names, ``auto`` and ``lightBlue`` among them
    hex_color: str | None  # with a leading #; None if the owner chose none


@dataclass(frozen=True)
class AllDay:
    """Floating days: ``first`` up to but not including ``end``, in whatever zone the reader lives."""

    first: date
    end: date
    original_zone: str | None  # a Windows or IANA name, as Graph gave it


@dataclass(frozen=True)
class Event:
    """One instance in a calendar's window: a single event, an occurrence or an exception."""

    event: str  # immutable id
    ical_uid: str | None
    time: Interval | AllDay
    show_as: ShowAs
    is_cancelled: bool = False
    is_declined: bool = False  # by the mailbox's own user
    series: str | None = None


class CalendarState(StrEnum):
    OK = "ok"
    STALE = "stale"
    PENDING = "pending"
    DENIED = "denied"
    THROTTLED = "throttled"
    GONE = "gone"
    TOO_LARGE = "too_large"


@dataclass(frozen=True)
class LinkedCalendar:
    """One calendar of a link: how it is used and when it was last read whole."""

    calendar: CalendarId
    is_default: bool
    can_edit: bool
    checked: bool
    written: bool
    state: CalendarState = CalendarState.PENDING
    read_at: datetime | None = None  # the start of the last read of the whole window
    window: Interval | None = None  # what that read covered
    events: int = 0
    notifies: bool = True  # not one of somebody else's, or of the internet: nobody tells of its changes
