from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from shared_code.core.arrangement import arrange, arranges, is_outstanding, needs_list
from shared_code.core.calendar import Calendar, CalendarState, LinkedCalendar
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId
from shared_code.core.ids import UserId as ObjectId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import offer
from shared_code.core.policy import CheckedByDefault
from shared_code.core.settings import CalendarChoice
from shared_code.core.sync_rules import Cause

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)
WORK = Calendar(CalendarId("work"), is_default=True, can_edit=True, owner_address="anna@acme.example")
HOME = Calendar(CalendarId("home"), is_default=False, can_edit=True, owner_address="anna@acme.example")
CLUB = Calendar(CalendarId("club"), is_default=False, can_edit=True, owner_address="anna@acme.example")
KEY = LinkKey(
    MailboxKey("organizations", TenantId("t"), ObjectId("anna")), OrganizationId("acme"), ProductUserId("anna")
)
EVERYTHING = CalendarChoice(CheckedByDefault.ALL)


def _choice(*checked: str, written: str | None = None, at: datetime = NOW) -> CalendarChoice:
    """Made when there were ``work`` and ``home``."""
    chosen, there = frozenset(map(CalendarId, checked)), {WORK.calendar, HOME.calendar}
    calendar = None if written is None else CalendarId(written)
    return CalendarChoice(checked=chosen, left_out=frozenset(there - chosen), written=calendar, chosen_at=at)


def _link(*calendars: Calendar, choice: CalendarChoice | None = None) -> Link:
    """What is read was read an hour ago."""
    choice = choice or CalendarChoice()
    linked = tuple(map(_read, offer(KEY.mailbox, calendars, choice)))
    return Link(KEY, ConnectionId("c"), EARLIER, None, linked, chosen_at=choice.chosen_at)


def _read(calendar: LinkedCalendar) -> LinkedCalendar:
    if not calendar.checked and not calendar.written:
        return calendar
    return replace(calendar, state=CalendarState.OK, read_at=NOW - timedelta(hours=1), events=2)


@pytest.mark.parametrize("cause", get_args(Cause))
def test_only_a_choice_and_a_turn_look_at_what_users_chose(cause: Cause) -> None:
    assert arranges(cause) is (cause in {"first_read", "settled", "swept"})


@pytest.mark.parametrize(
    ("choice", "cause", "is_listed"),
    [
        (CalendarChoice(), "swept", False),
        (_choice("home"), "first_read", False),
        (_choice("new"), "first_read", True),
        (_choice("home", written="new"), "first_read", True),
        (_choice("new"), "swept", True),
        (_choice("new", at=EARLIER), "swept", False),  # looked for already, in vain
        (EVERYTHING, "first_read", False),
        (EVERYTHING, "settled", True),
        (EVERYTHING, "swept", True),
    ],
)
def test_calendars_are_listed_for_one_that_is_not_known_and_where_all_are_checked(
    choice: CalendarChoice, cause: Cause, is_listed: bool
) -> None:
    link = replace(_link(WORK, HOME), chosen_at=EARLIER if choice.chosen_at == EARLIER else None)

    assert needs_list(link, choice, cause) is is_listed


def test_a_calendar_that_was_just_checked_is_outstanding_and_the_others_stay_as_they_were_read() -> None:
    link = _link(WORK, HOME)

    arranged = arrange(link, _choice("work", "home"), None)

    work, home = arranged.link.calendars
    assert (work, home.checked, home.read_at) == (link.calendars[0], True, None)
    assert (arranged.link.chosen_at, arranged.let_go) == (NOW, ())
    assert is_outstanding(arranged.link)
    assert not is_outstanding(link)


def test_of_a_calendar_that_is_used_no_more_nothing_is_kept() -> None:
    link = _link(WORK, HOME)

    arranged = arrange(link, _choice("home", written="home"), None)

    work = arranged.link.calendars[0]
    assert (work.state, work.read_at, work.window, work.events) == (CalendarState.PENDING, None, None, 0)
    assert arranged.let_go == (WORK.calendar,)


def test_a_calendar_that_is_still_written_to_is_kept() -> None:
    arranged = arrange(_link(WORK, HOME), _choice("home"), None)

    assert arranged.let_go == ()
    assert arranged.link.calendars[0].read_at is not None


def test_of_a_calendar_that_was_read_for_another_reason_than_a_choice_nothing_is_kept_either() -> None:
    link = _link(WORK, HOME)
    read_for_a_booking = replace(link.calendars[1], state=CalendarState.OK, read_at=NOW, events=1)

    arranged = arrange(replace(link, calendars=(link.calendars[0], read_for_a_booking)), CalendarChoice(), None)

    assert (arranged.link, arranged.let_go) == (link, (HOME.calendar,))


def test_a_new_list_brings_what_came_and_lets_go_what_went() -> None:
    link = _link(WORK, HOME, choice=_choice("work", "home", at=EARLIER))

    arranged = arrange(link, _choice("work", "club"), [WORK, CLUB])

    assert [each.calendar for each in arranged.link.calendars] == ["work", "club"]
    assert arranged.let_go == (HOME.calendar,)
    assert arranged.link.calendars[0].read_at is not None


def test_a_list_without_a_default_calendar_takes_nothing_away() -> None:
    link = _link(WORK, HOME)

    assert arrange(link, CalendarChoice(), [HOME]).link == link


def test_what_is_as_chosen_stays_the_very_same() -> None:
    choice = _choice("home", written="home")
    link = _link(WORK, HOME, choice=choice)

    assert arrange(link, choice, None).link == link
    assert arrange(link, choice, [WORK, HOME]).link == link
