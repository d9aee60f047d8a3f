"""What an organization decides for its people, and what of their choices outlives what."""

from datetime import timedelta
from typing import Any

import pytest

from shared_code.errors import Disconnected
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.calendar_choices import (
    CLUB,
    HOME,
    OUT_OF_THE_BOX,
    WORK,
    busy_hours,
    choose,
    chooser,
    forget_traces,
    put,
    put_policy,
    shown,
)
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.test_connection_life import MAILBOX, disconnect

__all__ = ["chooser"]


# --- locks ---


@pytest.mark.parametrize(
    ("setting", "rule", "value", "same"),
    [
        ("busy_statuses", {"default": ["tentative"], "locked": True}, ["out_of_office"], ["tentative", "busy"]),
        ("cancellation_sync", {"default": True, "locked": True}, False, True),
        ("checked_calendars", {"locked": True}, ["home"], ["work"]),
        ("write_calendar", {"locked": True}, "home", "work"),
    ],
)
async def test_what_is_locked_is_changed_by_nobody_and_the_policy_is_named(
    chooser: ComposedApp, setting: str, rule: dict[str, Any], value: Any, same: Any
) -> None:
    await put_policy(**{setting: rule})

    beside: dict[str, Any] = {} if setting == "cancellation_sync" else {"cancellation_sync": False}
    by_themself = await choose(**{setting: value}, **beside)
    by_the_owner = await choose(by="olga", **{setting: value})
    no_change = await choose(**{setting: same})

    for refused in (by_themself, by_the_owner):
        assert (refused.status, refused.problem) == (403, "policy-forbids")
        assert refused.json["fields"] == {"policy": setting}
        assert setting in refused.json["detail"]
    assert no_change.status == 200
    assert (no_change.json["chosen"], no_change.json["locked"]) == ([], [setting])
    assert no_change.json["cancellation_sync"] is True


async def test_a_lock_wins_over_what_people_chose_and_their_choice_is_there_when_it_is_lifted(
    chooser: ComposedApp,
) -> None:
    chosen: dict[str, Any] = {
        "checked_calendars": ["home"],
        "write_calendar": "home",
        "busy_statuses": ["busy", "tentative"],
        "cancellation_sync": False,
    }
    put(chooser, HOME, 8, show_as=chooser.calendars.mailboxes[MAILBOX].events[WORK.calendar]["work-2"].show_as)
    await choose(**chosen)
    await drain(chooser)
    before = await busy_hours(chooser)

    await put_policy(**{name: {"locked": True} for name in chosen})
    at_once = await busy_hours(chooser)
    await run_for(chooser, timedelta(minutes=20))
    locked, meanwhile = await shown(), await busy_hours(chooser)
    await put_policy(**{name: {"locked": False} for name in chosen})
    await run_for(chooser, timedelta(minutes=20))

    assert before == [6, 8]
    assert at_once == "not_read_yet"  # of the default calendar nothing was kept
    assert locked == OUT_OF_THE_BOX | {"chosen": list(chosen), "locked": list(chosen)}
    assert meanwhile == [1]
    assert await shown() == OUT_OF_THE_BOX | chosen | {"chosen": list(chosen)}
    assert await busy_hours(chooser) == [6, 8]


async def test_all_calendars_are_checked_for_whoever_chose_none_and_those_that_come_later_as_well(
    chooser: ComposedApp,
) -> None:
    del chooser.calendars.mailboxes[MAILBOX].calendars[CLUB.calendar]

    await put_policy(checked_calendars={"default": "all"})
    await run_for(chooser, timedelta(minutes=20))
    first = await busy_hours(chooser)
    chooser.calendars.mailboxes[MAILBOX].calendars[CLUB.calendar] = CLUB
    await run_for(chooser, timedelta(hours=7))

    assert first == [1, 6]
    assert await busy_hours(chooser) == [1, 6, 7]


async def test_another_rule_for_calendars_costs_nothing_for_those_whom_it_does_not_change(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["work"], write_calendar="work")
    await drain(chooser)
    await run_for(chooser, timedelta(minutes=1))
    forget_traces(chooser)

    await put_policy(checked_calendars={"default": "all"})
    await run_for(chooser, timedelta(minutes=16))

    assert chooser.calendars.script.calls == []


