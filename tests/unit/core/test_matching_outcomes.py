from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.match_outcomes import (
    Ground,
    after_first_match,
    connects_mailbox,
    ground_of,
    has_calendar_to_lose,
    is_asked_again,
    loses,
    releases_mailbox,
    settle,
)
from shared_code.core.matching import Found, NotFound
from shared_code.core.policy import Activation, Policy
from shared_code.core.product_user import MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from tests.unit.core.match_values import (
    CONNECTION,
    EARLIER,
    NOW,
    OTHER,
    OTHER_TENANT,
    TENANT,
    connection,
    match,
    oid,
    product_user,
)

ANN = "ann@contoso.com"
BY_MAIL = Found(oid(1), MatchRule.MAIL, ANN)
BY_ALIAS = Found(oid(1), MatchRule.PROXY_ADDRESS, ANN)
NOBODY = NotFound(UserState.NO_MATCH, Reason.NO_DIRECTORY_USER)
GONE = NotFound(UserState.NO_MATCH, Reason.OBJECT_GONE)
DISABLED = NotFound(UserState.DISABLED, Reason.ACCOUNT_DISABLED)
UNPROVEN = NotFound(UserState.DOMAIN_UNPROVEN, Reason.DOMAIN_UNPROVEN, unproven_domain="contoso.com")


def ground(*beside: Connection, pending: Reason = Reason.AWAITING_FIRST_READ, policy: Policy | None = None) -> Ground:
    return ground_of(connection(), TENANT, beside, pending, policy or Policy())


def connected(**changes: object) -> ProductUser:
    return replace(product_user(match=match(1), state=UserState.CONNECTED), connected_at=EARLIER, **changes)  # type: ignore[arg-type]  # field names checked by replace


def test_who_is_found_waits_for_the_first_read_and_is_to_be_connected() -> None:
    user = product_user()

    changed = settle(user, BY_MAIL, ground(), NOW)

    assert (changed.state, changed.reason) == (UserState.PENDING, Reason.AWAITING_FIRST_READ)
    assert changed.match == replace(match(1), matched_at=NOW)
    assert changed.changed_at == NOW
    assert connects_mailbox(user, changed)


def test_who_is_found_before_the_review_is_not_connected_until_it_is_over() -> None:
    user = product_user()

    reviewed = settle(user, BY_MAIL, ground(pending=Reason.AWAITING_REVIEW), NOW)
    confirmed = settle(reviewed, BY_MAIL, ground(), NOW)

    assert reviewed.reason == Reason.AWAITING_REVIEW
    assert not connects_mailbox(user, reviewed)
    assert connects_mailbox(reviewed, confirmed)


@pytest.mark.parametrize(
    "state",
    [UserState.CONNECTED, UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY, UserState.ERROR],
)
def test_the_same_match_again_changes_nothing(state: UserState) -> None:
    user = product_user(match=match(1), state=state, reason="whatever")

    assert settle(user, BY_MAIL, ground(), NOW) is user


@pytest.mark.parametrize("verdict", [BY_MAIL, NOBODY, DISABLED, UNPROVEN])
def test_settling_twice_changes_nothing_more(verdict: Found | NotFound) -> None:
    once = settle(product_user(), verdict, ground(), NOW)

    assert settle(once, verdict, ground(), NOW + timedelta(hours=1)) is once


def test_who_opted_out_stays_so_and_who_has_a_calendar_is_personal() -> None:
    opted_out = product_user(state=UserState.OPTED_OUT, has_calendar=True)
    personal = settle(product_user(has_calendar=True), BY_MAIL, ground(), NOW)

    assert settle(opted_out, BY_MAIL, ground(), NOW) is opted_out
    assert (personal.state, personal.match) == (UserState.PERSONAL, None)


def test_who_is_gone_loses_the_calendar_and_is_not_matched_again_by_a_sweep() -> None:
    user = connected()

    changed = settle(user, GONE, ground(), NOW)

    assert (changed.state, changed.match, changed.connected_at) == (UserState.NO_MATCH, None, None)
    assert loses(user, changed)
    assert releases_mailbox(user, changed)
    assert settle(changed, BY_MAIL, ground(), NOW) is changed


