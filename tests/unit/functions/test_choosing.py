"""People choose their calendars and what blocks their time, over the functions and their queues."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared_code.errors import Disconnected, NoMailbox, OrgcalError, Refused, Throttled, TryLater
from shared_code.messages import CALENDAR_SYNC, AnyMessage, SyncMailbox
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.calendar_choices import (
    CLUB,
    HOME,
    WORK,
    busy_hours,
    choose,
    chooser,
    forget_traces,
    make,
    put,
    put_policy,
    shown,
)
from tests.unit.functions.orders import carry_out, drain, run_for
from tests.unit.functions.test_connection_life import MAILBOX, disconnect, user_state

__all__ = ["chooser"]

OUT_OF_THE_BOX = {
    "user": "ursula",
    "checked_calendars": ["work"],
    "write_calendar": "work",
    "busy_statuses": ["busy"],
    "cancellation_sync": True,
    "chosen": [],
    "locked": [],
}


async def audited() -> list[tuple[str, str]]:
    audit = (await call("list_audit", organization="acme")).json["audit"]
    return [(entry["by"], entry["detail"]) for entry in audit if entry["action"] == "settings.changed"]


# --- statuses ---


@pytest.mark.parametrize(
    ("statuses", "hours"),
    [
        ([], [1]),
        (["busy"], [1]),
        (["tentative"], [1, 2]),
        (["out_of_office"], [1, 3]),
        (["working_elsewhere"], [1, 4]),
        (["busy", "working_elsewhere", "tentative", "out_of_office"], [1, 2, 3, 4]),
    ],
)
async def test_statuses_hold_at_once_and_without_a_word_to_microsoft(
    chooser: ComposedApp, statuses: list[str], hours: list[int]
) -> None:
    at_rest, orders = chooser.rows.keys("mailboxes", str(MAILBOX)), len(chooser.sent.messages)

    answered = await choose(busy_statuses=statuses)

    assert answered.status == 200
    assert set(answered.json["busy_statuses"]) == {"busy", *statuses}
    assert answered.json == await shown()
    assert await busy_hours(chooser) == hours
    assert chooser.calendars.script.calls == []
    assert len(chooser.sent.messages) == orders
    assert chooser.rows.keys("mailboxes", str(MAILBOX)) == at_rest


async def test_what_is_left_out_stays_and_null_takes_a_choice_back(chooser: ComposedApp) -> None:
    await put_policy(busy_statuses={"default": ["out_of_office"]})
    await choose(busy_statuses=["tentative"], cancellation_sync=False)

    await choose(cancellation_sync=None)
    kept = await shown()
    await choose(busy_statuses=None)

    assert (kept["busy_statuses"], kept["chosen"]) == (["busy", "tentative"], ["busy_statuses"])
    assert await shown() == OUT_OF_THE_BOX | {"busy_statuses": ["busy", "out_of_office"]}


async def test_a_new_default_holds_for_whoever_chose_nothing_and_for_nobody_else(chooser: ComposedApp) -> None:
    await choose(busy_statuses=["tentative"])
    await choose(by="olga", user="olga", cancellation_sync=False)

    await put_policy(busy_statuses={"default": ["out_of_office"]}, cancellation_sync={"default": False})

    ursula, olga = await shown(), await shown("olga")
    assert (ursula["busy_statuses"], ursula["cancellation_sync"]) == (["busy", "tentative"], False)
    assert (olga["busy_statuses"], olga["cancellation_sync"]) == (["busy", "out_of_office"], False)
    assert await busy_hours(chooser) == [1, 2]


# --- calendars ---


async def test_calendars_are_listed_with_their_names_and_use_by_one_request(chooser: ComposedApp) -> None:
    answered = await call("list_calendars", organization="acme", user="ursula")

    assert answered.json == {
        "user": "ursula",
        "calendars": [
            {
                "calendar": each.calendar,
                "name": f"Name of {each.calendar}",
                "color": "lightBlue",
                "hex_color": "#0078d4" if each is WORK else None,
                "is_default": each is WORK,
                "can_edit": each is not CLUB,
                "checked": each is WORK,
                "written": each is WORK,
            }
            for each in (WORK, HOME, CLUB)
        ],
    }
    assert chooser.calendars.script.operations() == ["list_named"]
    assert chooser.rows.count("commit") == 0


async def test_no_name_of_a_calendar_is_kept_queued_or_logged(
    chooser: ComposedApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    await call("list_calendars", organization="acme", user="ursula")
    await choose(checked_calendars=["home", "club"], write_calendar="home")
    await drain(chooser)

    assert b"Name of" not in chooser.rows.bytes_at_rest()
    assert "Name of" not in caplog.text + repr(chooser.sent.sent)


async def test_a_calendar_that_is_checked_is_pending_until_it_was_read_and_read_at_once(chooser: ComposedApp) -> None:
    answered = await choose(checked_calendars=["work", "home"])
    meanwhile = await busy_hours(chooser)
    order = chooser.sent.take(CALENDAR_SYNC)  # the clock stands
    assert order is not None
    await carry_out(order)

    assert answered.json["checked_calendars"] == ["home", "work"]
    assert meanwhile == "not_read_yet"
    assert await busy_hours(chooser) == [1, 6]
    assert chooser.calendars.script.operations() == ["list_calendars", "read_window", "read_window"]


async def test_it_is_read_at_once_even_right_after_another_read(chooser: ComposedApp) -> None:
    mailbox = MAILBOX
    await carry_out(
        SyncMailbox(
            registration=mailbox.registration,
            tenant=mailbox.tenant,
            user_id=mailbox.user_id,
            queued_at=chooser.clock.now(),
            cause="swept",
        )
    )

    await choose(checked_calendars=["work", "club"])
    await drain(chooser)

    assert await busy_hours(chooser) == [1, 7]


async def test_the_order_that_came_twice_reads_once(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["work", "home"])
    await drain(chooser)
    forget_traces(chooser)

    chooser.clock.advance(timedelta(seconds=10))  # the one sent before the commit
    assert await drain(chooser) == 1

    assert chooser.calendars.script.calls == []
    assert chooser.rows.count("commit") == 0


async def test_a_calendar_that_was_made_after_the_mailbox_was_connected_can_be_checked_and_written_to(
    chooser: ComposedApp,
) -> None:
    make(chooser, "new", 8)

    answered = await choose(checked_calendars=["new"], write_calendar="new")
    meanwhile = await busy_hours(chooser)
    await drain(chooser)

    assert (answered.json["checked_calendars"], answered.json["write_calendar"]) == (["new"], "new")
    assert meanwhile == "not_read_yet"
    assert await busy_hours(chooser) == [8]


async def test_what_was_read_of_a_calendar_that_is_not_used_any_more_is_forgotten(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["work", "home"])
    await drain(chooser)
    rows = len(chooser.rows.keys("mailboxes", str(MAILBOX)))

    await choose(checked_calendars=["home"])
    at_once = await busy_hours(chooser)
    await drain(chooser)
    still_written_to = len(chooser.rows.keys("mailboxes", str(MAILBOX)))
    await choose(write_calendar="home")
    await drain(chooser)

    assert at_once == [6]
    assert await busy_hours(chooser) == [6]
    assert (rows, still_written_to) == (4, 4)  # lease, link, two calendars
    assert len(chooser.rows.keys("mailboxes", str(MAILBOX))) == 3


async def test_a_calendar_that_is_checked_again_is_read_again_before_it_counts(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["home"], write_calendar="home")
    await drain(chooser)

    await choose(checked_calendars=["home", "work"])
    meanwhile = await busy_hours(chooser)
    await drain(chooser)

    assert meanwhile == "not_read_yet"
    assert await busy_hours(chooser) == [1, 6]


async def test_who_checks_none_is_free_and_says_so(chooser: ComposedApp) -> None:
    answered = await choose(checked_calendars=[])

    said = await call(
        "ask_availability",
        organization="acme",
        body={"users": ["ursula"], "start": "2026-03-03T00:00:00Z", "end": "2026-03-04T00:00:00Z"},
    )
    assert answered.json["checked_calendars"] == []
    assert [said.json["users"][0][key] for key in ("complete", "reason", "busy")] == [True, "nothing_checked", []]


async def test_a_read_that_is_not_answered_is_tried_again_and_until_then_nothing_is_said_to_be_free(
    chooser: ComposedApp,
) -> None:
    make(chooser, "new", 8)
    await choose(checked_calendars=["work", "new"])
    chooser.calendars.script.fail("list_calendars", TryLater("503"), times=2)
    chooser.calendars.script.fail("read_window", TryLater("503"), about="new", times=2)
    await drain(chooser)
    meanwhile = await busy_hours(chooser)

    await run_for(chooser, timedelta(minutes=6))

    assert meanwhile == "not_read_yet"
    assert await busy_hours(chooser) == [1, 8]


@pytest.mark.parametrize("operation", ["list_calendars", "read_window"])
async def test_an_outage_of_hours_delays_the_choice_and_loses_nothing(chooser: ComposedApp, operation: str) -> None:
    make(chooser, "new", 8)
    await choose(checked_calendars=["work", "new"])
    chooser.calendars.script.fail(operation, TryLater("503"))
    await run_for(chooser, timedelta(hours=2))
    meanwhile = await busy_hours(chooser)

    chooser.calendars.script.heal()
    await run_for(chooser, timedelta(minutes=20))

    assert meanwhile == "not_read_yet"
    assert await busy_hours(chooser) == [1, 8]


async def test_a_chosen_calendar_that_is_deleted_gives_way_to_the_default_one(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["home"], write_calendar="home")
    await drain(chooser)

    del chooser.calendars.mailboxes[MAILBOX].calendars[HOME.calendar]
    await run_for(chooser, timedelta(hours=7))

    assert await busy_hours(chooser) == [1]
    assert (await shown())["write_calendar"] == "work"


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


# --- at once, twice, and half-way ---


async def test_choosing_twice_is_choosing_once(chooser: ComposedApp) -> None:
    first = await choose(checked_calendars=["home", "work"], busy_statuses=["tentative", "busy"])
    await drain(chooser)
    chooser.clock.advance(timedelta(minutes=1))
    await drain(chooser)
    forget_traces(chooser)
    orders = len(chooser.sent.messages)

    second = await choose(checked_calendars=["work", "home", "home"], busy_statuses=["tentative"])

    assert second.json == first.json
    assert chooser.calendars.script.calls == []
    assert chooser.rows.count("commit") == 0
    assert len(chooser.sent.messages) == orders


async def test_choices_made_at_the_same_time_are_all_taken(chooser: ComposedApp) -> None:
    answers = await asyncio.gather(
        choose(busy_statuses=["tentative"]),
        choose(by="olga", cancellation_sync=False),
        choose(checked_calendars=["home"]),
    )

    assert [answered.status for answered in answers] == [200, 200, 200]
    assert (await shown())["chosen"] == ["checked_calendars", "busy_statuses", "cancellation_sync"]


async def test_without_queues_nothing_is_chosen(chooser: ComposedApp) -> None:
    def refuse(_: AnyMessage) -> None:
        raise TryLater("queues do not answer")

    chooser.sent.on_send = refuse
    answered = await choose(checked_calendars=["home"])
    chooser.sent.on_send = None

    assert answered.status == 503
    assert await shown() == OUT_OF_THE_BOX


async def test_an_order_that_is_lost_is_made_good_by_the_mailboxes_turn(chooser: ComposedApp) -> None:
    await choose(checked_calendars=["work", "home"])
    chooser.clock.advance(timedelta(seconds=6))
    while chooser.sent.take() is not None:
        pass
    await run_for(chooser, timedelta(hours=7))

    assert await busy_hours(chooser) == [1, 6]
