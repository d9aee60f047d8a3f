"""Bookings whose host acts in Outlook, over the whole app in memory: what becomes of co-hosts, and of the next call."""

from datetime import timedelta

import pytest

from shared_code.core.booking import Held
from shared_code.core.intervals import Interval
from shared_code.messages import sync_order
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import (
    PEOPLE,
    book,
    booker,
    busy,
    cancel,
    get,
    held,
    let_pass,
    mailbox_of,
    meeting,
    put,
    sync,
    tomorrow,
)

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

    assert (await get()).json["ended_by"] == "host"
    assert await busy(booker, "ben") == []
    assert (await put(meeting(booker, host="ben"), "b-2")).status == 201


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


async def test_a_copy_that_the_host_made_stays_when_the_booking_is_cancelled(booker: ComposedApp) -> None:
    given = await book(booker)
    await sync(booker)
    copy = booker.events.copy(given["event"], hours(booker, 15, 16))

    assert (await cancel()).status == 204

    assert [made.shown.event for made in booker.events.live()] == [copy]
