"""How the rows of a booking change while it is made, changed and ended."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.booking import (
    FOUND_OUT_BY,
    GIVEN_UP_AFTER,
    KEPT_FOR,
    RESERVED_FOR,
    Booking,
    BookingState,
    EndedBy,
    Held,
)
from shared_code.core.ids import BookingId, CalendarId, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval, clip, merge
from shared_code.core.meeting import BookedEvent
from shared_code.core.packing import ical_hash


@dataclass(frozen=True)
class Wanted:
    """What one attempt wants to write into the rows of a booking."""

    organization: OrganizationId
    booking: BookingId
    host: ProductUserId
    cohosts: tuple[ProductUserId, ...]
    generation: int
    time: Interval
    calendar: CalendarId
    mark: str
    content: str
    body: str
    attempt: str
    begun_at: datetime

    @property
    def until(self) -> datetime:
        return self.begun_at + RESERVED_FOR


def clashes(
    taken: Iterable[Booking | Held], wanted: Interval, of: tuple[OrganizationId, BookingId], now: datetime
) -> tuple[Interval, ...]:
    """The parts of the wanted time that the organisation's other bookings have taken.

    What another organisation has booked in the same mailbox is its own; the calendars tell of it, as of any meeting.
    """
    organization, booking = of
    others = (one for one in taken if one.organization == organization and one.booking != booking)
    return clip(merge(time for one in others for time in one.taken(now)), wanted)


def begun(known: Booking | None, wanted: Wanted) -> Booking:
    """The host's row while the attempt is under way: the time is reserved beside the one it has, and what the event
    says is unknown from here on, unless it stays as it is. Whoever was asked for is known, and let go in the end."""
    if known is not None and known.is_live:
        return replace(
            known,
            attempt=wanted.attempt,
            until=wanted.until,
            tried_at=wanted.begun_at,
            cohosts=tuple(sorted({*known.cohosts, *wanted.cohosts})),
            content=known.content if known.content == wanted.content else "",
            body=known.body if known.body == wanted.body else "",
            changing=known.changing if wanted.time == known.time else wanted.time,
        )
    return Booking(
        wanted.organization,
        wanted.booking,
        wanted.host,
        wanted.generation,
        BookingState.RESERVED,
        wanted.time,
        wanted.calendar,
        wanted.mark,
        wanted.content,
        wanted.body,
        created_at=wanted.begun_at,
        tried_at=wanted.begun_at,
        cohosts=wanted.cohosts,
        attempt=wanted.attempt,
        until=wanted.until,
    )


def held_begun(known: Held | None, cohost: ProductUserId, wanted: Wanted) -> Held:
    if known is None or not _stands(known) or known.generation != wanted.generation:
        known = Held(
            wanted.organization, cohost, wanted.booking, wanted.host, wanted.generation, wanted.time, wanted.attempt
        )
    changing = known.changing if wanted.time == known.time else wanted.time
    return replace(known, attempt=wanted.attempt, until=wanted.until, changing=changing)


def given_up(before: Booking | None, now_stored: Booking) -> Booking | None:
    """The host's row once it is sure that nothing came of the attempt."""
    if before is None or not before.is_live:
        return before
    return replace(
        now_stored,
        until=None,
        cohosts=before.cohosts,
        changing=before.changing,
        content=before.content,
        body=before.body,
    )


def held_given_up(before: Held | None, now_stored: Held) -> Held | None:
    if before is None or not _stands(before):
        return before
    return replace(now_stored, attempt=before.attempt, until=before.until, changing=before.changing)


def left_open(booking: Booking) -> Booking:
    """Nobody knows what came of the attempt; another one may begin at once."""
    return replace(booking, until=None)


def held_open(held: Held, begun_at: datetime) -> Held:
    """As long as it takes until somebody has found out."""
    return replace(held, until=begun_at + FOUND_OUT_BY)


