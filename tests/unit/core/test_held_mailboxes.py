"""Which mailboxes are somebody's, and which of them new meetings go to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.held_mailboxes import held_mailboxes, written_mailbox
from shared_code.core.ids import CalendarId, ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId
from shared_code.core.ids import UserId as ObjectId
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalState
from shared_code.core.policy import Policy, Rule, WrittenByDefault
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.settings import CalendarChoice, calendar_choice
from shared_code.core.user_settings import CalendarWish, UserSettings

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
MATCH = Match(ConnectionId("c"), TenantId("t"), ObjectId("anna"), MatchRule.MAIL, "anna@acme.example", NOW)
LOCKED = Policy(write_calendar=Rule(WrittenByDefault.DEFAULT, locked=True))


def _account(name: str, state: PersonalState = PersonalState.CONNECTED) -> PersonalAccount:
    return PersonalAccount(ConnectionId(name), CONSUMERS, ObjectId(name), f"{name}@outlook.com", state, NOW, NOW)


OLD, NEW = _account("old"), _account("new")
MANAGED = MATCH.mailbox
USER = ProductUser(
    OrganizationId("acme"), ProductUserId("anna"), (), UserState.CONNECTED, NOW, match=MATCH, personal=(OLD, NEW)
)


def _set_aside(account: PersonalAccount) -> PersonalAccount:
    return replace(account, state=PersonalState.SET_ASIDE)


def _wants(mailbox: MailboxKey, user: ProductUser = USER) -> ProductUser:
    return replace(user, settings=UserSettings(written_mailbox=mailbox))


def test_the_admin_managed_mailbox_goes_before_their_own() -> None:
    assert held_mailboxes(USER) == (MANAGED, OLD.mailbox, NEW.mailbox)


def test_a_mailbox_of_which_only_the_pin_is_kept_is_not_held() -> None:
    assert held_mailboxes(replace(USER, state=UserState.OPTED_OUT)) == (OLD.mailbox, NEW.mailbox)


def test_what_is_set_aside_is_not_held_and_what_needs_its_owner_is() -> None:
    lost = replace(NEW, state=PersonalState.NEEDS_RECONNECT)

    assert held_mailboxes(replace(USER, personal=(_set_aside(OLD), lost))) == (MANAGED, NEW.mailbox)


@pytest.mark.parametrize(
    ("user", "written"),
    [
        (USER, MANAGED),
        (replace(USER, match=None, state=UserState.PERSONAL), OLD.mailbox),
        (replace(USER, state=UserState.OPTED_OUT), OLD.mailbox),
        (replace(USER, state=UserState.NO_MAILBOX), OLD.mailbox),
        (replace(USER, state=UserState.EXCLUDED_BY_POLICY), OLD.mailbox),
        (replace(USER, state=UserState.PENDING), OLD.mailbox),
        (replace(USER, state=UserState.ERROR), OLD.mailbox),
        (replace(USER, state=UserState.PENDING, personal=()), MANAGED),
        (replace(USER, match=None, state=UserState.PERSONAL, personal=(_set_aside(OLD), NEW)), NEW.mailbox),
        (replace(USER, state=UserState.OPTED_OUT, personal=()), MANAGED),
        (replace(USER, match=None, state=UserState.NO_MATCH, personal=()), None),
    ],
)
def test_without_a_choice_meetings_go_to_the_admin_managed_mailbox_else_to_the_oldest_account(
    user: ProductUser, written: MailboxKey | None
) -> None:
    assert written_mailbox(Policy(), user) == written


def test_meetings_go_where_their_owner_wants_them_unless_that_is_locked() -> None:
    assert written_mailbox(Policy(), _wants(NEW.mailbox)) == NEW.mailbox
    assert written_mailbox(LOCKED, _wants(NEW.mailbox)) == MANAGED


def test_a_mailbox_that_is_set_aside_gets_no_meetings_whatever_was_chosen() -> None:
    assert written_mailbox(Policy(), _wants(NEW.mailbox, replace(USER, personal=(OLD, _set_aside(NEW))))) == MANAGED


def test_each_mailbox_has_choices_of_its_own_and_only_one_takes_meetings() -> None:
    home = CalendarWish(OLD.mailbox, NOW, checked=(CalendarId("home"),))
    work = CalendarWish(MANAGED, NOW + timedelta(hours=1), written=CalendarId("work"))
    user = replace(USER, settings=UserSettings(calendars=work, personal_calendars=(home,)))

    choices = [calendar_choice(Policy(), user, mailbox) for mailbox in held_mailboxes(user)]

    assert choices == [
        CalendarChoice(written=CalendarId("work"), chosen_at=work.chosen_at),
        CalendarChoice(checked=frozenset({CalendarId("home")}), chosen_at=NOW, takes_meetings=False),
        CalendarChoice(takes_meetings=False),
    ]
