from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from shared_code.core.availability import Incomplete, KnownCalendars, Question, answer
from shared_code.core.calendar import AllDay, CalendarState, Event, LinkedCalendar, ShowAs
from shared_code.core.ids import CalendarId, ConnectionId, MailboxKey, ProductUserId, TenantId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.packing import pack
from shared_code.core.windows import horizon, read_window

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
USER = ProductUserId("user")
MAILBOX = MailboxKey("organizations", TenantId("tenant"), UserId("person"))
CONNECTION = ConnectionId("connection")
WORK, HOME = CalendarId("work"), CalendarId("home")
READ = LinkedCalendar(
    WORK,
    is_default=True,
    can_edit=True,
    checked=True,
    written=True,
    state=CalendarState.OK,
    read_at=NOW - timedelta(minutes=10),
    window=read_window(MAILBOX, NOW, 90),
)


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def _event(start: float, end: float, show_as: ShowAs = ShowAs.BUSY, name: str = "") -> Event:
    return Event(name or f"{start}-{end}", None, Interval(_at(start), _at(end)), show_as)


def _known(*events: Event, calendar: LinkedCalendar = READ, zone: str | None = None) -> KnownCalendars:
    counted = replace(calendar, events=len(events))
    return KnownCalendars(CONNECTION, (counted,), {WORK: pack(events)}, ZoneInfo(zone) if zone else None)


def _question(start: float = 0, end: float = 24, max_age: timedelta | None = None) -> Question:
    return Question(Interval(_at(start), _at(end)), horizon(NOW, 90), NOW, max_age)


def test_busy_times_are_merged_in_order_and_cut_to_the_window() -> None:
    known = _known(_event(5, 6), _event(-1, 1), _event(1, 2), _event(23, 30), _event(1.5, 1.75), _event(24, 25))

    said = answer(USER, known, _question())

    assert said.complete
    assert said.busy == (Interval(_at(0), _at(2)), Interval(_at(5), _at(6)), Interval(_at(23), _at(24)))


@pytest.mark.parametrize(
    ("show_as", "blocks"),
    [
        (ShowAs.BUSY, True),
        (ShowAs.UNKNOWN, True),
        (ShowAs.FREE, False),
        (ShowAs.TENTATIVE, False),
        (ShowAs.OUT_OF_OFFICE, False),
        (ShowAs.WORKING_ELSEWHERE, False),
    ],
)
def test_only_busy_and_unknown_block_out_of_the_box(show_as: ShowAs, blocks: bool) -> None:
    assert bool(answer(USER, _known(_event(1, 2, show_as)), _question()).busy) is blocks


def test_an_event_without_length_blocks_nothing() -> None:
    assert answer(USER, _known(_event(1, 1)), _question()).busy == ()


@pytest.mark.parametrize(
    ("zone", "start_utc", "end_utc"),
    [
        ("Europe/Paris", datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("America/Los_Angeles", datetime(2026, 3, 29, 7, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC)),
        (None, datetime(2026, 3, 28, 10, tzinfo=UTC), datetime(2026, 3, 30, 12, tzinfo=UTC)),
    ],
)
def test_an_all_day_event_blocks_the_date_where_its_reader_lives(
    zone: str | None, start_utc: datetime, end_utc: datetime
) -> None:
    day = Event("day", None, AllDay(date(2026, 3, 29), date(2026, 3, 30), None), ShowAs.BUSY)

    said = answer(USER, _known(day, zone=zone), _question(0, 24 * 60))

    assert said.busy == (Interval(start_utc, end_utc),)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (CalendarState.PENDING, Incomplete.NOT_READ_YET),
        (CalendarState.DENIED, Incomplete.CALENDAR_DENIED),
        (CalendarState.THROTTLED, Incomplete.CALENDAR_THROTTLED),
        (CalendarState.GONE, Incomplete.CALENDAR_GONE),
        (CalendarState.TOO_LARGE, Incomplete.CALENDAR_TOO_LARGE),
        (CalendarState.STALE, Incomplete.NOT_FRESH),
    ],
)
def test_a_calendar_that_is_not_ok_is_never_complete_and_keeps_what_is_known(
    state: CalendarState, reason: Incomplete
) -> None:
    said = answer(USER, _known(_event(1, 2), calendar=replace(READ, state=state)), _question())

    assert not said.complete
    assert said.reason == reason
    assert [calendar.state for calendar in said.calendars] == [state]
    assert said.busy == (Interval(_at(1), _at(2)),)


