"""Bookings of people with several mailboxes: where they go, where they stay, and whose time they take."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from msgspec.structs import replace as replace_struct

from shared_code.core.booking import Held
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import BookingId, CalendarId, LinkKey, MailboxKey, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.core.policy import PersonalConnections, Takeover
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.errors import TryLater
from shared_code.flows.booking_finding import settle_order
from shared_code.messages import SettleEverybody
from shared_code.ports import UserChange
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.account_way import decided
from tests.unit.functions.booking_calls import (
    ACME,
    book,
    booker,
    busy,
    cancel,
    forget_traces,
    get,
    let_pass,
    mailbox_of,
    meeting,
    put,
    tomorrow,
    writes,
)
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.own_accounts import accounts, find_user, read_account, write_to

__all__ = ["booker"]
pytestmark = pytest.mark.by_hand
_QUARTER = timedelta(minutes=15)


@pytest_asyncio.fixture
async def own(booker: ComposedApp) -> MailboxKey:
    """Anna has an Outlook.com account beside her organisation's mailbox."""
    return await _connect(booker, "anna", "own-1")


async def _connect(app: ComposedApp, user: str, name: str, called: str | None = None) -> MailboxKey:
    mailbox = await read_account(app, user, name, called or f"{user}@outlook.example")
    forget_traces(app)
    return mailbox


def _event(app: ComposedApp) -> Event:
    return Event("dentist", None, Interval(tomorrow(app, 12), tomorrow(app, 13)), ShowAs.BUSY)


def _lost(done: str) -> None:
    raise TryLater(f"the answer to {done} was lost")


async def _change_account(app: ComposedApp, **changes: object) -> None:
    (account,) = (await find_user(app, "anna")).personal
    await _change(app, "anna", personal=(replace(account, **changes),))  # type: ignore[arg-type]


async def _turn_connection(app: ComposedApp, state: ConnectionState) -> None:
    records = await app._organizations.find(ACME)
    assert records is not None
    (stored,) = records.connections
    await app._organizations.save_connection(stored, replace(stored.value, state=state))


async def _settle(app: ComposedApp) -> None:
    await app.sent.send(SettleEverybody(organization=ACME))
    await run_for(app, _QUARTER)


async def _forget_match(app: ComposedApp, user: str) -> None:
    """As if nobody in the directory had ever been found for them."""
    await _change(app, user, match=None, state=UserState.PERSONAL, reason=str(Reason.HAS_OWN_ACCOUNT))


async def _change(app: ComposedApp, user: str, **changes: object) -> None:
    stored = await app._users.find(ACME, ProductUserId(user))
    assert stored is not None
    changed = replace(stored.value, **changes)  # type: ignore[arg-type]
    assert await app._users.save([UserChange(stored, changed)]) == ()


async def _held(app: ComposedApp, mailbox: MailboxKey) -> list[Held]:
    found = await app._mailboxes.find(mailbox)
    assert found is not None
    return [one.value for one in found.held if one.value.ended_at is None]


async def test_a_meeting_goes_to_the_calendar_that_its_host_writes_to(booker: ComposedApp, own: MailboxKey) -> None:
    await write_to(own, "anna")

    given = await book(booker)

    (made,) = booker.events.live()
    assert (made.mailbox, made.calendar) == (own, default_calendar(own))
    assert given["connected"] is True
    assert await busy(booker) == [12, 13]


async def test_whoever_has_only_an_account_of_their_own_hosts_and_is_invited_there(booker: ComposedApp) -> None:
    annas, bens = await _connect(booker, "anna", "own-1"), await _connect(booker, "ben", "own-2")
    for user in ("anna", "ben"):
        await _forget_match(booker, user)

    await book(booker, cohosts=["ben"], if_free=True)

    (made,) = booker.events.live()
    assert made.mailbox == annas
    assert {one.address for one in made.meeting.attendees} == {"guest@outside.example", "ben@outlook.example"}
    assert [held.booking for held in await _held(booker, bens)] == ["b-1"]