# --- what outlives what ---


async def test_choices_outlive_a_disconnection_and_a_reconnect(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["home"], write_calendar="home", busy_statuses=["tentative"])
    await drain(chooser)

    await call("disconnect_user", organization="acme", user="ursula", by="ursula")
    await run_for(chooser, timedelta(minutes=2))
    kept = await shown()
    await call("reconnect_user", organization="acme", user="ursula", by="ursula")
    await run_for(chooser, timedelta(minutes=2))

    assert (kept["checked_calendars"], kept["busy_statuses"]) == (None, ["busy", "tentative"])
    assert kept["chosen"] == ["checked_calendars", "write_calendar", "busy_statuses"]
    assert (await shown())["checked_calendars"] == ["home"]
    assert await busy_hours(chooser) == [6]


async def test_choices_outlive_the_connection_and_are_forgotten_with_a_purge(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["home"], busy_statuses=["tentative"])
    await drain(chooser)
    await disconnect()
    await run_for(chooser, timedelta(minutes=20))
    kept = await shown()

    await disconnect(purge=True)
    await run_for(chooser, timedelta(minutes=20))

    assert kept["chosen"] == ["checked_calendars", "busy_statuses"]
    assert (await shown())["chosen"] == []
    assert b"home" not in chooser.rows.bytes_at_rest()


async def test_a_purge_of_what_is_connected_forgets_the_choices_too(chooser: ComposedApp) -> None:
    await choose(busy_statuses=["tentative"])

    await disconnect(purge=True)
    await run_for(chooser, timedelta(minutes=20))

    assert (await shown())["chosen"] == []


async def test_a_product_that_sends_the_user_again_changes_none_of_their_choices(chooser: ComposedApp) -> None:
    await choose(busy_statuses=["tentative"], checked_calendars=["home", "work"])

    body = {"addresses": [{"address": "ursula@acme.example", "verified": True}], "time_zone": "Asia/Tokyo"}
    await call("put_user", organization="acme", user="ursula", body=body)

    assert (await shown())["chosen"] == ["checked_calendars", "busy_statuses"]


# --- and what the product hears of it ---


@pytest.mark.parametrize("asked_for", [True, False])
async def test_a_product_that_asks_for_busy_updates_hears_when_a_calendar_that_was_checked_has_been_read(
    chooser: ComposedApp, asked_for: bool
) -> None:
    await put_policy(busy_updates=asked_for)
    chooser.product.open()

    await choose(checked_calendars=["work", "home"])
    await run_for(chooser, timedelta(minutes=2))

    told = {(str(event.type), event.data["user"]) for event in chooser.product.received}
    assert told == ({("busy.updated", "ursula")} if asked_for else set())


# --- while the tenant's trust is lost ---


async def test_what_is_chosen_or_ruled_while_the_trust_is_lost_is_carried_out_when_it_is_back(
    chooser: ComposedApp,
) -> None:
    await choose(checked_calendars=["home"], write_calendar="home")
    await run_for(chooser, timedelta(minutes=5))
    await _lose_trust(chooser)

    await choose(checked_calendars=None, write_calendar=None)
    await put_policy(checked_calendars={"default": "all"})
    await _regain_trust(chooser)

    assert await busy_hours(chooser) == [1, 6, 7]


async def test_a_choice_that_is_taken_back_while_the_trust_is_lost_is_carried_out_when_it_is_back(
    chooser: ComposedApp,
) -> None:
    await choose(checked_calendars=["home"], write_calendar="home")
    await run_for(chooser, timedelta(minutes=5))
    await _lose_trust(chooser)

    await choose(checked_calendars=None, write_calendar=None)
    await _regain_trust(chooser)

    assert await busy_hours(chooser) == [1]


async def _lose_trust(app: ComposedApp) -> None:
    lost = Disconnected("no more", "consent_missing")
    for operation in ("read_changes", "read_users", "find_user", "find_users"):
        app.directory.script.fail(operation, lost)
    app.microsoft.script.fail("read_grant", lost)
    await run_for(app, timedelta(minutes=20))
    assert await busy_hours(app) == "connection_attention"


async def _regain_trust(app: ComposedApp) -> None:
    app.directory.script.heal()
    app.microsoft.script.heal()
    await run_for(app, timedelta(minutes=80))