@pytest.mark.parametrize(("connected_at", "counts"), [(EARLIER, True), (None, False)])
def test_a_mailbox_that_went_with_its_person_is_still_a_calendar_lost(
    connected_at: datetime | None, counts: bool
) -> None:
    user = replace(connected(), state=UserState.NO_MAILBOX, connected_at=connected_at)

    changed = settle(user, GONE, ground(), NOW)

    assert loses(user, changed) is counts
    assert has_calendar_to_lose(user) is counts


def test_a_disabled_account_stops_at_once_keeps_its_pin_and_is_no_loss() -> None:
    user = connected()

    changed = settle(user, DISABLED, ground(), NOW)
    again = settle(changed, BY_MAIL, ground(), NOW)

    assert (changed.state, changed.match) == (UserState.DISABLED, user.match)
    assert not loses(user, changed)
    assert releases_mailbox(user, changed)
    assert connects_mailbox(changed, again)
    assert not releases_mailbox(changed, again)


def test_a_user_who_turns_out_to_be_another_directory_user_is_released_and_connected() -> None:
    user = connected()

    changed = settle(user, Found(oid(2), MatchRule.MAIL, ANN), ground(), NOW)

    assert releases_mailbox(user, changed)
    assert connects_mailbox(user, changed)
    assert not loses(user, changed)


OLDER = connection(OTHER, OTHER_TENANT, created_at=EARLIER - timedelta(days=1))
YOUNGER = connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1))


@pytest.mark.parametrize(
    ("theirs", "beside", "verdict", "ours_wins"),
    [
        (MatchRule.MAIL, OLDER, BY_MAIL, False),
        (MatchRule.MAIL, YOUNGER, BY_MAIL, True),
        (MatchRule.PROXY_ADDRESS, OLDER, BY_MAIL, True),
        (MatchRule.MAIL, YOUNGER, BY_ALIAS, False),
        (MatchRule.MAIL, YOUNGER, NOBODY, False),
        (MatchRule.MAIL, YOUNGER, DISABLED, False),
        (MatchRule.MAIL, replace(OLDER, state=ConnectionState.ATTENTION), BY_MAIL, False),
        (MatchRule.MAIL, replace(OLDER, state=ConnectionState.DISCONNECTED), BY_MAIL, True),
    ],
)
def test_across_tenants_the_better_rule_wins_then_the_older_connection(
    theirs: MatchRule, beside: Connection, verdict: Found | NotFound, ours_wins: bool
) -> None:
    user = replace(connected(), match=match(9, rule=theirs, connection=OTHER, tenant=OTHER_TENANT))

    changed = settle(user, verdict, ground(beside), NOW)

    assert (changed is not user) is ours_wins


def test_a_disabled_match_of_another_tenant_gives_way() -> None:
    user = product_user(match=match(9, connection=OTHER, tenant=OTHER_TENANT), state=UserState.DISABLED)

    changed = settle(user, BY_ALIAS, ground(OLDER), NOW)

    assert changed.match is not None
    assert changed.match.connection == CONNECTION


def test_of_two_connections_that_find_nobody_the_more_telling_gives_the_reason() -> None:
    unproven_there = replace(settle(product_user(), UNPROVEN, ground(), NOW), judged_by=OTHER)
    nobody_there = replace(settle(product_user(), NOBODY, ground(), NOW), judged_by=OTHER)

    assert settle(unproven_there, NOBODY, ground(OLDER), NOW) is unproven_there
    assert settle(nobody_there, UNPROVEN, ground(OLDER), NOW).reason == Reason.DOMAIN_UNPROVEN
    assert settle(unproven_there, NOBODY, ground(), NOW).reason == Reason.NO_DIRECTORY_USER


@pytest.mark.parametrize(
    ("changes", "policy", "proven", "state"),
    [
        ({}, Activation.AUTOMATIC, ("contoso.com",), ConnectionState.ACTIVE),
        ({}, Activation.REVIEW, ("contoso.com",), ConnectionState.REVIEW),
        ({}, Activation.AUTOMATIC, (), ConnectionState.REVIEW),
        ({"reviewed": True}, Activation.REVIEW, (), ConnectionState.ACTIVE),
        ({"calendars_granted": False}, Activation.AUTOMATIC, ("contoso.com",), ConnectionState.VERIFYING),
        (
            {"calendars_granted": False, "scoped_by_exchange": True},
            Activation.AUTOMATIC,
            ("contoso.com",),
            ConnectionState.ACTIVE,
        ),
        ({"state": ConnectionState.REVIEW}, Activation.AUTOMATIC, ("contoso.com",), ConnectionState.REVIEW),
    ],
)
def test_where_the_first_match_leads(
    changes: dict[str, object], policy: Activation, proven: tuple[str, ...], state: ConnectionState
) -> None:
    verifying = replace(connection(state=ConnectionState.VERIFYING), **changes)  # type: ignore[arg-type]  # fields of the table above

    assert after_first_match(verifying, Policy(policy), {"contoso.com"}, proven) is state


