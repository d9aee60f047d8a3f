"""What a co-host's copy of a booked meeting says of their time, once it was read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.booked_time import ReadEvents, booked_time
from shared_code.core.booking import Held
from shared_code.core.calendar import CalendarState, Event, LinkedCalendar, ShowAs
from shared_code.core.ids import BookingId, CalendarId, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.packing import ical_hash, pack

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
TIME = Interval(NOW + 24 * HOUR, NOW + 25 * HOUR)
LATER = Interval(TIME.start + 3 * HOUR, TIME.end + 3 * HOUR)
HELD = Held(
    OrganizationId("acme"),
    ProductUserId("ben"),
    BookingId("b-1"),
    ProductUserId("anna"),
    1,
    TIME,
    ical_hash=ical_hash("uid").hex(),
    written_at=NOW,
)
COPY = Event("copy", "uid", TIME, ShowAs.TENTATIVE)
CALENDAR = CalendarId("default")


def read(*events: Event) -> ReadEvents:
    calendar = LinkedCalendar(
        CALENDAR, is_default=True, can_edit=True, checked=True, written=True, state=CalendarState.OK, read_at=NOW + HOUR
    )
    return ReadEvents([calendar], {CALENDAR: pack(events)})


def test_an_invitation_that_nobody_answered_takes_a_cohosts_time() -> None:
    booked = booked_time(read(COPY), [], [HELD], NOW + HOUR)

    assert booked.busy == (TIME,)


def test_an_invitation_that_the_host_moved_takes_the_time_where_it_is() -> None:
    booked = booked_time(read(replace(COPY, time=LATER)), [], [HELD], NOW + HOUR)

    assert booked.busy == (LATER,)


@pytest.mark.parametrize(
    "copy",
    [
        replace(COPY, is_declined=True),
        replace(COPY, is_cancelled=True),
        replace(COPY, show_as=ShowAs.FREE),
        replace(COPY, show_as=ShowAs.BUSY),  # counts by itself
    ],
    ids=["declined", "cancelled", "free", "busy"],
)
def test_what_a_cohost_did_to_their_copy_speaks_for_itself(copy: Event) -> None:
    booked = booked_time(read(copy), [], [HELD], NOW + HOUR)

    assert booked.busy == ()


def test_an_invitation_of_a_meeting_that_was_cancelled_takes_no_time() -> None:
    ended = replace(HELD, ended_at=NOW)

    booked = booked_time(read(COPY), [], [ended], NOW + HOUR)

    assert booked.busy == ()


def test_a_tentative_meeting_that_is_no_booking_is_left_to_what_its_owner_chose() -> None:
    booked = booked_time(read(replace(COPY, ical_uid="other")), [], [HELD], NOW + HOUR)

    assert booked.busy == (TIME,)  # the booking's own, whose copy was not read yet
