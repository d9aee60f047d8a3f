"""A link's life, and that of the connection it leads to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.activation_link import (
    LinkFault,
    expire,
    is_open,
    link_fault,
    new_connection,
    opened,
    reissue,
    revoke,
)
from shared_code.core.connection import LEGAL_STEPS, Connection, ConnectionState, IllegalStep, check_step
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)
OLGA, OTTO = ProductUserId("olga"), ProductUserId("otto")


def fresh() -> Connection:
    return new_connection(ConnectionId("c1"), OrganizationId("acme"), OLGA, NOW, WEEK)


def test_a_new_link_is_open_until_the_instant_it_expires() -> None:
    assert is_open(fresh(), NOW + WEEK - timedelta(microseconds=1))
    assert link_fault(fresh(), 1, NOW + WEEK) is LinkFault.EXPIRED


def test_an_issued_again_link_replaces_the_one_before_it() -> None:
    again = reissue(fresh(), OTTO, None, NOW, WEEK)

    assert link_fault(again, 1, NOW) is LinkFault.REPLACED
    assert link_fault(again, 2, NOW) is None
    assert again.link.issued_by == OTTO


def test_a_revoked_link_can_be_issued_again() -> None:
    revoked = revoke(fresh())

    assert link_fault(revoked, 1, NOW) is LinkFault.REVOKED
    assert is_open(reissue(revoked, OLGA, None, NOW, WEEK), NOW)


def test_an_expired_connection_comes_back_with_a_new_link() -> None:
    expired = expire(fresh())

    again = reissue(expired, OLGA, None, NOW + WEEK, WEEK)

    assert expired.state is ConnectionState.EXPIRED
    assert again.state is ConnectionState.PENDING


def test_opening_changes_nothing_but_the_instant() -> None:
    seen = opened(fresh(), NOW)

    assert replace(seen, link=replace(seen.link, last_opened_at=None)) == fresh()


@pytest.mark.parametrize(
    "state", [ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ACTIVE, ConnectionState.DISCONNECTING]
)
def test_no_link_is_issued_while_a_consent_is_complete_or_under_way(state: ConnectionState) -> None:
    with pytest.raises(IllegalStep):
        reissue(replace(fresh(), state=state), OLGA, None, NOW, WEEK)


def test_a_connection_that_needs_attention_keeps_its_state_while_it_waits_for_a_new_consent() -> None:
    troubled = replace(fresh(), state=ConnectionState.ATTENTION, reason="consent_missing")

    again = reissue(troubled, OLGA, None, NOW, WEEK)

    assert (again.state, again.reason) == (ConnectionState.ATTENTION, "consent_missing")
    assert is_open(again, NOW)


@pytest.mark.parametrize("state", [ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ACTIVE])
def test_a_link_that_was_used_says_so_rather_than_that_it_is_old(state: ConnectionState) -> None:
    assert link_fault(replace(fresh(), state=state), 1, NOW + 2 * WEEK) is LinkFault.USED


@given(st.sampled_from(ConnectionState), st.sampled_from(ConnectionState))
def test_a_step_is_taken_only_where_the_table_leads(now_in: ConnectionState, to: ConnectionState) -> None:
    if to == now_in or to in LEGAL_STEPS[now_in]:
        check_step(now_in, to)
    else:
        with pytest.raises(IllegalStep):
            check_step(now_in, to)


def test_every_state_has_its_steps_and_disconnecting_is_always_near() -> None:
    assert set(LEGAL_STEPS) == set(ConnectionState)
    for state in set(ConnectionState) - {ConnectionState.DISCONNECTING}:
        assert ConnectionState.DISCONNECTING in LEGAL_STEPS[state]


def test_nothing_becomes_active_without_having_been_verified() -> None:
    before_active = {state for state, steps in LEGAL_STEPS.items() if ConnectionState.ACTIVE in steps}

    assert before_active == {ConnectionState.VERIFYING, ConnectionState.REVIEW, ConnectionState.ATTENTION}
