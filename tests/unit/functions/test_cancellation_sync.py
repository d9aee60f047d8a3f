"""What becomes of bookings whose hosts and co-hosts act in Outlook, over the whole app in memory."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared_code.core.calendar import Event, ShowAs
from shared_code.core.intervals import Interval
from shared_code.core.sync_rules import Cause
from shared_code.messages import sync_order
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.booking_calls import ACME, book, booker, busy, get, mailbox_of, meeting, put
from tests.unit.functions.browser import call
from tests.unit.functions.orders import run_for

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand


async def _read(app: ComposedApp, user: str, cause: Cause = "notified") -> None:
    """As if Graph had told of a change just now, and what follows from it within some minutes."""
    app.clock.advance(timedelta(minutes=1))
    await app.sent.send(sync_order(mailbox_of(user), app.clock.now(), cause))
    await run_for(app, timedelta(minutes=8))


async def _told(app: ComposedApp, kind: str) -> list[dict[str, Any]]:
    await run_for(app, timedelta(minutes=2))
    listed = await call("list_events", organization=ACME)
    return [each["data"] for each in listed.json["events"] if each["type"] == kind]


async def test_a_booking_that_its_host_deletes_is_over_for_everybody_and_told_once(booker: ComposedApp) -> None:
    await book(booker, cohosts=["ben"])
    (made,) = booker.events.live()
    booker.events.delete(made.shown.event)

    await _read(booker, "anna")
    await _read(booker, "anna")

    given = (await get()).json
    assert (given["state"], given["ended_by"], given["decision"]["outcome"]) == ("ended", "host", "cancelled")
    assert [each["cause"] for each in await _told(booker, "booking.cancelled")] == ["host_deleted"]
    assert await busy(booker, "ben") == []


async def test_a_booking_that_its_host_cancelled_may_be_booked_again(booker: ComposedApp) -> None:
    await book(booker)
    booker.events.delete(booker.events.live()[0].shown.event)
    await _read(booker, "anna")

    again = await put(meeting(booker, hour=15))

    assert (again.status, again.json["state"], again.json["ended_by"]) == (201, "booked", None)
    await _read(booker, "anna")
    assert (await get()).json["state"] == "booked"


async def test_a_moved_booking_is_written_again_even_if_the_product_asks_for_the_same(booker: ComposedApp) -> None:
    body = meeting(booker)
    before = (await put(body)).json
    (made,) = booker.events.live()
    later = Interval(made.shown.time.start + timedelta(hours=2), made.shown.time.end + timedelta(hours=2))
    event = Event(made.shown.event, made.shown.ical_uid, later, ShowAs.BUSY)
    booker.calendars.put(mailbox_of("anna"), default_calendar(mailbox_of("anna")), event)
    made.shown = replace(made.shown, time=later)

    await _read(booker, "anna")
    moved = (await get()).json
    asked_again = (await put(body)).json

    (told,) = await _told(booker, "booking.moved")
    assert (told["start"], told["previous_start"]) == (moved["start"], before["start"])
    assert moved["start"] != before["start"]
    assert asked_again["start"] == before["start"]
    assert made.shown.time.start.isoformat().replace("+00:00", "Z") == before["start"]


async def test_a_co_hosts_decline_ends_the_booking_where_the_policy_says_so(booker: ComposedApp) -> None:
    await call("put_user", organization=ACME, user="olga", body={"addresses": [], "role": "owner"})
    policy = {"name": "Acme", "policy": {"cohost_decline_cancels": True}}
    await call("put_organization", organization=ACME, body=policy, by="olga")
    await book(booker, cohosts=["ben"])
    (made,) = booker.events.live()
    declined = Event("bens copy", made.shown.ical_uid, made.shown.time, ShowAs.FREE, is_declined=True)
    booker.calendars.put(mailbox_of("ben"), default_calendar(mailbox_of("ben")), declined)

    await _read(booker, "ben")

    given = (await get()).json
    assert (given["state"], given["ended_by"]) == ("ended", "cohost")
    assert booker.events.live() == []
    assert [each["user"] for each in await _told(booker, "booking.host_declined")] == ["ben"]
    assert [each["cause"] for each in await _told(booker, "booking.cancelled")] == ["cohost_declined"]


async def test_a_co_hosts_decline_ends_nothing_otherwise(booker: ComposedApp) -> None:
    await book(booker, cohosts=["ben"])
    (made,) = booker.events.live()
    declined = Event("bens copy", made.shown.ical_uid, made.shown.time, ShowAs.FREE, is_declined=True)
    booker.calendars.put(mailbox_of("ben"), default_calendar(mailbox_of("ben")), declined)

    await _read(booker, "ben")

    assert (await get()).json["state"] == "booked"
    assert await _told(booker, "booking.cancelled") == []
