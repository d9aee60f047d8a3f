"""What holds for whom, over all combinations of an organisation's rule and a person's choice."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from shared_code.core.calendar import ShowAs
from shared_code.core.ids import CalendarId, ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId
from shared_code.core.ids import UserId as ObjectId
from shared_code.core.policy import CheckedByDefault, Policy, Rule, WrittenByDefault
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.settings import CalendarChoice, EffectiveSettings, effective_settings, in_order, wish_of
from shared_code.core.user_settings import CalendarWish, UserSettings

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
TENANT, ANNA = TenantId("t"), ObjectId("anna")
MATCH = Match(ConnectionId("c"), TENANT, ANNA, MatchRule.MAIL, "anna@acme.example", NOW)
HOME, WORK = CalendarId("home"), CalendarId("work")
WISH = CalendarWish(MATCH.mailbox, NOW, checked=(HOME,), left_out=(WORK,), written=HOME)
OOF, AWAY = (ShowAs.OUT_OF_OFFICE,), (ShowAs.TENTATIVE, ShowAs.WORKING_ELSEWHERE)
USER = ProductUser(OrganizationId("acme"), ProductUserId("anna"), (), UserState.CONNECTED, NOW, match=MATCH)


def _with(settings: UserSettings) -> ProductUser:
    return replace(USER, settings=settings)


def test_out_of_the_box_only_busy_time_blocks_and_the_default_calendar_is_used() -> None:
    assert effective_settings(Policy(), USER) == EffectiveSettings(
        frozenset({ShowAs.BUSY, ShowAs.UNKNOWN}), cancellation_sync=True, calendars=CalendarChoice()
    )


@pytest.mark.parametrize(("default", "locked", "wish"), list(product([(), OOF], [False, True], [None, (), OOF, AWAY])))
def test_statuses_are_their_own_unless_they_chose_none_or_the_rule_is_locked(
    default: tuple[ShowAs, ...], locked: bool, wish: tuple[ShowAs, ...] | None
) -> None:
    policy = Policy(busy_statuses=Rule(default, locked))

    blocking = effective_settings(policy, _with(UserSettings(busy_statuses=wish))).busy_statuses

    chosen = default if locked or wish is None else wish
    assert blocking == {ShowAs.BUSY, ShowAs.UNKNOWN, *chosen}


@pytest.mark.parametrize(
    ("default", "locked", "wish"), list(product([False, True], [False, True], [None, False, True]))
)
def test_cancellation_sync_is_their_own_unless_they_chose_none_or_the_rule_is_locked(
    default: bool, locked: bool, wish: bool | None
) -> None:
    policy = Policy(cancellation_sync=Rule(default, locked))

    effective = effective_settings(policy, _with(UserSettings(cancellation_sync=wish)))

    assert effective.cancellation_sync is (default if locked or wish is None else wish)


@pytest.mark.parametrize("by_default", list(CheckedByDefault))
@pytest.mark.parametrize(
    ("locked", "wish", "checked"),
    [
        (False, None, None),
        (True, None, None),
        (False, WISH, {HOME}),
        (True, WISH, None),
        (False, replace(WISH, checked=()), set()),
        (False, replace(WISH, checked=None), None),
    ],
)
def test_checked_calendars_are_their_own_unless_they_chose_none_or_the_rule_is_locked(
    by_default: CheckedByDefault, locked: bool, wish: CalendarWish | None, checked: set[CalendarId] | None
) -> None:
    policy = Policy(checked_calendars=Rule(by_default, locked))

    choice = effective_settings(policy, _with(UserSettings(calendars=wish))).calendars

    assert (choice.by_default, choice.checked) == (by_default, checked)
    assert choice.written == (wish.written if wish else None)
    assert choice.chosen_at == (wish.chosen_at if wish else None)


@pytest.mark.parametrize(("locked", "written"), [(False, HOME), (True, None)])
def test_the_write_calendar_is_the_default_one_while_the_rule_is_locked(
    locked: bool, written: CalendarId | None
) -> None:
    policy = Policy(write_calendar=Rule(WrittenByDefault.DEFAULT, locked))

    choice = effective_settings(policy, _with(UserSettings(calendars=WISH))).calendars

    assert (choice.written, choice.checked) == (written, frozenset({HOME}))


def test_a_wish_outlives_the_lock_that_overrides_it() -> None:
    user = _with(UserSettings(OOF, cancellation_sync=False, calendars=WISH))
    locked = Policy(
        checked_calendars=Rule(CheckedByDefault.DEFAULT, locked=True),
        write_calendar=Rule(WrittenByDefault.DEFAULT, locked=True),
        busy_statuses=Rule((), locked=True),
        cancellation_sync=Rule(default=True, locked=True),
    )

    before, meanwhile, after = (effective_settings(policy, user) for policy in (Policy(), locked, Policy()))

    assert meanwhile == EffectiveSettings(calendars=CalendarChoice(chosen_at=NOW))
    assert before == after
    assert before.calendars.checked == frozenset({HOME})


@pytest.mark.parametrize(
    "match", [None, replace(MATCH, user_id=ObjectId("another")), replace(MATCH, tenant=TenantId("another"))]
)
def test_a_choice_of_calendars_means_nothing_in_another_mailbox(match: Match | None) -> None:
    user = replace(_with(UserSettings(OOF, calendars=WISH)), match=match)

    effective = effective_settings(Policy(), user)

    assert wish_of(user, MATCH.mailbox if match is None else match.mailbox) == (WISH if match is None else None)
    assert effective.calendars == CalendarChoice()
    assert ShowAs.OUT_OF_OFFICE in effective.busy_statuses


def test_a_choice_of_calendars_comes_back_with_the_mailbox_through_whatever_connection() -> None:
    match = replace(MATCH, connection=ConnectionId("another"))

    assert wish_of(replace(_with(UserSettings(calendars=WISH)), match=match), match.mailbox) == WISH
    assert WISH.mailbox == MailboxKey("organizations", TENANT, ANNA)


def test_statuses_are_kept_in_one_order_and_those_that_nobody_chooses_are_not_kept() -> None:
    sent = [ShowAs.WORKING_ELSEWHERE, ShowAs.BUSY, ShowAs.TENTATIVE, ShowAs.TENTATIVE, ShowAs.UNKNOWN, ShowAs.FREE]

    assert in_order(sent) == (ShowAs.TENTATIVE, ShowAs.WORKING_ELSEWHERE)
