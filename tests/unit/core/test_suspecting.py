from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from shared_code.core.calendar import AllDay, CalendarState, Event, LinkedCalendar, ShowAs
from shared_code.core.decision import Clue, Suspicion
from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval
from shared_code.core.packing import event_hash, pack, unpack
from shared_code.core.suspecting import ASKED_EVERY, ORDERED_AGAIN, Watched, WindowRead, clue_of, is_to_order, suspect

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = Interval(NOW - 2 * DAY, NOW + 100 * DAY)
TIME = Interval(NOW + DAY, NOW + DAY + timedelta(minutes=30))
LATER = Interval(NOW + 2 * DAY, NOW + 2 * DAY + timedelta(minutes=30))
HERE, THERE = CalendarId("here"), CalendarId("there")

BOOKED = Watched(event_hash("event"), HERE, TIME, NOW - DAY / 2, None)
EVENT = Event("event", "uid", TIME, ShowAs.BUSY)


def _read(here: Iterable[Event] | None, there: Iterable[Event] | None = (), *, at: datetime = NOW) -> WindowRead:
    """A calendar that could not be read now was read an hour ago."""
    calendars, found = {}, {}
    for calendar, events in ((HERE, here), (THERE, there)):
        read_at = at if events is not None else at - timedelta(hours=1)
        state = CalendarState.OK if events is not None else CalendarState.THROTTLED
        calendars[calendar] = LinkedCalendar(calendar, True, True, True, True, state, read_at, WINDOW)
        if events is not None:
            found[calendar] = {record.event_hash: record for record in unpack(pack(events))}
    return WindowRead(at, calendars, found)


@pytest.mark.parametrize(
    ("read", "clue"),
    [
        (_read([EVENT]), None),
        (_read([replace(EVENT, show_as=ShowAs.FREE)]), None),
        (_read([replace(EVENT, ical_uid="another")]), None),
        (_read([]), Clue.VANISHED),
        (_read([replace(EVENT, event="EVENT")]), Clue.VANISHED),  # ids are case-sensitive
        (_read([replace(EVENT, is_cancelled=True)]), Clue.CANCELLED),
        (_read([replace(EVENT, is_declined=True)]), Clue.DECLINED),
        (_read([replace(EVENT, time=LATER)]), Clue.MOVED),
        (_read([replace(EVENT, time=replace(TIME, end=TIME.end + timedelta(minutes=15)))]), Clue.MOVED),
        (_read([replace(EVENT, time=AllDay(date(2026, 3, 3), date(2026, 3, 4), "UTC"))]), Clue.MOVED),
        (_read([], [EVENT]), Clue.MOVED),
        (_read([EVENT], [EVENT]), None),
        (_read(None, [EVENT]), Clue.MOVED),
        (_read(None), None),  # a calendar that was not read says nothing
        (_read(None, None), None),
    ],
)
def test_what_a_read_says_of_a_booking(read: WindowRead, clue: Clue | None) -> None:
    assert clue_of(BOOKED, read) is clue


def test_an_event_outside_what_the_window_can_answer_for_has_not_vanished() -> None:
    at_edge = replace(BOOKED, time=Interval(WINDOW.end - DAY - timedelta(minutes=5), WINDOW.end - DAY / 2))

    assert clue_of(at_edge, _read([])) is None


def test_what_no_window_contains_is_asked_for_once_a_day() -> None:
    outside = replace(BOOKED, time=Interval(WINDOW.end, WINDOW.end + DAY))

    first = suspect(outside, _read([], at=NOW + DAY))
    assert first == Suspicion(Clue.UNREAD, NOW + DAY)
    looked = replace(outside, suspicion=replace(first, looked_at=NOW + DAY))
    assert suspect(looked, _read([], at=NOW + 2 * DAY - timedelta(seconds=1))) == looked.suspicion
    assert suspect(looked, _read([], at=NOW + 2 * DAY)) == Suspicion(Clue.UNREAD, NOW + 2 * DAY)


def test_a_calendar_that_is_gone_leaves_a_day_to_be_restored() -> None:
    gone = _read([], at=NOW + DAY)
    last_read = LinkedCalendar(HERE, False, True, True, True, CalendarState.GONE, NOW, WINDOW)
    gone = replace(gone, calendars={HERE: last_read}, found={})

    assert clue_of(BOOKED, replace(gone, started_at=NOW + DAY - timedelta(minutes=1))) is None
    assert clue_of(BOOKED, gone) is Clue.UNREAD


def test_a_calendar_that_is_not_offered_any_more_counts_from_our_own_last_act() -> None:
    nowhere = WindowRead(NOW, {}, {})

    assert clue_of(BOOKED, nowhere) is None
    assert clue_of(replace(BOOKED, written_at=NOW - DAY), nowhere) is Clue.UNREAD


def test_a_suspicion_ends_with_a_read_that_finds_the_event() -> None:
    watched = replace(BOOKED, suspicion=Suspicion(Clue.VANISHED, NOW - DAY, NOW - DAY, is_closed=True))

    assert suspect(watched, _read([EVENT])) is None


def test_a_read_that_cannot_tell_leaves_a_suspicion_as_it_was() -> None:
    watched = replace(BOOKED, suspicion=Suspicion(Clue.VANISHED, NOW - timedelta(minutes=1)))

    assert suspect(watched, _read(None)) == watched.suspicion


def test_the_same_absence_is_not_asked_about_again_within_a_day() -> None:
    looked = Suspicion(Clue.VANISHED, NOW - timedelta(hours=2), NOW - timedelta(hours=1))
    watched = replace(BOOKED, suspicion=looked)

    assert suspect(watched, _read([])) == looked
    assert suspect(watched, _read([], at=NOW + DAY)) == Suspicion(Clue.VANISHED, NOW + DAY)


@pytest.mark.parametrize("read", [_read([], at=NOW + 5 * DAY), _read([replace(EVENT, is_cancelled=True)])])
def test_an_absence_that_was_answered_for_good_is_never_asked_about_again(read: WindowRead) -> None:
    watched = replace(BOOKED, suspicion=Suspicion(Clue.VANISHED, NOW - DAY, NOW - DAY, is_closed=True))

    assert suspect(watched, read) == watched.suspicion


def test_an_event_that_comes_back_elsewhere_is_looked_into_even_so() -> None:
    watched = replace(BOOKED, suspicion=Suspicion(Clue.VANISHED, NOW - DAY, NOW - DAY, is_closed=True))

    assert suspect(watched, _read([replace(EVENT, time=LATER)])) == Suspicion(Clue.MOVED, NOW)


def test_another_clue_is_another_suspicion() -> None:
    watched = replace(BOOKED, suspicion=Suspicion(Clue.MOVED, NOW - DAY / 4, NOW - DAY / 5))

    assert suspect(watched, _read([])) == Suspicion(Clue.VANISHED, NOW)


def test_somebody_is_sent_once_and_again_if_nobody_came() -> None:
    fresh = Suspicion(Clue.VANISHED, NOW)

    assert is_to_order(None, fresh, NOW)
    assert not is_to_order(fresh, fresh, NOW + timedelta(minutes=1))
    assert is_to_order(fresh, fresh, NOW + ORDERED_AGAIN)
    assert not is_to_order(fresh, None, NOW)
    looked = replace(fresh, looked_at=NOW)
    assert not is_to_order(looked, looked, NOW + ASKED_EVERY / 2)
