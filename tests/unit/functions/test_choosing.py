"""People choose their calendars and what blocks their time, over the functions and their queues."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import CalendarId
from shared_code.core.product_event import EventType
from shared_code.errors import TryLater
from shared_code.messages import AnyMessage, SyncMailbox
from shared_code.order_queues import CALENDAR_SYNC
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.calendar_choices import (
    CLUB,
    HOME,
    OUT_OF_THE_BOX,
    OWN,
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
from tests.unit.functions.test_connection_life import MAILBOX, URSULA, connected, the_connection
from tests.unit.functions.test_consent import TENANT

__all__ = ["chooser"]


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
                "connection": (await the_connection())["connection"],
                "polled": False,
            }
            for each in (WORK, HOME, CLUB)
        ],
        "unseen": [],
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
    assert chooser.calendars.script.operations() == ["list_calendars", "read_window"]


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


# --- more calendars than one transaction takes ---


async def test_a_hundred_calendars_that_are_checked_at_once_are_all_read(chooser: ComposedApp) -> None:
    names = [f"c{number:03}" for number in range(100)]
    for name in names:
        make(chooser, name, 8)

    answered = await choose(checked_calendars=names)
    await run_for(chooser, timedelta(minutes=20))

    assert answered.status == 200
    assert await busy_hours(chooser) == [8]
    assert await letters() == []


async def test_a_change_in_more_calendars_than_one_transaction_takes_is_read(chooser: ComposedApp) -> None:
    names = [f"c{number:03}" for number in range(100)]
    for name in names:
        make(chooser, name, 8)
    await choose(checked_calendars=names)
    await run_for(chooser, timedelta(minutes=20))

    for name in names:
        put(chooser, replace(HOME, calendar=CalendarId(name)), 9)
    await run_for(chooser, timedelta(hours=7))

    assert await busy_hours(chooser) == [8, 9]


async def test_a_mailbox_of_very_many_calendars_is_connected_and_read(acme: ComposedApp) -> None:
    await put_policy(checked_calendars={"default": "all"})
    acme.directory.put(TENANT, DirectoryUser(URSULA, OWN, OWN))
    acme.calendars.add_mailbox(MAILBOX, WORK)
    for number in range(120):
        make(acme, f"c{number:03}", 8)

    await connected(acme)
    await run_for(acme, timedelta(minutes=40))

    assert await busy_hours(acme) == [8]


# --- events ---


async def test_what_happens_in_a_calendar_that_is_not_checked_is_not_told(chooser: ComposedApp) -> None:
    chooser.product.open()
    await put_policy(busy_updates=True)
    await choose(checked_calendars=["home"], write_calendar="work")  # so the one at work is read all the same
    await run_for(chooser, timedelta(minutes=3))
    chooser.product.received.clear()  # that the one at home has been read

    put(chooser, WORK, 9)
    await run_for(chooser, timedelta(hours=7))
    unchecked = list(chooser.product.types)
    put(chooser, HOME, 10)
    await run_for(chooser, timedelta(hours=7))

    assert unchecked == []
    assert EventType.BUSY_UPDATED in chooser.product.types


async def letters() -> object:
    return (await call("list_dead_letters")).json["dead_letters"]
