"""What Microsoft refuses of a booking or does not answer, and what becomes of what nobody came back to."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.errors import Disconnected, Gone, OrgcalError, Refused, Throttled, TryLater
from shared_code.messages import SettleBooking
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import (
    ACME,
    book,
    booker,
    busy,
    cancel,
    get,
    held,
    let_pass,
    lose_answer,
    meeting,
    put,
    row,
    stored,
    tomorrow,
    writes,
)

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Throttled("by script", timedelta(seconds=9)), 503),
        (Refused("by script"), 409),
        (Disconnected("by script", "consent_missing"), 409),
        (Gone("by script"), 409),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_a_refused_create_leaves_nothing_behind(booker: ComposedApp, error: OrgcalError, status: int) -> None:
    booker.events.script.fail("create", error, times=1)

    answered = await put(meeting(booker, cohosts=["ben"]))

    assert answered.status == status
    assert (await row(booker), await held(booker, "ben")) == (None, None)
    assert (await get()).problem == "booking-not-found"
    assert (await put(meeting(booker, cohosts=["ben"]))).status == 201


async def test_a_mailbox_that_is_throttled_already_is_not_asked(booker: ComposedApp) -> None:
    lease = (await stored(booker)).lease
    until = booker.clock.now() + timedelta(seconds=40)
    await booker._mailboxes.save_lease(lease, replace(lease.value, not_before=until))

    answered = await put(meeting(booker, cohosts=["ben"]))

    assert (answered.status, answered.headers["retry-after"], writes(booker)) == (503, "40", [])
    assert (await row(booker), await held(booker, "ben")) == (None, None)


async def test_the_time_that_microsoft_asks_for_is_passed_on(booker: ComposedApp) -> None:
    booker.events.script.fail("create", Throttled("by script", timedelta(seconds=9)), times=1)

    answered = await put(meeting(booker))

    assert (answered.status, answered.headers["retry-after"]) == (503, "9")


async def test_a_create_whose_answer_was_lost_is_found_by_its_mark(booker: ComposedApp) -> None:
    lose_answer(booker, "create")

    lost = await put(meeting(booker))
    known = (await get()).json
    again = await put(meeting(booker))

    assert (lost.status, known["state"], again.status) == (503, "creating", 200)
    assert writes(booker) == ["create", "find_marked"]
    assert len(booker.events.live()) == 1
    assert len(booker.events.mails) == 1


async def test_a_create_that_never_arrived_is_sent_again(booker: ComposedApp) -> None:
    booker.events.script.fail("create", TryLater("by script"), times=1)

    lost = await put(meeting(booker))
    again = await put(meeting(booker))

    assert (lost.status, again.status) == (503, 200)
    assert writes(booker) == ["create", "find_marked", "create"]
    assert len(booker.events.live()) == 1


async def test_another_request_after_a_lost_answer_changes_the_event_that_is_found(booker: ComposedApp) -> None:
    lose_answer(booker, "create")
    await put(meeting(booker))

    given = await book(booker, hour=15, title="Later")

    (made,) = booker.events.live()
    assert (made.meeting.title, made.meeting.time.start) == ("Later", tomorrow(booker, 15))
    assert given["event"] == made.shown.event
    assert await busy(booker) == [15, 16]


async def test_a_change_whose_answer_was_lost_is_written_again_even_back(booker: ComposedApp) -> None:
    await book(booker)
    lose_answer(booker, "change")

    lost = await put(meeting(booker, 15))
    both = await busy(booker)
    back = await put(meeting(booker, 12))

    assert (lost.status, both, back.status) == (503, [12, 13, 15, 16], 200)
    assert booker.events.live()[0].meeting.time.start == tomorrow(booker, 12)
    assert await busy(booker) == [12, 13]


async def test_a_refused_change_leaves_the_booking_as_it_was(booker: ComposedApp) -> None:
    before = await book(booker)
    booker.events.script.fail("change", Throttled("by script", timedelta(seconds=9)), times=1)

    refused = await put(meeting(booker, 15))

    assert refused.status == 503
    assert (await get()).json == before
    assert (await put(meeting(booker, 12))).json == before
    assert writes(booker) == ["create", "change"]
    assert await busy(booker) == [12, 13]


async def test_a_cancellation_whose_answer_was_lost_is_repeated(booker: ComposedApp) -> None:
    await book(booker)
    lose_answer(booker, "cancel")

    lost = await cancel()
    meanwhile = (await get()).json["state"], (await put(meeting(booker, 15))).problem
    again = await cancel()

    assert (lost.status, meanwhile, again.status) == (503, ("ending", "illegal-state"), 204)
    assert [mail.what for mail in booker.events.mails] == ["invitation", "cancellation"]


async def test_a_throttled_cancellation_changes_nothing(booker: ComposedApp) -> None:
    before = await book(booker)
    booker.events.script.fail("cancel", Throttled("by script", timedelta(seconds=9)), times=1)

    assert (await cancel()).status == 503

    assert (await get()).json == before


# --- nobody comes back ---


async def test_an_abandoned_create_is_cancelled_after_a_quarter_of_an_hour_and_told(booker: ComposedApp) -> None:
    lose_answer(booker, "create")
    await put(meeting(booker, cohosts=["ben"]))

    await let_pass(booker, timedelta(minutes=14))
    before = len(booker.events.live())
    await let_pass(booker, timedelta(minutes=3))

    given = (await get()).json
    assert (before, booker.events.live()) == (1, [])
    assert (given["state"], given["ended_by"]) == ("ended", "abandoned")
    assert (await busy(booker, "anna"), await busy(booker, "ben")) == ([], [])
    assert (await put(meeting(booker))).status == 201


async def test_what_cannot_be_settled_now_is_tried_every_quarter_of_an_hour(booker: ComposedApp) -> None:
    lose_answer(booker, "create")
    await put(meeting(booker))
    records = await booker._organizations.find(ACME)
    assert records is not None
    (connection,) = records.connections
    shut = replace(connection.value, state=ConnectionState.ATTENTION)
    await booker._organizations.save_connection(connection, shut, None)

    await let_pass(booker, timedelta(hours=2))

    assert 6 <= sum(isinstance(order, SettleBooking) for order in booker.sent.messages) <= 8
    assert (await get()).json["state"] == "creating"


async def test_an_abandoned_cancellation_is_finished(booker: ComposedApp) -> None:
    await book(booker)
    booker.events.script.fail("cancel", TryLater("by script"), times=1)
    assert (await cancel()).status == 503

    await let_pass(booker, timedelta(minutes=17))

    assert ((await get()).json["ended_by"], booker.events.live()) == ("product", [])


@pytest.mark.parametrize("arrived", [True, False])
async def test_an_abandoned_change_is_where_microsoft_has_it(booker: ComposedApp, *, arrived: bool) -> None:
    await book(booker)
    if arrived:
        lose_answer(booker, "change")
    else:
        booker.events.script.fail("change", TryLater("by script"), times=1)
    await put(meeting(booker, 15))

    await let_pass(booker, timedelta(minutes=17))

    assert await busy(booker) == ([15, 16] if arrived else [12, 13])
    assert (await get()).json["state"] == "booked"
