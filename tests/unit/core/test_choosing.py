"""What a person may choose, and what becomes of it, over all settings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.calendar import Calendar, ShowAs
from shared_code.core.choosing import (
    SETTINGS,
    SentSettings,
    Setting,
    choose,
    chosen_anew,
    find_locked,
    show,
    without_locked,
)
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, OrganizationId, ProductUserId, TenantId
from shared_code.core.ids import UserId as ObjectId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import offer
from shared_code.core.policy import CheckedByDefault, Policy, Rule, WrittenByDefault
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.user_settings import CalendarWish, UserSettings
from shared_code.core.wishes import STAY, SeenMailbox

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
EARLIER = NOW - timedelta(days=1)
MATCH = Match(ConnectionId("c"), TenantId("t"), ObjectId("anna"), MatchRule.MAIL, "anna@acme.example", EARLIER)
WORK, HOME = (
    Calendar(CalendarId(name), is_default=name == "work", can_edit=True, owner_address="anna@acme.example")
    for name in ("work", "home")
)
OWN = (WORK, HOME)
SEEN = [SeenMailbox(MATCH.mailbox, OWN)]
USER = ProductUser(OrganizationId("acme"), ProductUserId("anna"), (), UserState.CONNECTED, EARLIER, match=MATCH)
KEY = LinkKey(MATCH.mailbox, USER.organization, USER.user)
LINK = Link(KEY, MATCH.connection, EARLIER, calendars=offer(MATCH.mailbox, OWN))
WISH = CalendarWish(MATCH.mailbox, EARLIER, (HOME.calendar,), (WORK.calendar,), HOME.calendar)
CHOSEN = replace(USER, settings=UserSettings((ShowAs.TENTATIVE,), cancellation_sync=False, calendars=WISH))
LOCKED = Policy(
    checked_calendars=Rule(CheckedByDefault.DEFAULT, locked=True),
    write_calendar=Rule(WrittenByDefault.DEFAULT, locked=True),
    busy_statuses=Rule((ShowAs.OUT_OF_OFFICE,), locked=True),
    cancellation_sync=Rule(default=True, locked=True),
)
AS_IT_HOLDS: dict[Setting, object] = {
    "checked_calendars": frozenset({WORK.calendar}),
    "write_calendar": WORK.calendar,
    "busy_statuses": (ShowAs.OUT_OF_OFFICE,),
    "cancellation_sync": True,
}
OTHERWISE: dict[Setting, object] = {
    "checked_calendars": frozenset({HOME.calendar}),
    "write_calendar": HOME.calendar,
    "busy_statuses": (),
    "cancellation_sync": False,
}


def _sent(**settings: object) -> SentSettings:
    return SentSettings(**settings)  # type: ignore[arg-type]


def test_nothing_sent_is_the_very_same_user() -> None:
    for user in (USER, CHOSEN):
        assert choose(user, SentSettings(), SEEN, NOW) is user
        assert chosen_anew(user, SentSettings()) is None


def test_a_choice_keeps_what_was_left_out_of_it_and_when_it_was_made() -> None:
    checked = frozenset({HOME.calendar})

    changed = choose(USER, _sent(checked_calendars=checked), SEEN, NOW)
    again = choose(changed, _sent(checked_calendars=checked), (), NOW + timedelta(days=1))
    both = choose(changed, _sent(write_calendar=HOME.calendar), SEEN, NOW + timedelta(days=1))

    assert changed.settings.calendars == CalendarWish(MATCH.mailbox, NOW, (HOME.calendar,), (WORK.calendar,), None)
    assert again is changed
    assert both.settings.calendars == replace(
        WISH, chosen_at=NOW + timedelta(days=1), checked=(HOME.calendar,), left_out=(WORK.calendar,)
    )


def test_a_write_calendar_alone_says_nothing_of_what_is_checked() -> None:
    changed = choose(USER, _sent(write_calendar=HOME.calendar), SEEN, NOW)

    assert changed.settings.calendars == CalendarWish(MATCH.mailbox, NOW, written=HOME.calendar)


def test_checking_none_is_a_choice_and_taking_it_back_is_none() -> None:
    none = choose(USER, _sent(checked_calendars=frozenset()), SEEN, NOW)
    back = choose(none, _sent(checked_calendars=None), (), NOW)

    assert none.settings.calendars == CalendarWish(MATCH.mailbox, NOW, (), (HOME.calendar, WORK.calendar))
    assert back.settings.calendars == CalendarWish(MATCH.mailbox, NOW + timedelta(microseconds=1))
    assert show(Policy(), back, [LINK]) == show(Policy(), USER, [LINK])


def test_two_choices_of_the_same_instant_are_told_apart() -> None:
    first = choose(USER, _sent(checked_calendars=frozenset({HOME.calendar})), SEEN, NOW)
    second = choose(first, _sent(checked_calendars=frozenset({WORK.calendar})), SEEN, NOW)
    earlier = choose(second, _sent(checked_calendars=None), (), EARLIER)

    instants = [user.settings.calendars.chosen_at for user in (first, second, earlier) if user.settings.calendars]
    assert instants == [NOW, NOW + timedelta(microseconds=1), NOW + timedelta(microseconds=2)]


def test_taking_one_of_two_choices_back_leaves_the_other() -> None:
    changed = choose(CHOSEN, _sent(write_calendar=None, busy_statuses=None), (), NOW)

    assert changed.settings == UserSettings(
        None, cancellation_sync=False, calendars=replace(WISH, chosen_at=NOW, written=None)
    )


def test_whoever_has_no_mailbox_at_present_can_take_their_choice_back() -> None:
    away = replace(CHOSEN, match=None)

    assert chosen_anew(away, _sent(checked_calendars=frozenset({HOME.calendar}))) is None  # it is what they chose
    changed = choose(away, _sent(checked_calendars=None, write_calendar=None), (), NOW)
    assert changed.settings.calendars == CalendarWish(MATCH.mailbox, NOW)


def test_a_choice_in_a_new_mailbox_takes_the_place_of_the_one_in_the_old() -> None:
    moved = replace(CHOSEN, match=replace(MATCH, user_id=ObjectId("another")))
    assert moved.match is not None

    changed = choose(
        moved, _sent(checked_calendars=frozenset({HOME.calendar})), [SeenMailbox(moved.match.mailbox, OWN)], NOW
    )

    assert changed.settings.calendars == CalendarWish(moved.match.mailbox, NOW, (HOME.calendar,), (WORK.calendar,))


@pytest.mark.parametrize(
    ("sent", "named"),
    [
        (SentSettings(), None),
        (_sent(checked_calendars=None, write_calendar=None), None),
        (_sent(checked_calendars=frozenset({HOME.calendar}), write_calendar=HOME.calendar), None),
        (_sent(checked_calendars=frozenset()), set()),
        (_sent(checked_calendars=frozenset({WORK.calendar, HOME.calendar})), {"work", "home"}),
        (_sent(checked_calendars=frozenset({HOME.calendar}), write_calendar=WORK.calendar), {"work"}),
        (_sent(checked_calendars=frozenset({WORK.calendar}), write_calendar=HOME.calendar), {"work"}),
    ],
)
def test_microsoft_is_asked_only_about_calendars_that_are_chosen_anew(
    sent: SentSettings, named: set[str] | None
) -> None:
    assert chosen_anew(CHOSEN, sent) == named


# --- locks ---


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_locked_setting_can_be_sent_as_it_holds_or_taken_back_and_nothing_else(setting: Setting) -> None:
    shown = show(LOCKED, CHOSEN, [LINK])

    assert find_locked(_sent(**{setting: OTHERWISE[setting]}), shown) == setting
    assert find_locked(_sent(**{setting: AS_IT_HOLDS[setting]}), shown) is None
    assert find_locked(_sent(**{setting: None}), shown) is None
    assert find_locked(_sent(**{setting: OTHERWISE[setting]}), show(Policy(), CHOSEN, [LINK])) is None


def test_what_is_sent_as_it_holds_under_a_lock_leaves_the_choice_behind_it() -> None:
    shown = show(LOCKED, CHOSEN, [LINK])
    sent = _sent(**AS_IT_HOLDS)

    free = without_locked(sent, shown)

    assert free == SentSettings()
    assert choose(CHOSEN, free, (), NOW) is CHOSEN


def test_a_choice_can_be_taken_back_under_a_lock() -> None:
    sent = _sent(**dict.fromkeys(SETTINGS))

    free = without_locked(sent, show(LOCKED, CHOSEN, [LINK]))

    assert choose(CHOSEN, free, (), NOW).settings == UserSettings(calendars=CalendarWish(MATCH.mailbox, NOW))


# --- shown ---


def test_what_holds_is_shown_with_who_chose_it_and_what_is_locked() -> None:
    nothing, chosen, locked = show(Policy(), USER, [LINK]), show(Policy(), CHOSEN, [LINK]), show(LOCKED, CHOSEN, [LINK])

    assert (nothing.chosen, nothing.locked, nothing.checked_calendars) == ((), (), frozenset({WORK.calendar}))
    assert {setting: getattr(chosen, setting) for setting in SETTINGS} == {
        **OTHERWISE,
        "busy_statuses": (ShowAs.TENTATIVE,),
    }
    assert {setting: getattr(locked, setting) for setting in SETTINGS} == AS_IT_HOLDS
    assert (chosen.chosen, chosen.locked) == (SETTINGS, ())
    assert (locked.chosen, locked.locked) == (SETTINGS, SETTINGS)


@pytest.mark.parametrize("links", [[], [replace(LINK, calendars=())]])
def test_of_calendars_that_are_not_known_nothing_is_shown(links: list[Link]) -> None:
    shown = show(Policy(), USER, links)

    assert (shown.checked_calendars, shown.write_calendar) == (None, None)


def test_what_is_not_sent_is_told_from_what_is_taken_back() -> None:
    assert SentSettings().cancellation_sync is STAY
    assert choose(CHOSEN, _sent(cancellation_sync=None), (), NOW).settings.cancellation_sync is None
