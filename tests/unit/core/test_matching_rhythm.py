from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.backoff import wait_before
from shared_code.core.connection import ConnectionState, HeldSweep
from shared_code.core.explain import explain
from shared_code.core.ids import ConnectionId
from shared_code.core.product_user import UserState
from shared_code.core.reasons import EXPLANATIONS, Reason
from shared_code.core.sweep import Sweep
from shared_code.core.sweep_rhythm import FULL_EVERY, Move, full_sweep_every, next_move
from tests.unit.core.match_values import CONNECTION, NOW, ORGANIZATION, connection, match, oid, product_user

IDLE = Sweep(
    ORGANIZATION, CONNECTION, "s1", "idle", started_at=NOW, delta_link="link", finished_at=NOW - timedelta(days=6)
)
COLLECTING = replace(IDLE, phase="collecting", quiet_until=NOW + timedelta(minutes=1))
HELD = replace(connection(), held=HeldSweep(NOW, 9, 9))


@pytest.mark.parametrize(
    ("state", "sweep", "move"),
    [
        (ConnectionState.ACTIVE, IDLE, Move.READ_CHANGES),
        (ConnectionState.ACTIVE, None, Move.BEGIN),
        (ConnectionState.ACTIVE, replace(IDLE, finished_at=NOW - timedelta(days=7)), Move.BEGIN),
        (ConnectionState.ACTIVE, replace(IDLE, quiet_until=NOW + timedelta(minutes=1)), Move.NOTHING),
        (ConnectionState.ACTIVE, COLLECTING, Move.NOTHING),
        (ConnectionState.ACTIVE, replace(COLLECTING, quiet_until=NOW - timedelta(minutes=1)), Move.GO_ON),
        (ConnectionState.REVIEW, IDLE, Move.NOTHING),
        (ConnectionState.REVIEW, None, Move.BEGIN),
        (ConnectionState.VERIFYING, None, Move.BEGIN),
        (ConnectionState.VERIFYING, COLLECTING, Move.NOTHING),
        (ConnectionState.ATTENTION, IDLE, Move.NOTHING),
        (ConnectionState.PENDING, None, Move.NOTHING),
    ],
)
def test_what_a_directory_needs_next(state: ConnectionState, sweep: Sweep | None, move: Move) -> None:
    assert next_move(connection(state=state), sweep, NOW) is move


def test_connections_that_swept_together_sweep_again_within_a_week_and_spread_over_a_day() -> None:
    waits = [full_sweep_every(connection(ConnectionId(f"c{number}"))) for number in range(2400)]

    hours = Counter((FULL_EVERY - wait) // timedelta(hours=1) for wait in waits)
    assert timedelta(days=6) <= min(waits)
    assert max(waits) < FULL_EVERY
    assert set(hours) == set(range(24))
    assert max(hours.values()) < 2 * 100


def test_a_full_sweep_begins_when_the_connections_own_week_is_over_and_not_before() -> None:
    over = replace(IDLE, finished_at=NOW - full_sweep_every(connection()))
    not_over = replace(IDLE, finished_at=NOW - full_sweep_every(connection()) + timedelta(seconds=1))

    assert next_move(connection(), over, NOW) is Move.BEGIN
    assert next_move(connection(), not_over, NOW) is Move.READ_CHANGES


def test_nothing_begins_before_the_grant_is_seen() -> None:
    waiting = replace(connection(state=ConnectionState.VERIFYING), calendars_granted=False)

    assert next_move(waiting, None, NOW) is Move.NOTHING


def test_a_confirmed_hold_becomes_a_full_sweep_even_if_its_message_was_lost() -> None:
    assert next_move(HELD, IDLE, NOW) is Move.READ_CHANGES
    assert next_move(replace(HELD, sweep_confirmed_at=NOW), IDLE, NOW) is Move.BEGIN


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 30), (2, 60), (6, 960), (7, 1800), (1000, 1800)])
def test_waits_double_up_to_half_an_hour(attempt: int, seconds: int) -> None:
    assert wait_before(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_an_explanation(reason: Reason) -> None:
    assert EXPLANATIONS[reason]


def test_a_match_is_explained_by_its_rule_and_a_masked_address() -> None:
    found = explain(product_user(match=match(1), state=UserState.CONNECTED))

    assert (found.rule, found.address, found.user_id) == ("mail", "a***@contoso.com", oid(1))
    assert found.text == "Connected: the directory user was matched by mail."


def test_an_unproven_domain_is_named() -> None:
    user = replace(
        product_user(state=UserState.DOMAIN_UNPROVEN, reason=Reason.DOMAIN_UNPROVEN), unproven_domain="contoso.com"
    )

    assert explain(user).domain == "contoso.com"
