"""What bookings say of somebody's time beside what was read: busy at once, and free at once.

From its last write on, a booking speaks for its event until a read tells of the event as it was written, or was begun
so much later that it must. From then on the calendar speaks: what its owner did to the event counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from shared_code.core.booking import Booking, BookingState, Held
from shared_code.core.calendar import LinkedCalendar
from shared_code.core.ids import BookingId, CalendarId
from shared_code.core.intervals import Interval
from shared_code.core.packing import FLOATING, Packed, event_hash, is_tentative, unpack
from shared_code.core.sync_rules import LAG


@dataclass(frozen=True)
class BookedTime:
    busy: tuple[Interval, ...] = ()
    ignored: frozenset[bytes] = frozenset()  # hashes of event ids, whatever is stored of these events


NOTHING_BOOKED = BookedTime()


@dataclass(frozen=True)
class ReadEvents:
    """The calendars of one link, and what was read of them."""

    calendars: Sequence[LinkedCalendar]
    packed: Mapping[CalendarId, bytes]


@dataclass(frozen=True)
class _Claim:
    """What one booking says: which event is meant, since when, and which time it takes."""

    identity: bytes | None  # of the event, or its iCalUId, as packed events have it
    time: Interval
    said_at: datetime | None
    busy: tuple[Interval, ...]
    changing: tuple[Interval, ...] = ()
    is_invitation: bool = False  # shows as tentative until it is answered, and takes the time all the same


def booked_time(
    read: ReadEvents,
    bookings: Iterable[Booking],
    held: Iterable[Held],
    now: datetime,
    without: BookingId | None = None,
) -> BookedTime:
    """``without`` is a booking that counts for nothing, neither itself nor its event."""
    claims = [(_of_host(one, now), one.booking == without) for one in bookings]
    copies = [(_of_cohost(one, now), one.booking == without) for one in held]
    if not claims and not copies:
        return NOTHING_BOOKED
    records = [
        (calendar, record) for calendar in read.calendars for record in unpack(read.packed.get(calendar.calendar, b""))
    ]
    by_event, by_ical = _indexed(records, "event_hash"), _indexed(records, "ical_hash")
    busy: list[Interval] = []
    ignored: set[bytes] = set()
    for (claim, is_left_out), index in [*((one, by_event) for one in claims), *((one, by_ical) for one in copies)]:
        found = index.get(claim.identity, []) if claim.identity else []
        if is_left_out or not _is_told(claim, found):
            ignored |= {record.event_hash for _, record in found}
            busy += () if is_left_out else claim.busy
        elif not is_left_out:
            busy += (*claim.changing, *_promised(claim, found))
    return BookedTime(tuple(busy), frozenset(ignored))


def _of_host(booking: Booking, now: datetime) -> _Claim:
    identity = event_hash(booking.event) if booking.event else None
    said_at = booking.ended_at if booking.state is BookingState.ENDED else booking.written_at
    changing = (booking.changing,) if booking.changing and booking.is_live else ()
    return _Claim(identity, booking.time, said_at, booking.taken(now), changing)


def _of_cohost(held: Held, now: datetime) -> _Claim:
    identity = bytes.fromhex(held.ical_hash) if held.ical_hash else None
    changing = (held.changing,) if held.changing in held.taken(now) else ()
    said_at = held.ended_at or held.written_at
    return _Claim(identity, held.time, said_at, held.taken(now), changing, is_invitation=held.ended_at is None)


def _promised(claim: _Claim, found: Sequence[tuple[LinkedCalendar, Packed]]) -> tuple[Interval, ...]:
    """The time of an invitation that a co-host has not declined, whether or not tentative counts for them."""
    if not claim.is_invitation:
        return ()
    return tuple(
        Interval(datetime.fromtimestamp(record.start, UTC), datetime.fromtimestamp(record.end, UTC))
        for _, record in found
        if is_tentative(record) and not record.flags & FLOATING
    )


def _indexed(
    records: Iterable[tuple[LinkedCalendar, Packed]], name: str
) -> dict[bytes, list[tuple[LinkedCalendar, Packed]]]:
    index: dict[bytes, list[tuple[LinkedCalendar, Packed]]] = {}
    for calendar, record in records:
        index.setdefault(getattr(record, name), []).append((calendar, record))
    return index


def _is_told(claim: _Claim, found: Sequence[tuple[LinkedCalendar, Packed]]) -> bool:
    """Whether what was read of the event is as new as what the booking says of it."""
    return any(
        (bool(claim.busy) and _is_at(record, claim.time))
        or (claim.said_at is not None and calendar.read_at is not None and calendar.read_at >= claim.said_at + LAG)
        for calendar, record in found
    )


def _is_at(record: Packed, time: Interval) -> bool:
    is_same = (record.start, record.end) == (int(time.start.timestamp()), int(time.end.timestamp()))
    return is_same and not record.flags & FLOATING
