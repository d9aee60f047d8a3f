"""What nobody may choose, who may choose for whom, and what then stays as it was."""

from datetime import timedelta
from typing import Any

import pytest

from shared_code.errors import Disconnected, NoMailbox, OrgcalError, Refused, Throttled, TryLater
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.calendar_choices import (
    OUT_OF_THE_BOX,
    choose,
    chooser,
    forget_traces,
    shown,
)
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import user_state

__all__ = ["chooser"]


async def audited() -> list[tuple[str, str]]:
    audit = (await call("list_audit", organization="acme")).json["audit"]
    return [(entry["by"], entry["detail"]) for entry in audit if entry["action"] == "settings.changed"]


# --- what is refused, precisely and whole ---


@pytest.mark.parametrize(
    ("settings", "problem", "about"),
    [
        ({"checked_calendars": ["work", "nothing"]}, "calendar-unknown", "nothing"),
        ({"checked_calendars": ["bens"]}, "calendar-unknown", "bens"),  # shared by somebody else
        ({"write_calendar": "nothing"}, "calendar-unknown", "nothing"),
        ({"write_calendar": "club"}, "calendar-not-editable", "club"),
    ],
)
async def test_a_calendar_that_may_not_be_chosen_is_named_and_nothing_else_is_taken(
    chooser: ComposedApp, settings: dict[str, Any], problem: str, about: str
) -> None:
    orders = len(chooser.sent.messages)

    answered = await choose(**settings, busy_statuses=["tentative"], cancellation_sync=False)

    assert (answered.status, answered.problem) == (422, problem)
    assert answered.json["fields"] == {"calendar": about}
    assert await shown() == OUT_OF_THE_BOX
    assert len(chooser.sent.messages) == orders


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"busy_statuses": ["free"]}, "invalid-request"),
        ({"busy_statuses": "busy"}, "invalid-request"),
        ({"cancellation_sync": "no"}, "invalid-request"),
        ({"checked_calendars": [""]}, "invalid-request"),
        ({"checked_calendars": "work"}, "invalid-request"),
        ({"checked_calendar": ["work"]}, "unknown-field"),
        ({"write_calendar": 1}, "invalid-request"),
    ],
)
async def test_settings_that_make_no_sense_are_refused(
    chooser: ComposedApp, body: dict[str, Any], problem: str
) -> None:
    answered = await choose(**body)

    assert (answered.status, answered.problem) == (400, problem)
    assert await shown() == OUT_OF_THE_BOX


async def test_whoever_is_not_connected_chooses_statuses_but_no_calendar(chooser: ComposedApp) -> None:
    calendars = await choose(by="olga", user="olga", checked_calendars=["work"], busy_statuses=["tentative"])
    listed = await call("list_calendars", organization="acme", user="olga")
    before = await shown("olga")
    statuses = await choose(by="olga", user="olga", busy_statuses=["tentative"], checked_calendars=None)

    assert (calendars.status, calendars.problem) == (listed.status, listed.problem) == (409, "not-connected")
    assert (before["checked_calendars"], before["write_calendar"], before["chosen"]) == (None, None, [])
    assert (statuses.status, statuses.json["busy_statuses"]) == (200, ["busy", "tentative"])
    assert chooser.calendars.script.calls == []


@pytest.mark.parametrize("call_name", ["list_calendars", "get_settings", "put_settings"])
@pytest.mark.parametrize(
    ("route", "problem"),
    [
        ({"organization": "nobody", "user": "ursula"}, "organization-not-found"),
        ({"organization": "acme", "user": "nobody"}, "user-not-found"),
        ({"organization": "acme", "user": "no body"}, "invalid-id"),
    ],
)
async def test_who_is_not_there_has_no_settings(
    chooser: ComposedApp, call_name: str, route: dict[str, Any], problem: str
) -> None:
    answered = await call(call_name, **route, by="ursula", body={} if call_name == "put_settings" else None)

    assert answered.problem == problem


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [
        (TryLater("503", timedelta(seconds=7)), 503, "7"),
        (Throttled("429", timedelta(seconds=20)), 503, "20"),
        (Throttled("429"), 503, "5"),
        (Refused("403"), 409, None),
        (NoMailbox("404"), 409, None),
        (Disconnected("gone", "consent_missing"), 409, None),
    ],
)
async def test_while_microsoft_does_not_answer_nothing_is_shown_or_chosen(
    chooser: ComposedApp, error: OrgcalError, status: int, after: str | None
) -> None:
    for operation in ("list_named", "list_calendars"):
        chooser.calendars.script.fail(operation, error)

    listed = await call("list_calendars", organization="acme", user="ursula")
    chosen = await choose(checked_calendars=["home"], cancellation_sync=False)

    assert [each.status for each in (listed, chosen)] == [status, status]
    assert [each.headers.get("retry-after") for each in (listed, chosen)] == [after, after]
    assert await shown() == OUT_OF_THE_BOX


async def test_a_tenant_that_is_throttled_is_not_asked(chooser: ComposedApp) -> None:
    chooser.calendars.script.fail("read_window", Throttled("429", timedelta(minutes=3), whole_tenant=True), times=1)
    await run_for(chooser, timedelta(hours=7))
    records = await chooser._organizations.find("acme")  # type: ignore[arg-type]
    assert records is not None
    until = records.connections[0].value.not_before
    assert until is not None
    chooser.clock.advance(until - chooser.clock.now() - timedelta(seconds=30))
    forget_traces(chooser)

    listed = await call("list_calendars", organization="acme", user="ursula")

    assert (listed.status, listed.headers["retry-after"]) == (503, "30")
    assert chooser.calendars.script.calls == []


async def test_a_mailbox_that_is_found_closed_is_looked_into(chooser: ComposedApp) -> None:
    chooser.calendars.script.fail("list_named", Refused("403"))
    chooser.calendars.script.fail("read_window", Refused("403"))

    await call("list_calendars", organization="acme", user="ursula")
    await run_for(chooser, timedelta(minutes=1))

    assert await user_state() == "excluded_by_policy"


# --- who may ---


@pytest.mark.parametrize("by", [None, "sam", "nobody"])
async def test_people_choose_for_themselves_and_an_owner_or_admin_for_anybody(
    chooser: ComposedApp, by: str | None
) -> None:
    await call("put_user", organization="acme", user="sam", body={"addresses": []})

    refused = await choose(by=by, cancellation_sync=False)
    before = await shown()
    by_themself = await choose(cancellation_sync=False)
    by_the_owner = await choose(by="olga", cancellation_sync=True)

    assert (refused.status, refused.problem) == (403, "role-required")
    assert before == OUT_OF_THE_BOX
    assert (by_themself.status, by_the_owner.status) == (200, 200)


async def test_what_an_admin_chooses_for_somebody_is_audited_and_what_people_choose_is_their_own(
    chooser: ComposedApp,
) -> None:
    await choose(cancellation_sync=False)
    for _ in range(2):
        await choose(by="olga", cancellation_sync=True)

    assert await audited() == [("olga", "ursula")]
