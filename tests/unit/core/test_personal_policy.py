"""What a policy makes of people's own accounts, and of their match, in every combination; and back."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ConnectionId, TenantId
from shared_code.core.match_outcomes import Ground, ground_of, loses, settle
from shared_code.core.matching import Found, NotFound
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalReason, PersonalState
from shared_code.core.personal_policy import AccountRules, bar_to_accounts, concerns_everybody, may_begin, under
from shared_code.core.policy import PersonalConnections, Policy, Takeover
from shared_code.core.product_user import MatchRule, ProductUser, UserState
from shared_code.core.reasons import Reason
from tests.unit.core.match_values import (
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
FOUND = Found(oid(1), MatchRule.MAIL, ANN)
NOBODY = NotFound(UserState.NO_MATCH, Reason.NO_DIRECTORY_USER)
GONE = NotFound(UserState.NO_MATCH, Reason.OBJECT_GONE)
LATER = NOW + timedelta(hours=1)

Allowed, Rule = PersonalConnections, Takeover
POLICIES = [Policy(personal_connections=allowed, takeover=takeover) for allowed, takeover in product(Allowed, Rule)]
HELD = [state for state in PersonalState if state is not PersonalState.SET_ASIDE]


def account(state: PersonalState = PersonalState.CONNECTED, number: int = 1) -> PersonalAccount:
    reason = PersonalReason.ADMIN_MANAGED if state is PersonalState.SET_ASIDE else None
    name, tenant = ConnectionId(f"p{number}"), CONSUMERS if number == 1 else TenantId(TENANT)
    return PersonalAccount(name, tenant, oid(90 + number), "ann@outlook.com", state, EARLIER, EARLIER, reason)


def policy(allowed: PersonalConnections = Allowed.ALLOWED, takeover: Takeover = Rule.KEEP) -> Policy:
    return Policy(personal_connections=allowed, takeover=takeover)


def beside(rules: Policy, state: ConnectionState = ConnectionState.ACTIVE) -> AccountRules:
    """With the connection that everybody here is matched by."""
    return AccountRules(rules, (connection(state=state),))


def with_own(*accounts: PersonalAccount) -> ProductUser:
    user = product_user(state=UserState.PERSONAL, reason=str(Reason.HAS_OWN_ACCOUNT))
    return replace(user, personal=accounts or (account(),))


def connected(*accounts: PersonalAccount) -> ProductUser:
    user = product_user(match=match(1), state=UserState.CONNECTED)
    return replace(user, connected_at=EARLIER, personal=accounts or (account(),))


def ground(rules: Policy) -> Ground:
    return ground_of(connection(), TENANT, (), Reason.AWAITING_FIRST_READ, rules)


def states(user: ProductUser) -> list[PersonalState]:
    return [each.state for each in user.personal]


BARS: dict[tuple[PersonalConnections, Takeover], PersonalReason | None] = {
    (Allowed.ALLOWED, Rule.KEEP): None,
    (Allowed.ALLOWED, Rule.REPLACE): PersonalReason.ADMIN_MANAGED,
    (Allowed.ALLOWED, Rule.BOTH): None,
    (Allowed.WITHOUT_ADMIN_MANAGED, Rule.KEEP): PersonalReason.ADMIN_MANAGED,
    (Allowed.WITHOUT_ADMIN_MANAGED, Rule.REPLACE): PersonalReason.ADMIN_MANAGED,
    (Allowed.WITHOUT_ADMIN_MANAGED, Rule.BOTH): PersonalReason.ADMIN_MANAGED,
    (Allowed.OFF, Rule.KEEP): PersonalReason.NOT_ALLOWED,
    (Allowed.OFF, Rule.REPLACE): PersonalReason.NOT_ALLOWED,
    (Allowed.OFF, Rule.BOTH): PersonalReason.NOT_ALLOWED,
}


@pytest.mark.parametrize("rules", POLICIES, ids=str)
def test_beside_an_admin_managed_calendar_accounts_are_what_the_policy_lets_them_be(rules: Policy) -> None:
    bar = BARS[rules.personal_connections, rules.takeover]

    changed = under(beside(rules), connected(account(), account(PersonalState.NEEDS_RECONNECT, 2)), NOW)

    assert bar_to_accounts(beside(rules), changed) is bar
    assert may_begin(beside(rules), changed) is (bar is None)
    assert changed.state is UserState.CONNECTED
    if bar is None:
        assert states(changed) == [PersonalState.CONNECTED, PersonalState.NEEDS_RECONNECT]
    else:
        assert states(changed) == [PersonalState.SET_ASIDE] * 2
        assert {each.reason for each in changed.personal} == {bar}


@pytest.mark.parametrize("rules", POLICIES, ids=str)
def test_without_an_admin_managed_calendar_only_off_sets_accounts_aside(rules: Policy) -> None:
    is_off = rules.personal_connections is Allowed.OFF

    changed = under(beside(rules), with_own(), NOW)

    assert may_begin(beside(rules), changed) is not is_off
    assert states(changed) == [PersonalState.SET_ASIDE if is_off else PersonalState.CONNECTED]
    assert changed.state is (UserState.NO_MATCH if is_off else UserState.PERSONAL)
    assert changed.reason == (Reason.AWAITING_LOOK_UP if is_off else Reason.HAS_OWN_ACCOUNT)


@pytest.mark.parametrize("rules", POLICIES, ids=str)
@pytest.mark.parametrize("state", UserState)
@pytest.mark.parametrize("account_state", PersonalState)
def test_what_was_decided_once_is_not_decided_again(
    rules: Policy, state: UserState, account_state: PersonalState
) -> None:
    is_matched = state not in {UserState.PERSONAL, UserState.NO_MATCH, UserState.AMBIGUOUS}
    user = replace(
        product_user(state=state, match=match(1) if is_matched else None), personal=(account(account_state),)
    )

    once = under(beside(rules), user, NOW)

    assert under(beside(rules), once, LATER) is once


@pytest.mark.parametrize("rules", POLICIES, ids=str)
@pytest.mark.parametrize("state", HELD)
def test_once_nothing_stands_against_it_an_account_comes_back_to_be_read_anew(
    rules: Policy, state: PersonalState
) -> None:
    user = connected(account(state))
    aside = under(beside(rules), user, NOW)

    back = under(beside(policy()), aside, LATER)

    if aside is user:
        assert back is user
    else:
        (account_back,) = back.personal
        assert (account_back.state, account_back.reason) == (PersonalState.PENDING, None)
        assert (account_back.changed_at, account_back.connected_at) == (LATER, EARLIER)


@pytest.mark.parametrize("state", [UserState.NO_MAILBOX, UserState.EXCLUDED_BY_POLICY, UserState.PENDING])
def test_an_admin_managed_calendar_that_is_not_read_sets_nothing_aside(state: UserState) -> None:
    user = replace(connected(), state=state)

    assert under(beside(policy(takeover=Rule.REPLACE)), user, NOW) is user


@pytest.mark.parametrize("rules", POLICIES, ids=str)
@pytest.mark.parametrize("state", [each for each in ConnectionState if each is not ConnectionState.ACTIVE])
def test_a_connection_that_does_not_serve_manages_nobodys_calendar(rules: Policy, state: ConnectionState) -> None:
    is_off = rules.personal_connections is Allowed.OFF
    aside = under(beside(rules), connected(), NOW)

    back = under(beside(rules, state), aside, LATER)

    assert may_begin(beside(rules, state), aside) is not is_off
    assert (PersonalState.SET_ASIDE in states(back)) is is_off
    again = under(beside(rules), back, LATER)
    assert (PersonalState.SET_ASIDE in states(again)) is (PersonalState.SET_ASIDE in states(aside))


def test_a_connection_that_speaks_for_another_tenant_by_now_manages_nobodys_calendar() -> None:
    rules = AccountRules(policy(takeover=Rule.REPLACE), (connection(tenant=OTHER_TENANT), connection(OTHER)))

    assert may_begin(rules, connected())
    assert states(under(rules, connected(), NOW)) == [PersonalState.CONNECTED]


def test_the_very_mailbox_of_the_match_is_an_account_for_as_long_as_the_connection_does_not_serve() -> None:
    same = replace(account(), tenant=TENANT, user_id=oid(1))
    lost = beside(policy(), ConnectionState.ATTENTION)

    user = under(lost, connected(same), NOW)

    assert states(user) == [PersonalState.CONNECTED]
    assert states(under(beside(policy()), user, LATER)) == [PersonalState.SET_ASIDE]


def test_everybody_is_looked_at_once_a_connection_serves_no_longer_or_again() -> None:
    serving, lost = connection(), connection(state=ConnectionState.ATTENTION)
    first = connection(state=ConnectionState.REVIEW)

    assert concerns_everybody(serving, lost)
    assert concerns_everybody(replace(lost, recovered_at=NOW), serving)
    assert concerns_everybody(replace(lost, activated_at=EARLIER), serving)  # by a version that kept no more than that
    assert not concerns_everybody(first, serving)  # each user's first read tells of itself
    assert not concerns_everybody(first, lost)
    assert not concerns_everybody(serving, replace(serving, doubted_at=NOW))


@pytest.mark.parametrize("takeover", Takeover)
@pytest.mark.parametrize("state", HELD)
def test_only_keep_leaves_whoever_has_an_account_unmatched(takeover: Takeover, state: PersonalState) -> None:
    user = with_own(account(state))

    changed = settle(user, FOUND, ground(policy(takeover=takeover)), NOW)

    if takeover is Rule.KEEP:
        assert changed is user
    else:
        assert (changed.state, changed.match) == (UserState.PENDING, replace(match(1), matched_at=NOW))
        assert changed.personal == user.personal


@pytest.mark.parametrize("takeover", Takeover)
def test_an_account_set_aside_keeps_nobody_from_being_matched(takeover: Takeover) -> None:
    user = replace(product_user(), personal=(account(PersonalState.SET_ASIDE),))

    changed = settle(user, FOUND, ground(policy(Allowed.OFF, takeover)), NOW)

    assert changed.state is UserState.PENDING


@pytest.mark.parametrize("takeover", Takeover)
def test_who_was_matched_before_stays_whatever_they_connect(takeover: Takeover) -> None:
    user = connected()

    assert settle(user, FOUND, ground(policy(takeover=takeover)), NOW) is user


@pytest.mark.parametrize("verdict", [NOBODY, NotFound(UserState.AMBIGUOUS, Reason.SEVERAL_DIRECTORY_USERS, ("a", "b"))])
@pytest.mark.parametrize("takeover", Takeover)
def test_whom_no_directory_knows_is_personal_with_an_account_of_their_own(
    verdict: NotFound, takeover: Takeover
) -> None:
    user = replace(product_user(), personal=(account(),))

    once = settle(user, verdict, ground(policy(takeover=takeover)), NOW)

    assert (once.state, once.reason, once.candidates) == (UserState.PERSONAL, Reason.HAS_OWN_ACCOUNT, ())
    assert settle(once, verdict, ground(policy(takeover=takeover)), LATER) is once


def test_whose_directory_user_is_gone_is_personal_but_not_looked_for_and_counts_as_a_loss() -> None:
    user = connected()

    changed = settle(user, GONE, ground(policy()), NOW)

    assert (changed.state, changed.reason) == (UserState.PERSONAL, Reason.OBJECT_GONE)
    assert loses(user, changed)
    assert settle(changed, FOUND, ground(policy(takeover=Rule.BOTH)), LATER) is changed


def test_whoever_has_a_calendar_in_the_product_is_personal_for_that_and_keeps_their_accounts() -> None:
    user = replace(product_user(state=UserState.PERSONAL, has_calendar=True), personal=(account(),))

    assert under(beside(policy()), user, NOW) is user


def test_whoever_opted_out_stays_out_with_an_account_or_without() -> None:
    out = replace(product_user(state=UserState.OPTED_OUT), personal=(account(),))

    assert under(beside(policy()), out, NOW) is out
    assert under(beside(policy()), replace(out, personal=()), NOW).state is UserState.OPTED_OUT
    assert settle(out, FOUND, ground(policy(takeover=Rule.BOTH)), NOW) is out


def test_the_admin_managed_calendar_takes_over_and_the_account_comes_back_when_it_goes() -> None:
    rules = policy(takeover=Rule.REPLACE)
    found = settle(with_own(), FOUND, ground(rules), NOW)
    read = replace(found, state=UserState.CONNECTED, reason=None, connected_at=NOW)

    taken_over = under(beside(rules), read, NOW)
    left = replace(taken_over, state=UserState.NO_MATCH, match=None, connected_at=None)
    back = under(beside(rules), left, LATER)

    assert under(beside(rules), found, NOW) is found  # until it was read, nobody is without a calendar
    assert states(taken_over) == [PersonalState.SET_ASIDE]
    assert states(back) == [PersonalState.PENDING]
    assert (back.state, back.reason) == (UserState.PERSONAL, Reason.HAS_OWN_ACCOUNT)


def test_an_account_that_is_aside_for_another_reason_says_so_since_the_same_instant() -> None:
    aside = connected(account(PersonalState.SET_ASIDE))

    changed = under(beside(policy(Allowed.OFF)), aside, NOW)

    (account_then,) = changed.personal
    assert (account_then.reason, account_then.changed_at) == (PersonalReason.NOT_ALLOWED, EARLIER)
