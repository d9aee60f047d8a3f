"""What a read of a co-host's calendars says of their copy of a booked meeting: nothing, or that they may have left.

A copy has an id of its own; only the uid of the meeting is the same everywhere. It comes some time after the booking,
so that nobody misses what was never there; and it is cancelled by the host, which says nothing of the co-host.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.booking import Booking, BookingState, Held
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.decision import Clue, Suspicion
from shared_code.core.ids import CalendarId
from shared_code.core.packing import CANCELLED, DECLINED, Packed
from shared_code.core.product_event import EventType, ProductEvent, new_event
from shared_code.core.windows import answerable


@dataclass(frozen=True)
class CopiesRead:
    """The calendars of a link after a read, and by the hash of their uid the events of those that were read whole."""

    started_at: datetime
    calendars: tuple[LinkedCalendar, ...]
    read: frozenset[CalendarId]
    found: Mapping[bytes, Iterable[Packed]]


def is_watched(held: Held, now: datetime) -> bool:
    return (
        held.written_at is not None
        and held.ended_at is None
        and held.changing is None
        and held.ical_hash is not None
        and now < held.time.end
    )


def looked_at(held: Held, read: CopiesRead) -> Held:
    """The watch after this read; the same one if it says nothing new."""
    copies = tuple(read.found.get(bytes.fromhex(held.ical_hash or ""), ()))
    if any(not copy.flags & (CANCELLED | DECLINED) for copy in copies):
        return replace(held, is_seen=True, suspicion=None)
    if any(copy.flags & CANCELLED for copy in copies):
        return held
    if copies:
        return _suspected(held, Clue.DECLINED, read.started_at)
    return _suspected(held, Clue.VANISHED, read.started_at) if held.is_seen and _could_tell(held, read) else held


def is_same_meeting(held: Held, booking: Booking) -> bool:
    """Whether the co-host's watch is over the event that the booking is now."""
    return (
        booking.state is BookingState.BOOKED
        and booking.generation == held.generation
        and booking.ical_hash == held.ical_hash
    )


def declined_event(held: Held, booking: Booking, now: datetime) -> ProductEvent:
    """Once for each time that they leave: who comes back and leaves again has left twice."""
    found_at = held.suspicion.found_at if held.suspicion is not None else now
    return new_event(
        EventType.BOOKING_HOST_DECLINED,
        held.organization,
        now,
        f"{held.booking}!{held.generation}!{held.user}!{found_at.isoformat()}",
        booking=held.booking,
        host=booking.host,
        generation=held.generation,
        user=held.user,
    )


def _suspected(held: Held, clue: Clue, at: datetime) -> Held:
    return held if held.suspicion is not None else replace(held, suspicion=Suspicion(clue, at))


def _could_tell(held: Held, read: CopiesRead) -> bool:
    """Whether all calendars that are known to be read were read, for a window that the meeting lies in."""
    known = [calendar for calendar in read.calendars if calendar.read_at is not None or calendar.calendar in read.read]
    return bool(known) and all(
        calendar.calendar in read.read
        and calendar.state is CalendarState.OK
        and calendar.window is not None
        and answerable(calendar.window).contains(held.time)
        for calendar in known
    )
