from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared_code.core.calendar import Calendar, CalendarState, LinkedCalendar
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId
from shared_code.core.ids import UserId as ObjectId
from shared_code.core.intervals import Interval
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import offer, unread, used, used_now, used_of, written_now
from shared_code.core.policy import CheckedByDefault
from shared_code.core.settings import CalendarChoice

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORK = Calendar(CalendarId("work"), is_default=True, can_edit=True, owner_address="Anna@acme.example")
HOME = Calendar(CalendarId("home"), is_default=False, can_edit=True, owner_address="anna@acme.example")
CLUB = Calendar(CalendarId("club"), is_default=False, can_edit=False, owner_address="anna@acme.example")
BENS = Calendar(CalendarId("bens"), is_default=False, can_edit=True, owner_address="ben@acme.example")
WEB = Calendar(CalendarId("web"), is_default=False, can_edit=False, owner_address=None)
KEY = LinkKey(
    MailboxKey("organizations", TenantId("t"), ObjectId("anna")), OrganizationId("acme"), ProductUserId("anna")
)
MAILBOX = KEY.mailbox
OWN = MailboxKey("personal", MAILBOX.tenant, MAILBOX.user_id)  # the same, connected by its owner


def _ids(*names: str) -> frozenset[CalendarId]:
    return frozenset(map(CalendarId, names))


def _choice(checked: set[str], written: str | None = None, left_out: set[str] | None = None) -> CalendarChoice:
    return CalendarChoice(
        checked=_ids(*checked),
        left_out=_ids(*(left_out or ())),
        written=None if written is None else CalendarId(written),
        chosen_at=NOW,
    )


def _used(calendars: tuple[LinkedCalendar, ...]) -> tuple[set[str], set[str]]:
    return {c.calendar for c in calendars if c.checked}, {c.calendar for c in calendars if c.written}


def _link(*calendars: Calendar, chosen_at: datetime | None = None) -> Link:
    return Link(KEY, ConnectionId("c"), NOW, None, offer(MAILBOX, calendars), chosen_at=chosen_at)


def test_out_of_the_box_the_default_calendar_is_checked_and_written_to() -> None:
    assert _used(offer(MAILBOX, [HOME, WORK, CLUB])) == ({"work"}, {"work"})


def test_calendars_of_others_and_of_the_internet_are_not_offered_however_much_they_were_chosen() -> None:
    assert [each.calendar for each in offer(MAILBOX, [WORK, BENS, WEB, HOME])] == ["work", "home"]
    assert _used(offer(MAILBOX, [WORK, BENS, HOME], _choice({"bens", "home"}, "bens"))) == (
        {"work", "home"},
        {"work"},
    )


def test_a_mailbox_without_a_default_calendar_offers_none() -> None:
    assert offer(MAILBOX, [HOME]) == ()
    assert offer(MAILBOX, [HOME], _choice({"home"}, "home")) == ()


def test_an_organisation_may_have_all_calendars_checked_for_whoever_chose_none() -> None:
    everything = CalendarChoice(CheckedByDefault.ALL)

    assert _used(offer(MAILBOX, [WORK, HOME, CLUB, BENS], everything)) == ({"work", "home", "club"}, {"work"})


@pytest.mark.parametrize(
    ("choice", "listed", "used_then"),
    [
        (_choice({"home"}, "home", {"work"}), [WORK, HOME], ({"home"}, {"home"})),
        (_choice({"home", "club"}, "home"), [WORK, HOME, CLUB], ({"home", "club", "work"}, {"home"})),  # new default
        (_choice({"home", "club"}, "club"), [WORK, CLUB], ({"club", "work"}, {"work"})),  # not editable
        (_choice({"home", "work"}, None, {"club"}), [WORK, CLUB], ({"work"}, {"work"})),
        (_choice({"home"}, "home", {"work"}), [WORK], ({"work"}, {"work"})),  # all that was chosen is gone
        (_choice(set(), "home", {"work"}), [WORK, HOME], (set(), {"home"})),
        (_choice(set(), "home"), [WORK, HOME], (set(), {"home"})),  # checking none was somebody's choice
    ],
)
def test_calendars_are_used_as_chosen_and_what_is_gone_gives_way_to_the_default(
    choice: CalendarChoice, listed: list[Calendar], used_then: tuple[set[str], set[str]]
) -> None:
    assert _used(offer(MAILBOX, listed, choice)) == used_then
    assert _used(used(offer(MAILBOX, listed), choice)) == used_then


