"""What a read of a mailbox's windows says of the bookings in it: nothing, or that one must be looked into."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.booking import Booking, BookingState
from shared_code.core.calendar import LinkedCalendar
from shared_code.core.decision import Clue, Suspicion
from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval
from shared_code.core.packing import CANCELLED, DECLINED, Packed, event_hash, same_time
from shared_code.core.windows import answerable

ASKED_EVERY = timedelta(days=1)  # for what no window contains, by its id
ORDERED_AGAIN = timedelta(minutes=15)  # whoever should have looked has not, and may never


@dataclass(frozen=True)
class Watched:
    """A booking's event as we know it, or what became of a suspicion of it."""

    found: bytes  # hash of the event's id
    calendar: CalendarId
    time: Interval
    written_at: datetime  # when we last began to write to the event
    suspicion: Suspicion | None


@dataclass(frozen=True)
class WindowRead:
    """The calendars of a link after a read, and by event hash what was found in those that were read whole."""

    started_at: datetime
    calendars: Mapping[CalendarId, LinkedCalendar]
    found: Mapping[CalendarId, Mapping[bytes, Packed]]


def watch(booking: Booking) -> Watched | None:
    """None if there is nothing to look for."""
    if booking.state is not BookingState.BOOKED or booking.event is None:
        return None
    found, suspicion = event_hash(booking.event), booking.suspicion
    return Watched(found, booking.calendar, booking.time, booking.last_written_at, suspicion)


def looked_after(booking: Booking, now: datetime) -> Watched | None:
    """None while a read says nothing against it: while we write to its event ourselves, and when it is over."""
    is_ours = booking.is_under_way(now) or booking.time.end <= now
    return None if is_ours else watch(booking)


def clue_of(watched: Watched, read: WindowRead) -> Clue | None:
    """Why the booking is to be looked into, None if the read has found it as it should be, or cannot tell."""
    places = [calendar for calendar, events in read.found.items() if watched.found in events]
    if not places:
        return _clue_of_absence(watched, read)
    calendar = watched.calendar if watched.calendar in places else places[0]
    record = read.found[calendar][watched.found]
    if record.flags & CANCELLED:
        return Clue.CANCELLED
    if record.flags & DECLINED:
        return Clue.DECLINED
    is_same = calendar == watched.calendar and same_time(record, watched.time)
    return None if is_same else Clue.MOVED


def suspect(watched: Watched, read: WindowRead) -> Suspicion | None:
    """The suspicion after this read. One that was looked into stays while reads say the same, and is asked about
    once a day."""
    clue, known = clue_of(watched, read), watched.suspicion
    if clue is None:
        return known if known is not None and not _could_tell(watched, read) else None
    if known is not None and known.is_closed and clue is not Clue.MOVED:
        return known
    if known is None or known.clue is not clue:
        return Suspicion(clue, read.started_at)
    if known.looked_at is not None and read.started_at - known.looked_at >= ASKED_EVERY:
        return Suspicion(clue, read.started_at)
    return known


def is_to_order(before: Suspicion | None, after: Suspicion | None, started_at: datetime) -> bool:
    """Whether somebody must be sent to look: a new suspicion, or an old one that nobody has looked into."""
    if after is None or after.looked_at is not None:
        return False
    return before != after or started_at - after.found_at >= ORDERED_AGAIN


def _clue_of_absence(watched: Watched, read: WindowRead) -> Clue | None:
    if _could_tell(watched, read):
        return Clue.VANISHED
    looked_at = watched.suspicion.looked_at if watched.suspicion is not None else None
    known_at = (watched.written_at, _last_read_at(watched, read.calendars), looked_at)
    last = max(at for at in known_at if at is not None)
    return Clue.UNREAD if read.started_at - last >= ASKED_EVERY else None


def _could_tell(watched: Watched, read: WindowRead) -> bool:
    """Whether the booking's own calendar was read whole, for a window that the booking lies in."""
    calendar = read.calendars.get(watched.calendar)
    if watched.calendar not in read.found or calendar is None or calendar.window is None:
        return False
    return answerable(calendar.window).contains(watched.time)


def _last_read_at(watched: Watched, calendars: Mapping[CalendarId, LinkedCalendar]) -> datetime | None:
    calendar = calendars.get(watched.calendar)
    if calendar is None or calendar.window is None or not answerable(calendar.window).contains(watched.time):
        return None
    return calendar.read_at
