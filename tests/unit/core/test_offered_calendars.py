from dataclasses import replace

import pytest

from shared_code.core.calendar import Calendar, LinkedCalendar
from shared_code.core.ids import CalendarId
from shared_code.core.offered_calendars import offer

WORK = Calendar(CalendarId("work"), is_default=True, can_edit=True, owner_address="Anna@acme.example")
HOME = Calendar(CalendarId("home"), is_default=False, can_edit=True, owner_address="anna@acme.example")
CLUB = Calendar(CalendarId("club"), is_default=False, can_edit=False, owner_address="anna@acme.example")
BENS = Calendar(CalendarId("bens"), is_default=False, can_edit=True, owner_address="ben@acme.example")
WEB = Calendar(CalendarId("web"), is_default=False, can_edit=False, owner_address=None)


def _used(calendars: tuple[LinkedCalendar, ...]) -> tuple[set[str], set[str]]:
    return {c.calendar for c in calendars if c.checked}, {c.calendar for c in calendars if c.written}


def _before(checked: set[str], written: str | None, *calendars: Calendar) -> tuple[LinkedCalendar, ...]:
    return tuple(
        replace(each, checked=each.calendar in checked, written=each.calendar == written)
        for each in offer([replace(WORK, calendar=CalendarId("first")), *calendars])
        if each.calendar in {calendar.calendar for calendar in calendars}
    )


def test_out_of_the_box_the_default_calendar_is_checked_and_written_to() -> None:
    assert _used(offer([HOME, WORK, CLUB])) == ({"work"}, {"work"})


def test_calendars_of_others_and_of_the_internet_are_not_offered() -> None:
    assert [each.calendar for each in offer([WORK, BENS, WEB, HOME])] == ["work", "home"]


def test_a_mailbox_without_a_default_calendar_offers_none() -> None:
    assert offer([HOME]) == ()


@pytest.mark.parametrize(
    ("before", "listed", "used"),
    [
        (_before({"home", "club"}, "home", HOME, CLUB), [WORK, HOME, CLUB], ({"home", "club", "work"}, {"home"})),
        (_before({"home", "club"}, "club", HOME, CLUB), [WORK, CLUB], ({"club", "work"}, {"work"})),  # not editable
        (_before(set(), "home", HOME), [WORK, HOME], (set(), {"home"})),  # checking none was somebody's choice
        (_before({"home"}, None, HOME), [WORK], ({"work"}, {"work"})),
    ],
)
def test_calendars_listed_again_are_used_as_they_were_and_what_is_gone_gives_way_to_the_default(
    before: tuple[LinkedCalendar, ...], listed: list[Calendar], used: tuple[set[str], set[str]]
) -> None:
    assert _used(offer(listed, before)) == used


def test_who_checked_another_calendar_than_the_default_one_is_not_free_when_that_is_deleted() -> None:
    before = tuple(
        replace(each, checked=each.calendar == "home", written=each.calendar == "home") for each in offer([WORK, HOME])
    )

    assert _used(offer([WORK, HOME], before)) == ({"home"}, {"home"})
    assert _used(offer([WORK], before)) == ({"work"}, {"work"})
