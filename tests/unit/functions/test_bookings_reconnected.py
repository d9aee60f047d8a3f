"""Hosts who are disconnected and come back: their bookings wait for them, and nothing is booked twice."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.rows import Insert
from shared_code.core.booking import BookingEntry
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import BookingId, LinkKey, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.upkeep import Due
from shared_code.messages import SettleBooking, SweepUsers
from shared_code.ports import Stored
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import (
    ACME,
    NAME,
    book,
    booker,
    busy,
    cancel,
    forget_traces,
    get,
    let_pass,
    lose_answer,
    mailbox_of,
    meeting,
    put,
    row,
    sync,
    tomorrow,
    writes,
)
from tests.unit.functions.browser import call

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand

A_MOMENT = timedelta(minutes=3)
BEN = LinkKey(mailbox_of("ben"), ACME, ProductUserId("ben"))


async def leave(app: ComposedApp) -> None:
    assert (await call("disconnect_user", organization=ACME, user="ben", by="ben")).status == 200
    await let_pass(app, timedelta(minutes=20))


async def come_back(app: ComposedApp) -> None:
    assert (await call("reconnect_user", organization=ACME, user="ben", by="ben")).status == 200
    await let_pass(app, A_MOMENT)
    forget_traces(app)


async def part(app: ComposedApp, *, purge: bool = False) -> None:
    """The organisation ends its connection."""
    await call("put_user", organization=ACME, user="olga", body={"addresses": [], "role": "owner"})
    query = {"purge": "true"} if purge else {}
    answered = await call("delete_connection", organization=ACME, connection=NAME, by="olga", query=query)
    assert answered.status in {200, 202, 204}, answered.text
    await let_pass(app, timedelta(minutes=20))


async def rejoin(app: ComposedApp) -> None:
    """As a consent that is given anew."""
    records = await app._organizations.find(ACME)
    assert records is not None
    stored = records.connection(NAME)
    assert stored is not None
    active = replace(stored.value, state=ConnectionState.ACTIVE, settles_at=None)
    await app._organizations.save_connection(stored, active)
    await app.sent.send(SweepUsers(organization=ACME, connection=NAME))
    await let_pass(app, A_MOMENT)
    forget_traces(app)


def rows_of_ben(app: ComposedApp) -> list[str]:
    return [key for key in app.rows.keys("mailboxes", str(BEN.mailbox)) if not key.startswith("outbox!")]


async def entry(app: ComposedApp) -> Stored[BookingEntry] | None:
    return await app._booking_index.find(ACME, BookingId("b-1"))


async def test_the_same_request_after_a_reconnect_is_the_same_meeting(booker: ComposedApp) -> None:
    made = await book(booker, host="ben")
    await leave(booker)
    await come_back(booker)

    again = await put(meeting(booker, host="ben"))

    assert (again.status, again.json) == (200, made)
    assert writes(booker) == []
    assert len(booker.events.live()) == 1


async def test_a_booking_is_moved_after_a_reconnect_and_looked_for_first(booker: ComposedApp) -> None:
    made = await book(booker, host="ben")
    await leave(booker)
    await come_back(booker)

    moved = await book(booker, hour=15, host="ben")
    await book(booker, hour=16, host="ben")

    assert moved["event"] == made["event"]
    assert writes(booker) == ["find_marked", "change", "change"]
    assert len(booker.events.live()) == 1
    assert await busy(booker, "ben") == [16, 17]


async def test_what_was_pasted_while_nobody_watched_is_what_is_changed(booker: ComposedApp) -> None:
    made = await book(booker, host="ben")
    await leave(booker)
    elsewhere = Interval(tomorrow(booker, 18), tomorrow(booker, 19))
    pasted = booker.events.cut_and_paste(str(made["event"]), elsewhere)
    await come_back(booker)

    moved = await book(booker, hour=15, host="ben")

    assert moved["event"] == pasted
    assert [one.shown.time.start for one in booker.events.live()] == [tomorrow(booker, 15)]


async def test_a_create_without_an_answer_is_found_after_a_reconnect(booker: ComposedApp) -> None:
    lose_answer(booker, "create")
    assert (await put(meeting(booker, host="ben"))).status == 503
    await leave(booker)
    await come_back(booker)

    again = await book(booker, host="ben")

    assert again["state"] == "booked"
    assert writes(booker) == ["find_marked"]
    assert len(booker.events.live()) == 1


async def test_the_organizations_connection_ends_and_begins_anew_without_a_second_meeting(booker: ComposedApp) -> None:
    made = await book(booker, host="ben")
    await part(booker)
    shown = await get()
    await rejoin(booker)

    moved = await book(booker, hour=15, host="ben")

    assert (shown.json["state"], shown.json["connected"], shown.json["event"]) == ("booked", False, made["event"])
    assert moved["event"] == made["event"]
    assert len(booker.events.live()) == 1


async def test_a_booking_of_somebody_who_is_not_connected_is_shown_and_not_changed(booker: ComposedApp) -> None:
    made = await book(booker, host="ben")
    await leave(booker)

    shown, changed, same = (
        await get(),
        await put(meeting(booker, 15, host="ben")),
        await put(meeting(booker, host="ben")),
    )
    ended = await cancel()

    assert made["connected"] is True
    assert shown.json == {**made, "connected": False}
    assert {answer.problem for answer in (changed, same, ended)} == {"not-connected"}
    assert ended.json["fields"] == {"user": "ben", "why": "opted_out"}
    assert (await put(meeting(booker, host="cleo"))).problem == "host-changed"
    assert [mail.what for mail in booker.events.mails] == ["invitation"]


async def test_a_lost_link_cancels_nothing_and_the_read_after_a_reconnect_does(booker: ComposedApp) -> None:
    made = await book(booker, host="ben")
    await leave(booker)
    booker.events.delete(str(made["event"]))
    await let_pass(booker, timedelta(hours=7))
    shown = await get()

    await come_back(booker)
    await sync(booker)
    await let_pass(booker, timedelta(minutes=6))

    assert (shown.json["state"], shown.json["decision"]) == ("booked", None)
    assert ((await get()).json["state"], (await get()).json["ended_by"]) == ("ended", "host")


async def test_a_booking_in_another_mailbox_than_the_hosts_is_left_alone(booker: ComposedApp) -> None:
    await book(booker, host="ben")
    await remember_elsewhere(booker)
    forget_traces(booker)

    changed, ended, shown = await put(meeting(booker, 15, host="ben")), await cancel(), await get()

    assert changed.json["fields"] == ended.json["fields"] == {"user": "ben", "why": "another_mailbox"}
    assert shown.json["connected"] is False
    assert writes(booker) == []


async def remember_elsewhere(app: ComposedApp) -> None:
    """As if the host had been another person of the directory when it was booked."""
    stored = await entry(app)
    row = await app.rows.find("mailboxes", str(BEN.mailbox), "link!acme!ben!booking!b-1")
    assert stored is not None
    assert row is not None
    await app.rows.commit("mailboxes", str(mailbox_of("cleo")), [Insert(row.key, row.properties)])
    await app._booking_index.save(stored, replace(stored.value, mailbox=mailbox_of("cleo")))


@pytest.mark.parametrize("is_purged_later", [False, True])
async def test_a_purge_leaves_no_booking(booker: ComposedApp, is_purged_later: bool) -> None:
    await book(booker, host="ben")
    if is_purged_later:
        await part(booker)

    await part(booker, purge=True)

    assert rows_of_ben(booker) == []


async def test_an_organization_that_leaves_takes_the_bookings_of_those_along_who_left_before(
    booker: ComposedApp,
) -> None:
    await book(booker, host="ben")
    await part(booker)

    await call("delete_organization", organization=ACME, by="olga")
    await let_pass(booker, A_MOMENT)

    assert rows_of_ben(booker) == []


@pytest.mark.parametrize("has_left", [False, True])
async def test_whom_the_product_removes_leaves_no_booking(booker: ComposedApp, has_left: bool) -> None:
    await book(booker, host="ben")
    if has_left:
        await leave(booker)

    await call("delete_user", organization=ACME, user="ben")
    await let_pass(booker, timedelta(minutes=20))

    assert rows_of_ben(booker) == []
    assert (await get()).problem == "booking-not-found"


async def test_what_nobody_came_back_to_is_forgotten_when_it_is_over(booker: ComposedApp) -> None:
    await book(booker, host="ben", cohosts=["cleo"])
    await part(booker)

    booker.clock.advance(timedelta(days=2))
    await let_pass(booker, A_MOMENT)

    assert rows_of_ben(booker) == []
    assert await entry(booker) is None


async def test_after_a_reconnect_a_booking_is_kept_for_thirty_days_from_its_end(booker: ComposedApp) -> None:
    await book(booker, host="ben")
    await leave(booker)
    await come_back(booker)

    booker.clock.advance(timedelta(days=20))
    await let_pass(booker, A_MOMENT)
    kept = await row(booker, "ben")
    booker.clock.advance(timedelta(days=12))
    await let_pass(booker, A_MOMENT)

    assert kept is not None
    assert await row(booker, "ben") is None
    assert await entry(booker) is None


async def test_what_became_of_a_create_is_found_out_once_its_calendar_is_there_again(booker: ComposedApp) -> None:
    lose_answer(booker, "create")
    await put(meeting(booker, host="ben"))
    await leave(booker)

    await let_pass(booker, timedelta(hours=2))
    asked = [one for one in booker.sent.messages if isinstance(one, SettleBooking)]
    shown = await get()
    await come_back(booker)
    await let_pass(booker, timedelta(minutes=20))

    assert (asked, shown.json["state"]) == ([], "creating")
    assert ((await get()).json["state"], (await get()).json["ended_by"]) == ("ended", "abandoned")
    assert booker.events.live() == []


async def test_what_was_due_before_it_named_its_mailbox_is_due_again_with_it(booker: ComposedApp) -> None:
    await book(booker, host="ben")
    now = booker.clock.now()

    again_at = await booker.booking_upkeep.look("acme!ben!b-1", now)

    due = await booker._upkeep.find_due(now + timedelta(minutes=1), 100)
    assert again_at is None
    assert Due(now, "booking", f"acme!ben!b-1!{BEN.mailbox}") in due


async def test_of_nobody_who_is_matched_an_old_entry_goes_as_it_always_did(booker: ComposedApp) -> None:
    await book(booker, host="ben")
    await part(booker)
    stored = await entry(booker)
    assert stored is not None
    await booker._booking_index.save(stored, replace(stored.value, mailbox=None))

    assert await booker.booking_upkeep.look("acme!ben!b-1", booker.clock.now()) is None

    assert await entry(booker) is None
