from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.subscription import (
    AUTHORIZED_APART,
    LIFETIME,
    RENEWED_BEFORE,
    Step,
    Subscription,
    is_due,
    next_step,
    tells_of,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOMENT = timedelta(seconds=1)
FRESH = Subscription("this", NOW + LIFETIME, 3, "key", NOW - timedelta(days=1), NOW - timedelta(days=5))
OLD = replace(FRESH, expires_at=NOW + RENEWED_BEFORE - MOMENT)


def test_what_is_asked_for_is_less_than_graph_gives() -> None:
    assert timedelta(days=6) < LIFETIME < timedelta(minutes=10_070)


@pytest.mark.parametrize(
    ("known", "step"),
    [
        (None, Step.CREATE),
        (FRESH, Step.LEAVE),
        (replace(FRESH, expires_at=NOW + RENEWED_BEFORE), Step.LEAVE),
        (OLD, Step.RENEW),
        (replace(FRESH, expires_at=NOW + MOMENT), Step.RENEW),
        (replace(FRESH, expires_at=NOW), Step.CREATE),
    ],
)
def test_a_turn_creates_what_is_missing_and_renews_what_ends_soon(known: Subscription | None, step: Step) -> None:
    assert next_step(known, "turn", None, "key", NOW) is step
    assert is_due(known, NOW) is (step is not Step.LEAVE)


def test_a_subscription_of_an_older_key_is_made_anew_instead_of_renewed() -> None:
    assert next_step(OLD, "turn", None, "newer key", NOW) is Step.CREATE
    assert next_step(FRESH, "turn", None, "newer key", NOW) is Step.LEAVE


@pytest.mark.parametrize(
    ("about", "renewed", "step"),
    [
        ("this", timedelta(hours=1), Step.RENEW),
        ("this", AUTHORIZED_APART, Step.RENEW),
        ("this", AUTHORIZED_APART - MOMENT, Step.LEAVE),
        ("earlier", timedelta(hours=1), Step.LEAVE),
        (None, timedelta(hours=1), Step.LEAVE),
    ],
)
def test_an_authorization_that_runs_out_is_renewed_once_in_ten_minutes(
    about: str | None, renewed: timedelta, step: Step
) -> None:
    known = replace(FRESH, renewed_at=NOW - renewed)

    assert next_step(known, "authorization", about, "key", NOW) is step


@pytest.mark.parametrize(("renewed", "step"), [(AUTHORIZED_APART, Step.RENEW), (AUTHORIZED_APART - MOMENT, Step.LEAVE)])
def test_what_graph_may_have_ended_meanwhile_is_renewed_to_find_out(renewed: timedelta, step: Step) -> None:
    assert next_step(replace(FRESH, renewed_at=NOW - renewed), "recovered", None, "key", NOW) is step


@pytest.mark.parametrize(("about", "step"), [("this", Step.CREATE), ("earlier", Step.LEAVE), (None, Step.LEAVE)])
def test_only_the_present_subscription_can_have_been_removed(about: str | None, step: Step) -> None:
    assert next_step(FRESH, "removed", about, "key", NOW) is step


@pytest.mark.parametrize(
    ("read_at", "now", "told"),
    [
        (FRESH.since, NOW, True),
        (FRESH.since - MOMENT, NOW, False),  # what changed between the two, nobody told
        (NOW, FRESH.expires_at - MOMENT, True),
        (NOW, FRESH.expires_at, False),
    ],
)
def test_only_a_live_subscription_older_than_the_read_tells_of_all_that_changed_since(
    read_at: datetime, now: datetime, told: bool
) -> None:
    assert tells_of(FRESH, read_at, now) is told


def test_no_subscription_tells_nothing() -> None:
    assert not tells_of(None, NOW, NOW)
