from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.ids import ConnectionId, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.mailbox import Lease
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.sync_rules import (
    LEASE_TIME,
    SYNC_EVERY,
    Cause,
    Drop,
    PutOff,
    Run,
    decide,
    holds,
    may_have_lagged,
    next_turn,
)

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAILBOX = MailboxKey("organizations", TenantId("tenant"), UserId("person"))
READ = Lease(MAILBOX, started_at=START)
RUNNING = Lease(MAILBOX, holder="somebody", until=START + LEASE_TIME)


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("queued", "now", "expected"),
    [
        (-5.001, 1, Drop()),  # the read began more than 5 seconds later: it saw the cause
        (-5, 1, PutOff(timedelta(seconds=9))),  # Graph may have lagged behind its own notification
        (-1, 3, PutOff(timedelta(seconds=7))),
        (4, 4, PutOff(timedelta(seconds=6))),
        (9, 9.5, PutOff(timedelta(seconds=0.5))),
        (9, 10, Run()),
        (-4, 3600, Run()),
        (-3600, 3600, Drop()),
    ],
)
def test_a_message_after_a_sync_is_dropped_put_off_or_run(
    queued: float, now: float, expected: Run | Drop | PutOff
) -> None:
    assert decide(_at(queued), "notified", READ, _at(now)) == expected


@pytest.mark.parametrize(("now", "delay"), [(1, 9), (7, 3), (9, 2), (10, 10), (200, 10)])
def test_a_message_while_a_sync_runs_waits_until_ten_seconds_after_its_start(now: float, delay: float) -> None:
    assert decide(_at(now), "notified", RUNNING, _at(now)) == PutOff(timedelta(seconds=delay))


def test_a_lease_that_ran_out_holds_nobody_up() -> None:
    assert decide(_at(-60), "notified", RUNNING, START + LEASE_TIME) == Run()


def test_a_mailbox_that_was_never_read_is_read() -> None:
    assert decide(_at(-3600), "notified", Lease(MAILBOX), START) == Run()


@pytest.mark.parametrize("cause", ["first_read", "settled"])
@pytest.mark.parametrize("queued", [-3600, -1, 1])
def test_a_choice_is_neither_dropped_nor_put_off_after_a_sync(queued: float, cause: Cause) -> None:
    assert decide(_at(queued), cause, READ, _at(2)) == Run()


@pytest.mark.parametrize("cause", ["first_read", "settled"])
def test_a_choice_waits_only_for_the_lease(cause: Cause) -> None:
    assert decide(_at(1), cause, RUNNING, _at(1)) == PutOff(timedelta(seconds=2))


@pytest.mark.parametrize("cause", ["first_read", "notified", "echo"])
def test_everybody_waits_while_graph_throttles_the_mailbox(cause: Cause) -> None:
    throttled = Lease(MAILBOX, not_before=_at(120))

    assert decide(_at(0), cause, throttled, _at(20)) == PutOff(timedelta(seconds=100))
    assert decide(_at(0), cause, throttled, _at(120)) == Run()


ECHO_AT = _at(60)


@pytest.mark.parametrize(
    ("due", "lease", "expected"),
    [
        (60, replace(READ, echo_at=ECHO_AT), Run()),
        (60, READ, Run()),  # sent for a notification that came too late to be noted
        (50, replace(READ, echo_at=ECHO_AT), Drop()),  # a later read owes one of its own
        (60, replace(READ, started_at=ECHO_AT), Drop()),  # somebody has read since
    ],
)
def test_only_the_last_echo_that_is_owed_is_read(due: float, lease: Lease, expected: Run | Drop) -> None:
    assert decide(_at(due), "echo", lease, _at(75)) == expected


@pytest.mark.parametrize(
    ("queued", "lease", "lagged"),
    [
        (-6, READ, True),
        (-59, READ, True),
        (-60, READ, False),
        (-6, replace(READ, echo_at=ECHO_AT), False),  # one comes anyhow
        (-6, Lease(MAILBOX), False),
    ],
)
def test_a_read_less_than_a_minute_after_a_notification_may_have_been_too_early(
    queued: float, lease: Lease, lagged: bool
) -> None:
    assert may_have_lagged(_at(queued), lease) is lagged


def test_turns_are_a_quarter_of_an_hour_apart_and_always_in_the_same_place() -> None:
    first = next_turn("subject", START)

    assert timedelta(0) < first - START <= SYNC_EVERY
    assert next_turn("subject", first) == first + SYNC_EVERY
    assert next_turn("subject", first + timedelta(minutes=3)) == first + SYNC_EVERY


def test_a_crowd_is_spread_over_the_quarter_of_an_hour() -> None:
    turns = sorted(next_turn(f"mailbox-{number}", START) for number in range(900))

    per_minute = [
        sum(START + timedelta(minutes=m) < turn <= START + timedelta(minutes=m + 1) for turn in turns)
        for m in range(15)
    ]
    assert min(per_minute) > 30
    assert max(per_minute) < 90


def _user(state: UserState, person: str = "person") -> ProductUser:
    match = Match(ConnectionId("c"), TenantId("tenant"), UserId(person), MatchRule.MAIL, "a@example.com", START)
    return ProductUser(OrganizationId("org"), ProductUserId("user"), (), state, START, match=match)


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (_user(UserState.CONNECTED), True),
        (_user(UserState.PENDING), True),
        (_user(UserState.EXCLUDED_BY_POLICY), True),
        (_user(UserState.DISABLED), False),
        (_user(UserState.OPTED_OUT), False),
        (_user(UserState.PERSONAL), False),
        (_user(UserState.CONNECTED, "somebody else"), False),
        (None, False),
    ],
)
def test_only_a_matched_user_in_a_living_state_holds_a_mailbox(user: ProductUser | None, expected: bool) -> None:
    assert holds(user, MAILBOX) is expected
