"""What a card says of a connection."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId
from shared_code.core.overview import Card, Progress, card_of, has_sweep, in_order
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster_entry import Standing
from shared_code.core.sweep import Sweep
from tests.unit.core.match_values import CONNECTION, EARLIER, NOW, ORGANIZATION, OTHER, connection

ACTIVATED = replace(connection(), activated_at=NOW - timedelta(hours=1))
IDLE = Sweep(ORGANIZATION, CONNECTION, "s1", "idle", EARLIER, proven_domains=("contoso.com", "fabrikam.com"))
COUNTS: dict[Standing, int] = {
    (CONNECTION, UserState.CONNECTED, None): 7,
    (CONNECTION, UserState.PENDING, Reason.AWAITING_FIRST_READ): 3,
    (CONNECTION, UserState.AMBIGUOUS, Reason.SEVERAL_DIRECTORY_USERS): 1,
    (CONNECTION, UserState.DOMAIN_UNPROVEN, Reason.DOMAIN_UNPROVEN): 2,
    (CONNECTION, UserState.NO_MATCH, Reason.NO_DIRECTORY_USER): 4,
    (CONNECTION, UserState.DISABLED, Reason.ACCOUNT_DISABLED): 1,
    (OTHER, UserState.CONNECTED, None): 50,
    (None, UserState.PERSONAL, Reason.HAS_OWN_CALENDAR): 9,
}


def card(known: Connection = ACTIVATED, sweep: Sweep | None = IDLE) -> Card:
    return card_of(known, None, sweep, COUNTS, NOW)


def test_people_count_for_the_connection_on_whose_word_they_stand() -> None:
    found = card()

    assert (found.connected, found.waiting, found.attention, found.unmatched) == (7, 3, 3, 5)
    assert found.affected == 7


def test_a_proven_domain_stands_for_the_tenant() -> None:
    assert card().domain == "contoso.com"
    assert card(sweep=None).domain is None
    assert card(sweep=replace(IDLE, proven_domains=())).domain is None


def test_the_last_sweep_is_the_later_of_the_whole_directory_and_its_changes() -> None:
    both = replace(IDLE, finished_at=EARLIER, last_delta_at=NOW)

    assert card(sweep=both).last_sweep == NOW
    assert card(sweep=replace(both, last_delta_at=None)).last_sweep == EARLIER
    assert card(sweep=IDLE).last_sweep is None


VERIFYING = replace(ACTIVATED, state=ConnectionState.VERIFYING, activated_at=None)
COLLECTING = replace(IDLE, phase="collecting", directory_users=4_000)
UNGRANTED = replace(VERIFYING, calendars_granted=False)


@pytest.mark.parametrize(
    ("known", "sweep", "expected"),
    [
        (UNGRANTED, None, Progress("granting")),
        (replace(UNGRANTED, scoped_by_exchange=True), None, Progress("collecting")),
        (VERIFYING, None, Progress("collecting")),
        (VERIFYING, COLLECTING, Progress("collecting", 4_000)),
        (VERIFYING, replace(IDLE, phase="deciding"), Progress("deciding", 18, 77)),
        (ACTIVATED, COLLECTING, Progress("collecting", 4_000)),
        (ACTIVATED, IDLE, Progress("reading", 7, 10)),
        (replace(ACTIVATED, activated_at=NOW - timedelta(days=2)), IDLE, None),
        (replace(ACTIVATED, state=ConnectionState.REVIEW), IDLE, None),
        (replace(ACTIVATED, state=ConnectionState.ATTENTION), COLLECTING, None),
        (replace(ACTIVATED, state=ConnectionState.DISCONNECTING), None, None),
        (connection(state=ConnectionState.PENDING), None, None),
    ],
)
def test_progress_is_shown_while_something_goes_on(
    known: Connection, sweep: Sweep | None, expected: Progress | None
) -> None:
    assert card(known, sweep).progress == expected


def test_nothing_is_under_way_once_everybody_is_read() -> None:
    counts = {standing: count for standing, count in COUNTS.items() if standing[1] is not UserState.PENDING}

    assert card_of(ACTIVATED, None, IDLE, counts, NOW).progress is None


def test_those_that_live_come_first_and_of_those_the_oldest() -> None:
    states = [
        ("gone", ConnectionState.DISCONNECTED, EARLIER),
        ("asked", ConnectionState.PENDING, EARLIER),
        ("newer", ConnectionState.ACTIVE, NOW),
        ("older", ConnectionState.ATTENTION, EARLIER),
    ]
    cards = tuple(card(connection(ConnectionId(name), state=state, created_at=at)) for name, state, at in states)

    assert [one.connection.connection for one in in_order(cards)] == ["older", "newer", "asked", "gone"]


@pytest.mark.parametrize("state", [ConnectionState.PENDING, ConnectionState.EXPIRED, ConnectionState.DISCONNECTED])
def test_what_does_not_live_has_no_sweep_to_look_at(state: ConnectionState) -> None:
    assert has_sweep(connection())
    assert not has_sweep(connection(state=state))