@pytest.mark.parametrize(
    ("state", "reason", "after", "asked"),
    [
        (UserState.PENDING, Reason.AWAITING_FIRST_READ, timedelta(minutes=59), False),
        (UserState.PENDING, Reason.AWAITING_FIRST_READ, timedelta(hours=1), True),
        (UserState.PENDING, Reason.AWAITING_REVIEW, timedelta(days=9), False),
        (UserState.EXCLUDED_BY_POLICY, Reason.ACCESS_POLICY, timedelta(hours=23), False),
        (UserState.NO_MAILBOX, Reason.MAILBOX_MISSING, timedelta(days=1), True),
        (UserState.CONNECTED, None, timedelta(days=9), False),
    ],
)
def test_who_is_out_of_reach_for_long_is_asked_for_again(
    state: UserState, reason: str | None, after: timedelta, asked: bool
) -> None:
    user = product_user(match=match(1), state=state, reason=reason)

    assert is_asked_again(user, CONNECTION, EARLIER + after) is asked


# --- an organisation that manages no calendars for its people ---

OFF = ground(policy=Policy(admin_managed=False))
NOT_ADMITTED = (UserState.NO_MATCH, Reason.NOT_ADMIN_MANAGED, None)


def test_nobody_is_matched_anew_while_the_policy_says_so_and_is_as_soon_as_it_does_not() -> None:
    user = product_user()

    kept_out = settle(user, BY_MAIL, OFF, NOW)
    admitted = settle(kept_out, BY_MAIL, ground(), NOW)

    assert (kept_out.state, kept_out.reason, kept_out.match) == NOT_ADMITTED
    assert settle(kept_out, BY_MAIL, OFF, NOW + timedelta(days=1)) is kept_out
    assert not connects_mailbox(user, kept_out)
    assert connects_mailbox(kept_out, admitted)


@pytest.mark.parametrize("state", [UserState.CONNECTED, UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY])
def test_whoever_was_matched_before_stays_as_they_are(state: UserState) -> None:
    user = replace(connected(), state=state)

    assert settle(user, BY_MAIL, OFF, NOW) is user


def test_whoever_was_matched_before_comes_back_by_their_pin() -> None:
    away = settle(connected(), DISABLED, OFF, NOW)

    back = settle(away, BY_MAIL, OFF, NOW)

    assert (away.state, back.state) == (UserState.DISABLED, UserState.PENDING)
    assert connects_mailbox(away, back)


def test_whoever_goes_is_lost_whether_or_not_anybody_may_come() -> None:
    gone = settle(connected(), GONE, OFF, NOW)

    assert (gone.state, gone.reason, gone.match) == (UserState.NO_MATCH, Reason.OBJECT_GONE, None)


def test_nobody_moves_from_one_living_connection_to_another() -> None:
    other = connection(OTHER, OTHER_TENANT)
    elsewhere = product_user(
        match=match(7, connection=OTHER, tenant=OTHER_TENANT, rule=MatchRule.PROXY_ADDRESS), state=UserState.CONNECTED
    )
    beside = ground(other, policy=Policy(admin_managed=False))

    assert settle(elsewhere, BY_MAIL, beside, NOW) is elsewhere


def test_that_nobody_is_admitted_tells_more_than_that_another_tenant_knows_nobody() -> None:
    other = connection(OTHER, OTHER_TENANT)
    kept_out = settle(product_user(), BY_MAIL, OFF, NOW)

    unknown = settle(
        kept_out, NOBODY, ground_of(other, OTHER_TENANT, [connection()], Reason.AWAITING_FIRST_READ, Policy()), NOW
    )

    assert unknown is kept_out
