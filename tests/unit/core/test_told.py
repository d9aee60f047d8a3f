"""Which steps the product is told of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.connection import ActivationLink, Connection, ConnectionState, HeldSweep
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.product_event import EventType, ProductEvent
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.told import ATTENTION, told_of_busy_times, told_of_connection, told_of_user

NOW = datetime(2026, 3, 2, 9, 0, 7, tzinfo=UTC)
ACME, ANN = OrganizationId("acme"), ProductUserId("ann")
TENANT = TenantId("2f1f2a0c-6a5c-4f0e-9d4b-1f3c7c1f0a01")
MATCH = Match(ConnectionId("c-1"), TENANT, UserId("u"), MatchRule.MAIL, "ann@contoso.com", NOW)
State = ConnectionState


def connection(state: ConnectionState) -> Connection:
    link = ActivationLink(1, NOW, NOW + timedelta(days=7), ProductUserId("olga"))
    return Connection(ConnectionId("c-1"), ACME, state, NOW, link, tenant=TENANT)


def user(state: UserState, match: Match | None = MATCH) -> ProductUser:
    return ProductUser(ACME, ANN, (), state, NOW, match=match, reason="a_reason")


def types(events: tuple[ProductEvent, ...]) -> list[EventType]:
    return [event.type for event in events]


@pytest.mark.parametrize("before", [State.VERIFYING, State.REVIEW, State.ATTENTION])
def test_a_connection_that_serves_is_told_of_as_activated(before: ConnectionState) -> None:
    (event,) = told_of_connection(connection(before), connection(State.ACTIVE), NOW)

    assert (event.type, event.at) == (EventType.CONNECTION_ACTIVATED, NOW)
    assert event.data == {"connection": "c-1"}


@pytest.mark.parametrize("before", [State.VERIFYING, State.REVIEW, State.ACTIVE])
def test_a_connection_that_needs_somebody_says_why(before: ConnectionState) -> None:
    after = replace(connection(State.ATTENTION), reason="consent_missing")

    (event,) = told_of_connection(connection(before), after, NOW)

    assert event.type is EventType.CONNECTION_ATTENTION_NEEDED
    assert event.data["reason"] == "consent_missing"


def test_a_connection_is_disconnected_once_and_only_if_it_was_more_than_a_link() -> None:
    leaving = connection(State.DISCONNECTING)

    assert types(told_of_connection(connection(State.ACTIVE), leaving, NOW)) == [EventType.CONNECTION_DISCONNECTED]
    assert told_of_connection(leaving, connection(State.DISCONNECTED), NOW) == ()
    assert told_of_connection(connection(State.PENDING), leaving, NOW) == ()


def test_a_step_that_is_none_is_not_told_of() -> None:
    active = connection(State.ACTIVE)

    assert told_of_connection(active, replace(active, repaired=None, looked_at=NOW), NOW) == ()


def test_a_held_sweep_is_told_of_once_and_again_when_it_grows() -> None:
    active = connection(State.ACTIVE)
    held = replace(active, held=HeldSweep(NOW, 12, 40))
    grown = replace(active, held=HeldSweep(NOW + timedelta(hours=1), 20, 40))

    (first,) = told_of_connection(active, held, NOW)
    (second,) = told_of_connection(held, grown, NOW)

    assert (first.data["losing"], first.data["connected"]) == (12, 40)
    assert first.data["held_at"] == "2026-03-02T09:00:07Z"
    assert first.event != second.event
    assert told_of_connection(held, replace(held, sweep_confirmed_at=NOW), NOW) == ()


@pytest.mark.parametrize("state", UserState)
def test_whoever_is_connected_no_longer_is_told_of_whatever_became_of_them(state: UserState) -> None:
    events = told_of_user(user(UserState.CONNECTED), user(state, None))

    expected = [] if state is UserState.CONNECTED else [EventType.USER_DISCONNECTED]
    assert types(events) == expected + ([EventType.USER_ATTENTION_NEEDED] if state in ATTENTION else [])
    assert [event.data["connection"] for event in events[:1]] == ["c-1"][: len(events)]


@pytest.mark.parametrize("state", UserState)
def test_whoever_comes_to_be_connected_or_in_trouble_is_told_of(state: UserState) -> None:
    events = told_of_user(user(UserState.PENDING), user(state))

    expected = {UserState.CONNECTED: [EventType.USER_CONNECTED]} | {
        trouble: [EventType.USER_ATTENTION_NEEDED] for trouble in ATTENTION
    }
    assert types(events) == expected.get(state, [])


@pytest.mark.parametrize("state", UserState)
def test_who_stays_as_they_are_is_not_told_of(state: UserState) -> None:
    later = replace(user(state), changed_at=NOW + timedelta(days=1))

    assert told_of_user(user(state), later) == ()


def test_who_is_new_and_in_trouble_is_told_of() -> None:
    assert types(told_of_user(None, user(UserState.AMBIGUOUS))) == [EventType.USER_ATTENTION_NEEDED]
    assert told_of_user(None, user(UserState.NO_MATCH)) == ()


def test_the_same_step_on_another_day_is_another_event() -> None:
    before, after = user(UserState.PENDING), user(UserState.CONNECTED)
    (first,) = told_of_user(before, after)
    (again,) = told_of_user(before, after)
    (later,) = told_of_user(before, replace(after, changed_at=NOW + timedelta(days=1)))

    assert first == again
    assert first.event != later.event


def test_busy_times_that_change_within_half_a_minute_are_one_event_at_its_end() -> None:
    first = told_of_busy_times(ACME, ANN, NOW)
    second = told_of_busy_times(ACME, ANN, NOW + timedelta(seconds=17))
    later = told_of_busy_times(ACME, ANN, NOW + timedelta(seconds=18))

    assert first == second
    assert first.at == datetime(2026, 3, 2, 9, 0, 30, tzinfo=UTC)
    assert (later.at - first.at, later.event == first.event) == (timedelta(seconds=30), False)