def creating(booking: Booking) -> Booking:
    return replace(booking, state=BookingState.CREATING)


def booked(booking: Booking, wanted: Wanted, event: BookedEvent, at: datetime) -> Booking:
    return replace(
        booking,
        state=BookingState.BOOKED,
        time=event.time,
        content=wanted.content,
        body=wanted.body,
        cohosts=wanted.cohosts,
        until=None,
        changing=None,
        event=event.event,
        ical_hash=ical_hash(event.ical_uid).hex(),
        is_online=event.is_online,
        join_url=event.join_url,
        web_link=event.web_link,
        written_at=at,
        suspicion=None,
    )


def held_booked(held: Held, event: BookedEvent, at: datetime) -> Held:
    """Whoever has left is asked anew if the meeting is at another time."""
    hashed = ical_hash(event.ical_uid).hex()
    booked = replace(held, time=event.time, until=None, changing=None, ical_hash=hashed, written_at=at)
    return booked if held.time == event.time else replace(booked, is_seen=False, suspicion=None)


def taken_over(booking: Booking, attempt: str, now: datetime) -> Booking:
    """By upkeep, which is no attempt of the product's: when that last tried stays as it was."""
    return replace(booking, attempt=attempt, until=now + RESERVED_FOR)


def ending(booking: Booking, attempt: str, now: datetime, by: EndedBy | None = None) -> Booking:
    """``by`` is kept while the outcome is unknown; None: the product."""
    until = now + RESERVED_FOR
    return replace(booking, state=BookingState.ENDING, attempt=attempt, until=until, tried_at=now, ended_by=by)


def ended(booking: Booking, by: EndedBy, at: datetime) -> Booking:
    return replace(
        booking,
        state=BookingState.ENDED,
        until=None,
        changing=None,
        join_url=None,
        web_link=None,
        ended_at=at,
        ended_by=by,
        suspicion=None,
    )


def held_ended(held: Held, at: datetime) -> Held:
    return replace(held, until=None, changing=None, ended_at=at)


def held_following(held: Held, booking: Booking) -> Held:
    """The co-host's row once the host's says that the meeting is over, or that it was moved or pasted in Outlook. What
    was pasted has copies of its own, if anybody was invited anew."""
    if held.generation != booking.generation or not _stands(held):
        return held
    if booking.state is BookingState.ENDED:
        return held_ended(held, booking.ended_at or booking.tried_at)
    if (held.time, held.ical_hash) == (booking.time, booking.ical_hash):
        return held
    at = booking.decision.at if booking.decision is not None else held.written_at
    moved = replace(held, time=booking.time, ical_hash=booking.ical_hash, written_at=at)
    return moved if held.ical_hash == booking.ical_hash else replace(moved, is_seen=False, suspicion=None)


def settled(booking: Booking, event: BookedEvent | None) -> Booking:
    """After a change of unknown outcome: the time is what Microsoft says, and the next request is written anew."""
    time = event.time if event is not None else booking.time
    return replace(booking, time=time, changing=None, until=None, content="", body="")


def is_open(booking: Booking) -> bool:
    """Whether an attempt has left behind what somebody has to look into."""
    return booking.state not in {BookingState.BOOKED, BookingState.ENDED} or booking.changing is not None


def needs_settling(booking: Booking, now: datetime) -> bool:
    return is_open(booking) and not booking.is_under_way(now) and now >= booking.tried_at + GIVEN_UP_AFTER


def next_look(booking: Booking, now: datetime) -> datetime | None:
    """When upkeep comes again; None once the booking is to be forgotten."""
    if is_open(booking):
        return max(booking.tried_at + GIVEN_UP_AFTER, (booking.until or now), now + RESERVED_FOR)
    kept_until = max(booking.time.end, booking.ended_at or booking.time.end) + KEPT_FOR
    return kept_until if now < kept_until else None


def _stands(held: Held) -> bool:
    return held.written_at is not None and held.ended_at is None
