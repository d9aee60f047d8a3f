"""Bookings whose host acts in Outlook, over the whole app in memory: what becomes of co-hosts, and of the next call."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.booking import Held
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.ids import ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.policy import Policy
from shared_code.core.product_user import UserState
from shared_code.messages import sync_order
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.booking_calls import (
    ACME,
    PEOPLE,
    book,
    booker,
    busy,
    cancel,
    forget_traces,
    get,
    held,
    let_pass,
    mailbox_of,
    meeting,
    put,
    sync,
    tomorrow,
    writes,
)
from tests.unit.functions.browser import call
from tests.unit.functions.orders import drain

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand


async def notified(app: ComposedApp) -> None:
    """All calendars are read, and what they say is looked into after the grace."""
    app.clock.advance(timedelta(minutes=2))
    for user in PEOPLE:
        await app.sent.send(sync_order(mailbox_of(user), app.clock.now(), "notified"))
    await let_pass(app, timedelta(minutes=5))


def hours(app: ComposedApp, start: int, end: int) -> Interval:
    return Interval(tomorrow(app, start), tomorrow(app, end))


async def watch_of_ben(app: ComposedApp) -> Held:
    found = await held(app, "ben")
    assert found is not None
    return found


async def test_a_meeting_that_its_host_deletes_frees_its_cohosts(booker: ComposedApp) -> None:
    given = await book(booker, cohosts=["ben"])
    await notified(booker)

    booker.events.delete(given["event"])
    await notified(booker)

    shown = (await get()).json
    assert (shown["ended_by"], shown["web_link"], shown["decision"]["clue"]) == ("host", None, "vanished")
    assert await busy(booker, "ben") == []
    assert (await put(meeting(booker, host="ben"), "b-2")).status == 201


async def coming(app: ComposedApp) -> int:
    """What a share of is held for a person."""
    (connection,) = (await app._organizations.find(ACME)).connections  # type: ignore[union-attr]
    return await app._holds.count_coming(ACME, connection.value.connection, app.clock.now())


async def test_what_the_product_or_the_host_has_ended_is_not_counted_as_coming(booker: ComposedApp) -> None:
    for number, hour in enumerate((9, 11, 13, 15)):
        await book(booker, f"b-{number}", hour)
    await notified(booker)
    before = await coming(booker)

    await cancel("b-0")
    by_product = await coming(booker)
    booker.events.delete((await get("b-1")).json["event"])
    await notified(booker)
    by_host = await coming(booker)
    again = await put(meeting(booker, 9), "b-0")

    assert (before, by_product, by_host, again.status) == (4, 3, 2, 201)
    assert await coming(booker) == 3


async def test_a_meeting_that_its_host_pastes_elsewhere_takes_its_cohosts_time_there(booker: ComposedApp) -> None:
    given = await book(booker, cohosts=["ben"])
    await notified(booker)

    booker.events.cut_and_paste(given["event"], hours(booker, 15, 16))
    await notified(booker)

    assert (await get()).json["start"] == tomorrow(booker, 15).isoformat().replace("+00:00", "Z")
    assert (await watch_of_ben(booker)).time == hours(booker, 15, 16)
    at_the_old_time = await put(meeting(booker, 12, host="ben"), "b-2")
    at_the_new_time = await put(meeting(booker, 15, host="ben"), "b-3")
    assert (at_the_old_time.status, at_the_new_time.problem) == (201, "slot-taken")


async def invite_ben(app: ComposedApp, event: str, time: Interval) -> None:
    """His copy arrives."""
    copy = Event(f"copy of {event}", f"uid-{event}", time, ShowAs.TENTATIVE)
    app.calendars.put(mailbox_of("ben"), default_calendar(mailbox_of("ben")), copy)
    await notified(app)


def leave(app: ComposedApp, event: str) -> None:
    app.calendars.remove(mailbox_of("ben"), default_calendar(mailbox_of("ben")), f"copy of {event}")


async def let_declines_cancel(app: ComposedApp) -> None:
    records = await app._organizations.find(ACME)
    assert records is not None
    stored = records.organization
    await app._organizations.save(stored, replace(stored.value, policy=Policy(cohost_decline_cancels=True)))


async def test_a_cohost_who_left_is_free_for_other_meetings(booker: ComposedApp) -> None:
    given = await book(booker, cohosts=["ben"])
    await invite_ben(booker, given["event"], hours(booker, 12, 13))
    taken = await put(meeting(booker, host="ben"), "b-2")

    leave(booker, given["event"])
    await notified(booker)

    assert taken.problem == "slot-taken"
    assert (await get()).json["state"] == "booked"
    assert await busy(booker, "ben") == []
    assert (await put(meeting(booker, host="ben"), "b-2")).status == 201


async def test_a_decline_that_cancels_calls_the_meeting_off_and_is_kept_as_a_decision(booker: ComposedApp) -> None:
    await let_declines_cancel(booker)
    given = await book(booker, cohosts=["ben"])
    await invite_ben(booker, given["event"], hours(booker, 12, 13))

    leave(booker, given["event"])
    await notified(booker)

    shown = (await get()).json
    assert (shown["state"], shown["ended_by"], shown["decision"]["outcome"]) == ("ended", "cohost", "cancelled")
    assert [mail.what for mail in booker.events.mails] == ["invitation", "cancellation"]
    assert booker.events.live() == []


async def test_a_cohost_whose_whole_calendar_goes_calls_nothing_off(booker: ComposedApp) -> None:
    await let_declines_cancel(booker)
    made = [await book(booker, f"b-{number}", hour=8 + number, cohosts=["ben"]) for number in range(11)]
    for given, hour in zip(made, range(8, 19), strict=True):
        await invite_ben(booker, given["event"], hours(booker, hour, hour + 1))

    for given in made:
        leave(booker, given["event"])
    await notified(booker)

    assert len(booker.events.live()) == 11
    assert await busy(booker, "ben") == []


async def test_a_copy_that_goes_while_its_host_is_away_is_looked_into_once_they_are_back(booker: ComposedApp) -> None:
    given = await book(booker, host="cleo", cohosts=["ben"])
    await invite_ben(booker, given["event"], hours(booker, 12, 13))
    assert (await call("disconnect_user", organization=ACME, user="cleo", by="cleo")).status == 200
    await let_pass(booker, timedelta(minutes=1))
    forget_traces(booker)

    leave(booker, given["event"])
    await notified(booker)

    asked = [*booker.calendars.script.calls, *booker.events.script.calls]
    assert [one for one in asked if str(mailbox_of("cleo")) in one.about] == []
    assert not (await watch_of_ben(booker)).has_left
    await call("reconnect_user", organization=ACME, user="cleo", by="cleo")
    await let_pass(booker, timedelta(minutes=3))
    await notified(booker)
    await let_pass(booker, timedelta(minutes=30))
    assert (await watch_of_ben(booker)).has_left


async def test_a_decline_writes_nothing_to_a_host_who_has_disconnected(booker: ComposedApp) -> None:
    await let_declines_cancel(booker)
    given = await book(booker, cohosts=["ben"])
    await invite_ben(booker, given["event"], hours(booker, 12, 13))
    leave(booker, given["event"])
    booker.clock.advance(timedelta(minutes=2))
    await booker.sent.send(sync_order(mailbox_of("ben"), booker.clock.now(), "notified"))
    while not (await watch_of_ben(booker)).has_left:
        booker.clock.advance(timedelta(seconds=1))
        await drain(booker)
    stored = await booker._users.find(ACME, ProductUserId("anna"))
    assert stored is not None
    await booker._users.save([UserChange(stored, replace(stored.value, state=UserState.OPTED_OUT))])
    forget_traces(booker)

    await let_pass(booker, timedelta(minutes=5))

    assert writes(booker) == []


async def test_what_was_pasted_and_not_read_yet_is_cancelled_with_its_booking(booker: ComposedApp) -> None:
    given = await book(booker)
    await sync(booker)
    booker.events.cut_and_paste(given["event"], hours(booker, 15, 16))

    assert (await cancel()).status == 204

    assert booker.events.live() == []


async def test_what_was_pasted_and_not_read_yet_is_changed_with_its_booking(booker: ComposedApp) -> None:
    given = await book(booker)
    await sync(booker)
    pasted = booker.events.cut_and_paste(given["event"], hours(booker, 15, 16))
    await sync(booker)

    answered = await put(meeting(booker, 17))
    await notified(booker)

    assert answered.json["event"] == pasted
    assert [made.meeting.time for made in booker.events.live()] == [hours(booker, 17, 18)]
    assert (await get()).json["start"] == tomorrow(booker, 17).isoformat().replace("+00:00", "Z")


async def test_a_change_that_met_what_was_cut_a_moment_before_is_found_out_and_reaches_it_the_next_time(
    booker: ComposedApp,
) -> None:
    given = await book(booker)
    await sync(booker)
    pasted = booker.events.cut_and_paste(given["event"], hours(booker, 15, 16))

    missed = await put(meeting(booker, 17, body="Bring lunch"))
    await notified(booker)
    shown = (await get()).json
    again = await put(meeting(booker, 17, body="Bring lunch"))

    assert missed.json["event"] == given["event"]
    assert (shown["event"], shown["start"]) == (pasted, tomorrow(booker, 15).isoformat().replace("+00:00", "Z"))
    assert again.json["event"] == pasted
    (made,) = booker.events.live()
    assert made.meeting.time == hours(booker, 17, 18)
    assert "Bring lunch" in made.body


async def test_a_copy_that_the_host_made_stays_when_the_booking_is_cancelled(booker: ComposedApp) -> None:
    given = await book(booker)
    await sync(booker)
    copy = booker.events.copy(given["event"], hours(booker, 15, 16))

    assert (await cancel()).status == 204

    assert [made.shown.event for made in booker.events.live()] == [copy]
