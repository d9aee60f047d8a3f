"""What bookings say beside what was read: until a read knows better."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.booked_time import BookedTime, ReadEvents, booked_time
from shared_code.core.booking import Booking, BookingState, Held
from shared_code.core.calendar import CalendarState, Event, LinkedCalendar, ShowAs
from shared_code.core.ids import BookingId, CalendarId, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.packing import event_hash, ical_hash, pack
from shared_code.core.sync_rules import LAG

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LUNCH = Interval(NOW + timedelta(hours=3), NOW + timedelta(hours=4))
LATER = Interval(NOW + timedelta(hours=6), NOW + timedelta(hours=7))
WORK = CalendarId("work")
OURS = frozenset({event_hash("event")})
BOOKING = Booking(
    OrganizationId("acme"),
    BookingId("b-1"),
    ProductUserId("anna"),
    1,
    BookingState.BOOKED,
    LUNCH,
    WORK,
    mark="mark",
    content="",
    body="",
    created_at=NOW,
    tried_at=NOW,
    event="event",
    written_at=NOW,
)
HELD = Held(
    BOOKING.organization,
    ProductUserId("ben"),
    BOOKING.booking,
    BOOKING.host,
    1,
    LUNCH,
    ical_hash=ical_hash("uid").hex(),
    written_at=NOW,
)
ENDED = replace(BOOKING, state=BookingState.ENDED, ended_at=NOW)


def read(
    at: datetime, *times: Interval, event: str = "event", show_as: ShowAs = ShowAs.BUSY, declined: bool = False
) -> ReadEvents:
    calendar = LinkedCalendar(
        WORK, is_default=True, can_edit=True, checked=True, written=True, state=CalendarState.OK, read_at=at
    )
    packed = pack(Event(event, "uid", time, show_as, is_declined=declined) for time in times)
    return ReadEvents((calendar,), {WORK: packed})


def said(known: ReadEvents, booking: Booking, now: datetime = NOW) -> BookedTime:
    return booked_time(known, [booking], [], now)


SOON, LATE = NOW + timedelta(seconds=10), NOW + LAG


@pytest.mark.parametrize(
    ("known", "booking", "expected"),
    [
        (read(SOON), BOOKING, BookedTime((LUNCH,))),
        (read(LATE), BOOKING, BookedTime((LUNCH,))),
        (read(SOON, LUNCH), BOOKING, BookedTime()),
        (read(SOON, LATER), BOOKING, BookedTime((LUNCH,), OURS)),
        (read(LATE, LATER), BOOKING, BookedTime()),
        (read(SOON, LUNCH), ENDED, BookedTime((), OURS)),
        (read(LATE, LUNCH), ENDED, BookedTime()),
        (read(SOON, LUNCH), replace(BOOKING, changing=LATER), BookedTime((LATER,))),
        (read(SOON), replace(BOOKING, changing=LATER), BookedTime((LUNCH, LATER))),
        (read(LATE, LUNCH, event="another"), BOOKING, BookedTime((LUNCH,))),
        (read(SOON), replace(BOOKING, state=BookingState.CREATING, event=None), BookedTime((LUNCH,))),
        (read(SOON), replace(BOOKING, state=BookingState.RESERVED, until=NOW), BookedTime()),
        (read(SOON), replace(BOOKING, state=BookingState.RESERVED, until=SOON), BookedTime((LUNCH,))),
    ],
    ids=[
        "not read since",
        "read, and not there",
        "read as it was written",
        "read too early to show the change",
        "read late enough to know better",
        "cancelled, and not read since",
        "cancelled, and there again",
        "about to be moved",
        "about to be moved, not read yet",
        "another event",
        "nobody knows whether there is one",
        "a reservation that ran out",
        "a reservation",
    ],
)
def test_a_booking_speaks_for_its_event_until_a_read_knows_better(
    known: ReadEvents, booking: Booking, expected: BookedTime
) -> None:
    assert said(known, booking) == expected


@pytest.mark.parametrize(
    ("held", "known", "expected"),
    [
        (HELD, read(SOON), BookedTime((LUNCH,))),
        (HELD, read(SOON, LUNCH, event="their copy"), BookedTime()),
        (HELD, read(LATE, LUNCH, event="their copy", show_as=ShowAs.TENTATIVE), BookedTime((LUNCH,))),
        (HELD, read(LATE, LATER, event="their copy", show_as=ShowAs.TENTATIVE), BookedTime((LATER,))),
        (HELD, read(LATE, LUNCH, event="their copy", show_as=ShowAs.TENTATIVE, declined=True), BookedTime()),
        (HELD, read(LATE, LUNCH, event="their copy", show_as=ShowAs.FREE), BookedTime()),
        (
            replace(HELD, ended_at=NOW),
            read(SOON, LUNCH, event="their copy"),
            BookedTime((), frozenset({event_hash("their copy")})),
        ),
        (replace(HELD, changing=LATER, until=SOON), read(SOON), BookedTime((LUNCH, LATER))),
        (replace(HELD, changing=LATER, until=NOW), read(SOON), BookedTime((LUNCH,))),
        (replace(HELD, written_at=None, until=NOW), read(SOON), BookedTime()),
    ],
)
def test_a_cohost_is_busy_until_their_own_copy_tells(held: Held, known: ReadEvents, expected: BookedTime) -> None:
    assert booked_time(known, [], [held], NOW) == expected


def test_a_booking_left_out_counts_for_nothing_and_neither_does_its_event() -> None:
    left_out = booked_time(read(SOON, LUNCH), [BOOKING], [HELD], NOW, without=BOOKING.booking)

    assert left_out == BookedTime((), OURS)