@pytest.mark.parametrize(
    ("minutes", "max_age", "state"),
    [
        (30, None, CalendarState.OK),
        (31, None, CalendarState.STALE),
        (10, timedelta(minutes=5), CalendarState.STALE),
        (5, timedelta(minutes=5), CalendarState.OK),
        (31, timedelta(hours=6), CalendarState.STALE),  # a caller cannot loosen the rule
    ],
)
def test_a_calendar_is_stale_after_30_minutes_or_the_callers_own_age(
    minutes: int, max_age: timedelta | None, state: CalendarState
) -> None:
    calendar = replace(READ, read_at=NOW - timedelta(minutes=minutes))

    said = answer(USER, _known(calendar=calendar), _question(max_age=max_age))

    assert said.calendars[0].state is state
    assert said.complete is (state is CalendarState.OK)


def test_an_ok_calendar_without_a_read_is_pending() -> None:
    said = answer(USER, _known(calendar=replace(READ, read_at=None)), _question())

    assert said.reason == Incomplete.NOT_READ_YET


@pytest.mark.parametrize(("start", "end"), [(-25, 1), (0, 24 * 90 + 1), (24 * 100, 24 * 101)])
def test_outside_the_horizon_nothing_is_complete(start: float, end: float) -> None:
    said = answer(USER, _known(), _question(start, end))

    assert (said.complete, said.reason) == (False, Incomplete.OUTSIDE_HORIZON)


def test_the_whole_horizon_is_complete() -> None:
    assert answer(USER, _known(), _question(-24, 24 * 90)).complete


def test_a_window_that_the_read_did_not_cover_is_not_complete() -> None:
    short = replace(READ, window=Interval(_at(-48), _at(30)))

    assert answer(USER, _known(calendar=short), _question(0, 6)).complete
    assert answer(USER, _known(calendar=short), _question(0, 7)).reason == Incomplete.OUTSIDE_HORIZON


def test_whoever_checks_no_calendar_is_free_by_their_own_choice() -> None:
    unchecked = replace(READ, checked=False)

    said = answer(USER, _known(_event(1, 2), calendar=unchecked), _question())

    assert (said.complete, said.reason, said.busy) == (True, Incomplete.NOTHING_CHECKED, ())


def test_a_link_without_any_calendar_says_nothing() -> None:
    said = answer(USER, KnownCalendars(CONNECTION, (), {}, None), _question())

    assert (said.complete, said.reason) == (False, Incomplete.NOT_READ_YET)


def test_one_bad_calendar_among_several_makes_the_answer_incomplete() -> None:
    other = replace(READ, calendar=HOME, is_default=False, state=CalendarState.DENIED)
    known = KnownCalendars(CONNECTION, (READ, other), {WORK: pack([_event(1, 2)]), HOME: pack([_event(3, 4)])}, None)

    said = answer(USER, known, _question())

    assert (said.complete, said.reason) == (False, Incomplete.CALENDAR_DENIED)
    assert len(said.busy) == 2


def test_a_calendar_that_is_only_written_to_does_not_block() -> None:
    other = replace(READ, calendar=HOME, checked=False)
    known = KnownCalendars(CONNECTION, (READ, other), {HOME: pack([_event(3, 4)])}, None)

    said = answer(USER, known, _question())

    assert said.complete
    assert said.busy == ()