def test_a_mailbox_whose_calendars_cannot_be_edited_is_written_to_nowhere() -> None:
    assert _used(offer(MAILBOX, [replace(WORK, can_edit=False), HOME])) == ({"work"}, set())


def test_calendars_listed_again_keep_what_is_known_of_them() -> None:
    read = tuple(replace(each, state=CalendarState.OK, read_at=NOW, events=3) for each in offer(MAILBOX, [WORK, HOME]))

    again = offer(MAILBOX, [replace(WORK, can_edit=False), CLUB], _choice({"club", "work"}), read)

    assert again[0] == replace(read[0], can_edit=False, written=False)
    assert (again[1].calendar, again[1].state, again[1].checked) == ("club", CalendarState.PENDING, True)


def test_a_chosen_calendar_that_was_not_looked_for_yet_is_pending_and_one_looked_for_in_vain_is_gone() -> None:
    choice = _choice({"work", "new"})

    awaited = used_now(_link(WORK, HOME), choice)
    alone = used_now(_link(WORK, HOME), _choice({"new"}, None, {"work"}))
    in_vain = used_now(_link(WORK, HOME, chosen_at=NOW), choice)

    assert [(each.calendar, each.checked, each.state) for each in awaited] == [
        ("work", True, CalendarState.PENDING),
        ("home", False, CalendarState.PENDING),
        ("new", True, CalendarState.PENDING),
    ]
    assert _used(alone) == ({"new"}, {"work"})
    assert _used(in_vain) == ({"work"}, {"work"})


@pytest.mark.parametrize(
    ("written", "listed_for", "calendar"),
    [
        (None, None, "work"),
        ("home", None, "home"),
        ("new", None, "new"),  # chosen from a newer list
        ("new", NOW, "work"),  # and gone since
        ("club", NOW, "work"),  # not editable any more
    ],
)
def test_the_calendar_that_is_written_to_is_the_one_chosen_as_long_as_it_is_there(
    written: str | None, listed_for: datetime | None, calendar: str
) -> None:
    link = _link(WORK, HOME, CLUB, chosen_at=listed_for)

    assert written_now(link, _choice({"work"}, written)) == calendar


def test_no_calendar_is_written_to_where_none_can_be_edited() -> None:
    assert written_now(_link(replace(WORK, can_edit=False), CLUB), CalendarChoice()) is None


def test_a_mailbox_that_takes_no_meetings_is_checked_as_it_was_and_written_to_nowhere() -> None:
    elsewhere = replace(_choice({"work"}, "new", {"home"}), takes_meetings=False)

    assert _used(used_now(_link(WORK, HOME), elsewhere)) == ({"work"}, set())
    assert written_now(_link(WORK, HOME), elsewhere) is None


def test_a_calendar_that_is_not_used_any_more_is_as_if_it_had_never_been_read() -> None:
    fresh = offer(MAILBOX, [WORK])[0]
    read = replace(fresh, state=CalendarState.OK, read_at=NOW, window=Interval(NOW, NOW), events=9)

    assert unread(read) == fresh


def test_whoever_connects_an_account_may_have_everything_in_it_checked_and_only_their_own_written_to() -> None:
    shared = replace(BENS, can_edit=True)

    linked = offer(OWN, [WORK, shared, WEB], _choice({"bens", "web"}, "bens"))

    assert _used(linked) == ({"work", "bens", "web"}, {"work"})
    assert [(each.calendar, each.notifies, each.can_edit) for each in linked] == [
        ("work", True, True),
        ("bens", False, False),
        ("web", False, False),
    ]


def test_of_an_account_of_their_own_only_the_default_calendar_is_checked_out_of_the_box() -> None:
    assert _used(offer(OWN, [WORK, HOME, BENS, WEB])) == ({"work"}, {"work"})


def test_all_calendars_are_all_of_ones_own() -> None:
    everything = CalendarChoice(CheckedByDefault.ALL)

    assert _used(offer(OWN, [WORK, HOME, BENS, WEB], everything)) == ({"work", "home"}, {"work"})
    assert _used(used_of(OWN, [WORK, HOME, BENS, WEB], everything)) == ({"work", "home"}, {"work"})


def test_a_calendar_of_the_internet_is_polled_though_it_is_said_to_be_ones_own() -> None:
    linked = offer(OWN, [WORK, HOME, CLUB])

    assert [(each.calendar, each.notifies) for each in linked] == [("work", True), ("home", True), ("club", False)]


def test_a_default_calendar_is_told_of_whether_or_not_it_can_be_edited() -> None:
    (linked,) = offer(OWN, [replace(WORK, can_edit=False)])

    assert linked.notifies
