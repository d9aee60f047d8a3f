from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.explain import explain
from shared_code.core.match_outcomes import ground_of, is_asked_again, is_looked_up_again, settle
from shared_code.core.matching import Found, NotFound, is_wanted
from shared_code.core.opting_out import come_back, may_disconnect, opt_out
from shared_code.core.policy import Policy
from shared_code.core.product_user import Address, MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster import SentUser, arrive_again
from shared_code.core.sync_rules import holds
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
LATER = NOW + timedelta(days=1)
CONNECTED = replace(product_user(match=match(1), state=UserState.CONNECTED), connected_at=EARLIER)
OUT = opt_out(CONNECTED, NOW)


def sent(*addresses: str, has_calendar: bool = False) -> SentUser:
    return SentUser(tuple(Address(one, verified=True) for one in addresses), "user", "Europe/Paris", has_calendar)


def test_whoever_opts_out_holds_no_mailbox_and_is_not_looked_for_but_keeps_the_pin() -> None:
    assert (OUT.state, OUT.reason, OUT.changed_at) == (UserState.OPTED_OUT, Reason.USER_DISCONNECTED, NOW)
    assert (OUT.match, OUT.connected_at) == (CONNECTED.match, None)
    assert not holds(OUT, match(1).mailbox)
    assert not is_wanted(OUT)


def test_opting_out_twice_changes_nothing_more() -> None:
    assert opt_out(OUT, LATER) is OUT


@pytest.mark.parametrize("state", [state for state in UserState if state is not UserState.OPTED_OUT])
def test_whatever_the_state_nothing_of_why_is_kept(state: UserState) -> None:
    known = replace(
        product_user(state=state), candidates=("a***@contoso.com",), unproven_domain="contoso.com", judged_by=CONNECTION
    )

    out = opt_out(known, NOW)

    assert out.state is UserState.OPTED_OUT
    assert (out.candidates, out.unproven_domain, out.judged_by) == ((), None, None)


@pytest.mark.parametrize(
    ("role", "allowed", "may"),
    [("user", True, True), ("user", False, False), ("admin", False, True), ("owner", False, True)],
)
def test_the_policy_binds_all_but_owners_and_admins(role: str, allowed: bool, may: bool) -> None:
    user = replace(CONNECTED, role=role)  # type: ignore[arg-type]  # one of the table above

    assert may_disconnect(user, Policy(allow_user_disconnect=allowed)) is may


def test_it_is_explained_since_when_although_the_product_sent_the_user_again() -> None:
    again = arrive_again(OUT, sent(ANN), LATER).user

    explained = explain(again)

    assert again.time_zone == "Europe/Paris"
    assert (explained.state, explained.since, explained.reason) == (
        UserState.OPTED_OUT,
        NOW,
        Reason.USER_DISCONNECTED,
    )


@pytest.mark.parametrize(
    ("now_sent", "keeps_pin"),
    [
        (sent(ANN), True),
        (sent("ann.new@contoso.com", ANN), True),
        (sent("ann.new@contoso.com"), False),
        (sent(), False),
        (sent(ANN, has_calendar=True), False),
    ],
)
def test_the_pin_goes_with_the_address_that_made_it_and_they_stay_out(now_sent: SentUser, keeps_pin: bool) -> None:
    arrival = arrive_again(OUT, now_sent, LATER)

    assert arrival.user.state is UserState.OPTED_OUT
    assert (arrival.user.match is not None) is keeps_pin
    assert arrival.released is not keeps_pin
    assert not arrival.look_up


def test_whoever_comes_back_with_a_pin_waits_for_a_look_up_that_follows_it() -> None:
    arrival = come_back(OUT, LATER)

    assert arrival.look_up
    assert (arrival.user.state, arrival.user.reason) == (UserState.PENDING, Reason.AWAITING_LOOK_UP)
    assert arrival.user.match == replace(match(1), matched_at=LATER)
    assert is_looked_up_again(arrival.user, LATER + timedelta(minutes=10))


def test_whoever_waits_for_the_look_up_is_not_connected_past_it() -> None:
    waiting = come_back(OUT, LATER).user

    assert not is_asked_again(waiting, CONNECTION, LATER + timedelta(days=1))


def test_a_user_sent_while_they_wait_for_the_look_up_keeps_the_pin() -> None:
    waiting = come_back(OUT, LATER).user

    assert arrive_again(waiting, sent(ANN), LATER).user.match == waiting.match


@pytest.mark.parametrize(
    ("verdict", "state", "keeps_pin"),
    [
        (Found(oid(1), MatchRule.MAIL, ANN), UserState.PENDING, True),
        (NotFound(UserState.DISABLED, Reason.ACCOUNT_DISABLED), UserState.DISABLED, True),
        (NotFound(UserState.NO_MATCH, Reason.OBJECT_GONE), UserState.NO_MATCH, False),
    ],
)
def test_the_look_up_decides_about_whoever_came_back_as_about_anybody(
    verdict: Found | NotFound, state: UserState, keeps_pin: bool
) -> None:
    waiting = come_back(OUT, LATER).user

    settled = settle(waiting, verdict, ground_of(connection(), TENANT, (), Reason.AWAITING_FIRST_READ, Policy()), LATER)

    assert settled.state is state
    assert (settled.match is not None) is keeps_pin


def test_another_tenant_that_finds_the_address_as_well_does_not_take_them_over() -> None:
    waiting = come_back(OUT, LATER).user
    beside = connection(OTHER, OTHER_TENANT, created_at=EARLIER + timedelta(days=1))

    elsewhere = ground_of(beside, OTHER_TENANT, (connection(),), Reason.AWAITING_FIRST_READ, Policy())

    assert settle(waiting, Found(oid(7), MatchRule.MAIL, ANN), elsewhere, LATER) is waiting


@pytest.mark.parametrize(
    ("known", "state", "reason", "look_up"),
    [
        (product_user(), UserState.NO_MATCH, Reason.AWAITING_LOOK_UP, True),
        (product_user(has_calendar=True), UserState.PERSONAL, Reason.HAS_OWN_CALENDAR, False),
        (replace(product_user(), addresses=()), UserState.NO_MATCH, Reason.NO_VERIFIED_ADDRESS, False),
    ],
)
def test_whoever_comes_back_without_a_pin_is_as_new(
    known: ProductUser, state: UserState, reason: Reason, look_up: bool
) -> None:
    arrival = come_back(opt_out(known, NOW), LATER)

    assert (arrival.user.state, arrival.user.reason, arrival.look_up) == (state, reason, look_up)
    assert arrival.user.changed_at == LATER


@pytest.mark.parametrize("state", [state for state in UserState if state is not UserState.OPTED_OUT])
def test_whoever_is_not_out_does_not_come_back(state: UserState) -> None:
    known = product_user(state=state, match=match(1))

    arrival = come_back(known, LATER)

    assert arrival.user is known
    assert not arrival.look_up
