"""Calls that come at the same time, and syncs between their steps."""

import asyncio

import pytest

from shared_code.messages import sync_order
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.booking_calls import (
    OTHER,
    booker,
    busy,
    cancel,
    get,
    mailbox_of,
    meeting,
    put,
    row,
    writes,
)
from tests.unit.functions.orders import drain

__all__ = ["booker"]

pytestmark = pytest.mark.by_hand


async def test_the_same_request_many_times_at_once_is_one_event(booker: ComposedApp) -> None:
    answers = await asyncio.gather(*(put(meeting(booker, cohosts=["ben"])) for _ in range(6)))
    again = await put(meeting(booker, cohosts=["ben"]))

    assert {answer.status for answer in answers} <= {200, 201, 503}
    assert [answer.status for answer in answers].count(201) == 1
    assert again.status == 200
    assert len(booker.events.live()) == len(booker.events.mails) == 1


async def test_of_many_bookings_for_one_time_one_is_made(booker: ComposedApp) -> None:
    calls = [put(meeting(booker, host=host, cohosts=[other]), f"b-{host}-{other}") for host, other in _pairs()]

    answers = await asyncio.gather(*calls)

    made = [answer for answer in answers if answer.status == 201]
    assert len(made) == 1
    assert {answer.status for answer in answers} <= {201, 409, 503}
    assert len(booker.events.live()) == len(made)


def _pairs() -> list[tuple[str, str]]:
    return [("anna", "ben"), ("ben", "anna"), ("ben", "cleo"), ("cleo", "ben"), ("anna", "cleo"), ("cleo", "anna")]


async def test_two_hosts_named_at_once_make_one_host(booker: ComposedApp) -> None:
    answers = await asyncio.gather(*(put(meeting(booker, host=host)) for host in ("anna", "ben")))

    assert min(answer.status for answer in answers) == 201
    assert len(booker.events.live()) == 1
    assert (await get()).json["host"] in {"anna", "ben"}


async def test_two_organizations_that_want_one_time_of_one_person_learn_nothing_of_each_other(
    booker: ComposedApp,
) -> None:
    answers = await asyncio.gather(put(meeting(booker)), put(meeting(booker), "b-1", OTHER))

    assert [answer.status for answer in answers] == [201, 201]
    assert len(booker.events.live()) == 2


async def test_a_booking_and_its_cancellation_at_once_leave_what_was_answered_last(booker: ComposedApp) -> None:
    await put(meeting(booker))

    moved, ended = await asyncio.gather(put(meeting(booker, 15)), cancel())

    assert {moved.status, ended.status} <= {200, 204, 409, 503}
    stored = await row(booker)
    assert stored is not None
    assert stored.is_live == bool(booker.events.live())


async def test_a_booking_made_during_a_read_is_kept_and_so_is_what_was_read(booker: ComposedApp) -> None:
    await booker.sent.send(sync_order(mailbox_of("anna"), booker.clock.now(), "interactive"))

    booked, _ = await asyncio.gather(put(meeting(booker)), drain(booker))

    stored = await booker._mailboxes.find(mailbox_of("anna"))
    assert booked.status == 201
    assert stored is not None
    assert stored.lease.value.holder is None
    assert await busy(booker) == [12, 13]
    assert writes(booker) == ["create"]