async def test_a_meeting_in_an_account_that_was_back_while_the_consent_was_lost_is_its_hosts_time_afterwards(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await decided(booker, takeover=Takeover.REPLACE)
    await _settle(booker)
    aside = await accounts(booker, "anna")
    await _turn_connection(booker, ConnectionState.ATTENTION)
    await _settle(booker)
    await write_to(own, "anna")

    await book(booker)
    back = await accounts(booker, "anna")
    await _turn_connection(booker, ConnectionState.ACTIVE)
    await _settle(booker)

    (made,) = booker.events.live()
    assert (made.mailbox, made.calendar) == (own, default_calendar(own))
    assert (aside, back) == ({"own-1": ("set_aside", "admin_managed")}, {"own-1": ("connected", None)})
    assert await accounts(booker, "anna") == aside
    assert await busy(booker) == [12, 13]


async def test_a_meeting_that_stands_is_moved_and_cancelled_where_it_is(booker: ComposedApp, own: MailboxKey) -> None:
    before = await book(booker)
    await write_to(own, "anna")

    after = await book(booker, hour=15)
    there = [made.mailbox for made in booker.events.live()]
    ended = await cancel()

    assert (after["event"], there) == (before["event"], [mailbox_of("anna")])
    assert ended.status == 204
    assert booker.events.live() == []


async def test_a_meeting_that_was_cancelled_is_booked_again_where_new_ones_go(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await book(booker)
    await cancel()
    await write_to(own, "anna")

    await book(booker)

    assert [made.mailbox for made in booker.events.live()] == [own]
    assert (await get()).json["state"] == "booked"


async def test_time_that_is_booked_in_one_mailbox_is_taken_in_the_others(booker: ComposedApp, own: MailboxKey) -> None:
    await book(booker, "b-1")
    await write_to(own, "anna")

    refused = await put(meeting(booker), "b-2")
    beside = await put(meeting(booker, 13), "b-3")

    assert (refused.status, refused.problem) == (409, "slot-taken")
    assert beside.status == 201
    assert len(booker.events.live()) == 2
    assert (await get("b-2")).status == 404


async def test_a_cohosts_time_is_taken_in_all_of_their_mailboxes(booker: ComposedApp) -> None:
    bens = await _connect(booker, "ben", "own-2")
    await book(booker, "b-1", host="ben")
    await write_to(bens, "ben")

    refused = await put(meeting(booker, cohosts=["ben"]), "b-2")

    assert (refused.status, refused.problem) == (409, "slot-taken")
    assert await busy(booker, "anna") == []


async def test_only_time_that_is_free_in_every_mailbox_is_free(booker: ComposedApp, own: MailboxKey) -> None:
    booker.calendars.put(own, default_calendar(own), _event(booker))

    refused = await put(meeting(booker, if_free=True))
    beside = await put(meeting(booker, 14, if_free=True), "b-2")

    assert (refused.status, refused.problem) == (409, "slot-taken")
    assert beside.status == 201


async def test_while_an_account_needs_its_owner_nobody_can_know_that_they_are_free(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await _change_account(booker, state=PersonalState.NEEDS_RECONNECT, reason=PersonalReason.REVOKED)

    refused = await put(meeting(booker, if_free=True))

    assert (refused.status, refused.problem) == (409, "free-time-unknown")
    assert refused.json["fields"] == {"user": "anna", "why": "needs_reconnect"}
    assert own not in {made.mailbox for made in booker.events.live()}


async def test_cohosts_are_invited_where_theywrite_to(booker: ComposedApp) -> None:
    bens = await _connect(booker, "ben", "own-2")
    await write_to(bens, "ben")

    await book(booker, cohosts=["ben"])

    (made,) = booker.events.live()
    assert {one.address for one in made.meeting.attendees} == {"guest@outside.example", "ben@outlook.example"}
    assert [held.booking for held in await _held(booker, bens)] == ["b-1"]


async def test_a_cohost_whose_account_is_named_by_a_telephone_number_is_invited_as_the_product_knows_them(
    booker: ComposedApp,
) -> None:
    bens = await _connect(booker, "ben", "own-2", "+33 6 12 34 56 78")
    await write_to(bens, "ben")

    await book(booker, cohosts=["ben"])

    (made,) = booker.events.live()
    assert {one.address for one in made.meeting.attendees} == {"guest@outside.example", "ben@acme.example"}


@pytest.mark.parametrize("ends", [False, True])
async def test_a_cohosts_time_is_given_back_where_it_was_taken(booker: ComposedApp, ends: bool) -> None:
    await book(booker, cohosts=["ben"])
    bens = await _connect(booker, "ben", "own-2")
    await write_to(bens, "ben")

    if ends:
        await cancel()
    else:
        await book(booker, hour=15, cohosts=["ben"])

    assert await _held(booker, mailbox_of("ben")) == []
    assert [held.time.start for held in await _held(booker, bens)] == ([] if ends else [tomorrow(booker, 15)])


async def test_a_meeting_in_an_account_that_needs_its_owner_stands_and_is_not_held_to_be_true(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await write_to(own, "anna")
    await book(booker)
    await _change_account(booker, state=PersonalState.NEEDS_RECONNECT, reason=PersonalReason.REVOKED)
    forget_traces(booker)

    known, moved, ended, new = (
        await get(),
        await put(meeting(booker, 15)),
        await cancel(),
        await put(meeting(booker, 9), "b-2"),
    )

    await _change_account(booker, state=PersonalState.CONNECTED, reason=None)
    back, asked = await put(meeting(booker)), writes(booker)

    assert (known.json["state"], known.json["connected"]) == ("booked", False)
    assert (back.status, back.json["connected"]) == (200, True)
    for refused in (moved, ended, new):
        assert (refused.status, refused.problem) == (409, "not-connected")
        assert refused.json["fields"] == {"user": "anna", "why": "revoked"}
    assert asked == []


async def test_a_meeting_in_an_account_that_was_set_aside_stands_and_its_time_is_taken(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await write_to(own, "anna")
    await book(booker, "b-1")
    await decided(booker, personal_connections=PersonalConnections.WITHOUT_ADMIN_MANAGED)
    await booker.sent.send(SettleEverybody(organization=ACME))
    await run_for(booker, timedelta(minutes=20))
    aside = await accounts(booker, "anna")

    refused = await put(meeting(booker, if_free=True), "b-2")

    assert aside == {"own-1": ("set_aside", "admin_managed")}
    assert await busy(booker) == await busy(booker, live=True) == [12, 13]
    assert (refused.status, refused.problem) == (409, "slot-taken")
    assert (await get("b-1")).json["connected"] is False


async def test_a_meeting_in_an_account_that_was_disconnected_is_not_written_elsewhere(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await write_to(own, "anna")
    await book(booker)
    await _change_account(booker, state=PersonalState.SET_ASIDE)

    moved, known = await put(meeting(booker, 15)), await get()

    assert (moved.status, moved.problem) == (409, "not-connected")
    assert moved.json["fields"] == {"user": "anna", "why": "another_mailbox"}
    assert known.json["connected"] is False
    assert [made.mailbox for made in booker.events.live()] == [own]


async def test_teams_is_asked_of_the_account_that_is_written_to(booker: ComposedApp, own: MailboxKey) -> None:
    await write_to(own, "anna")
    booker.events.no_teams.add(CalendarId(default_calendar(own)))

    refused = await put(meeting(booker, online_meeting="teams"))

    assert (refused.status, refused.problem) == (422, "online-meeting-refused")


async def test_what_an_attempt_left_open_in_an_own_account_is_settled_there(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await write_to(own, "anna")
    booker.events.after = _lost
    assert (await put(meeting(booker))).status == 503
    booker.events.after = lambda _: None
    await write_to(mailbox_of("anna"), "anna")
    (made,) = booker.events.live()

    await let_pass(booker, _QUARTER * 3)

    assert made.mailbox == own
    assert booker.events.live() == []
    assert (await get()).json["ended_by"] == "abandoned"


@pytest.mark.parametrize("is_named", [False, True])
async def test_an_order_from_before_mailboxes_were_named_is_of_the_matched_one(
    booker: ComposedApp, is_named: bool
) -> None:
    booker.events.after = _lost
    assert (await put(meeting(booker))).status == 503
    booker.events.after = lambda _: None
    booker.clock.advance(_QUARTER)

    link = LinkKey(mailbox_of("anna"), ACME, ProductUserId("anna"))
    order = settle_order(link, BookingId("b-1"))
    await booker.sent.send(order if is_named else replace_struct(order, mailbox=None))
    await drain(booker)

    assert (await get()).json["ended_by"] == "abandoned"


async def test_of_two_bookings_for_one_time_in_two_mailboxes_at_once_at_most_one_is_made(
    booker: ComposedApp, own: MailboxKey
) -> None:
    await book(booker, "b-1", 9)
    await write_to(own, "anna")
    booker.events.turns = 3

    answers = await asyncio.gather(put(meeting(booker, 15), "b-1"), put(meeting(booker, 15), "b-2"))

    at_three = [made for made in booker.events.live() if made.meeting.time.start == tomorrow(booker, 15)]
    made = [answer for answer in answers if answer.status in {200, 201}]
    assert {answer.status for answer in answers} <= {200, 201, 409}
    assert len(at_three) == len(made) <= 1
