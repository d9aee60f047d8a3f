"""What is told of one person's calendars and of what was decided about their bookings."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.core.booking import Booking, BookingState
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.decision import Clue, Decision, Outcome
from shared_code.core.ids import BookingId, CalendarId, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.person import MOST_DECISIONS, account_of, counts_of, decisions_of
from shared_code.core.product_user import UserState
from tests.unit.core.match_values import NOW, ORGANIZATION, match, product_user

MINUTE = timedelta(minutes=1)


def calendar(name: str, read_at: datetime | None = NOW, *, checked: bool = True) -> LinkedCalendar:
    state = CalendarState.OK if read_at else CalendarState.PENDING
    return LinkedCalendar(
        CalendarId(name), is_default=False, can_edit=True, checked=checked, written=False, state=state, read_at=read_at
    )


def booking(name: str, decided_at: datetime | None) -> Booking:
    decision = None if decided_at is None else Decision(Outcome.CANCELLED, decided_at, Clue.VANISHED, decided_at)
    time = Interval(NOW, NOW + timedelta(hours=1))
    return Booking(
        ORGANIZATION,
        BookingId(name),
        ProductUserId("ann"),
        1,
        BookingState.BOOKED,
        time,
        CalendarId("c"),
        "mark",
        "content",
        "body",
        NOW,
        NOW,
        decision=decision,
    )


def test_calendars_are_counted_and_only_those_that_are_checked_have_a_state() -> None:
    calendars = [calendar("a"), calendar("b", NOW - timedelta(hours=2)), calendar("c", None, checked=False)]

    found = counts_of(calendars, None, NOW)

    assert (found.total, found.checked) == (3, 2)
    assert found.by_state == {CalendarState.OK: 1, CalendarState.STALE: 1}
    assert found.read_at == NOW - timedelta(hours=2)


def test_nothing_is_known_while_one_calendar_is_unread() -> None:
    found = counts_of([calendar("a"), calendar("b", None)], None, NOW)

    assert found.read_at is None
    assert found.by_state[CalendarState.PENDING] == 1
    assert counts_of([], None, NOW).read_at is None


def test_decisions_come_newest_first_and_bookings_without_one_not_at_all() -> None:
    found = decisions_of([booking("old", NOW - MINUTE), booking("new", NOW), booking("calm", None)])

    assert [one.booking for one in found] == ["new", "old"]


def test_only_so_many_decisions_are_shown() -> None:
    found = decisions_of(booking(f"b{number}", NOW - number * MINUTE) for number in range(30))

    assert len(found) == MOST_DECISIONS


def test_an_account_is_connected_only_where_the_match_gives_a_mailbox() -> None:
    connected = product_user(match=match(1), state=UserState.CONNECTED)

    assert account_of(connected) == "ann@contoso.com"
    assert account_of(replace(connected, state=UserState.DISABLED)) is None
    assert account_of(product_user()) is None
