"""A mailbox that is connected is read again, and what could not be read never looks free."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.calendar import CalendarState
from shared_code.core.connection import ConnectionState
from shared_code.core.packing import count
from shared_code.core.product_user import UserState
from shared_code.core.sync_rules import CALM, LEASE_TIME
from shared_code.errors import Disconnected, Gone, NoMailbox, OrgcalError, Refused, Throttled, TryLater, Unexpected
from shared_code.mailbox_ports import LinkChange
from shared_code.messages import ReleaseMailbox
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import (
    ACME,
    ANNA,
    OTHER,
    CalendarWorld,
    mailbox_of,
    meeting,
    sync_message,
)

SOON = timedelta(hours=2)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna was connected an hour ago, with one meeting."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA, meeting(SOON))
    world.clock.advance(timedelta(hours=1))
    return world


async def test_a_sync_replaces_what_is_stored_by_what_is_there(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(SOON * 2), meeting(SOON * 3))

    await world.sync()

    mailbox = await world.mailbox()
    assert count(await world.packed()) == 3
    assert mailbox.lease.value.started_at == world.now
    assert mailbox.lease.value.holder is None
    assert mailbox.links[0].value.calendars[0].read_at == world.now


async def test_a_changed_mailbox_costs_two_reads_one_lease_write_and_one_transaction(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(SOON * 2))
    world.forget_traces()

    await world.sync(cause="notified")

    assert world.rows.count("find", "page") == 2
    assert world.rows.count("commit") == 2
    assert world.rows.count() == 4
    assert world.calendars.script.operations() == ["read_window"]


async def test_a_turn_looks_once_more_at_what_the_user_chose(world: CalendarWorld) -> None:
    world.forget_traces()

    await world.sync(cause="swept")

    assert world.rows.count("find", "page") == 3
    assert world.calendars.script.operations() == ["read_window"]


async def test_an_unchanged_read_writes_no_calendar_row(world: CalendarWorld) -> None:
    world.forget_traces()

    await world.sync()

    lease_write, transaction = [done for done in world.rows.operations if done.kind == "commit"]
    assert (lease_write.rows, transaction.rows) == (1, 2)  # the lease; the lease and the link
    assert (await world.mailbox()).links[0].value.calendars[0].read_at == world.now


@pytest.mark.parametrize(
    ("error", "state", "user_state"),
    [
        (Gone("410"), CalendarState.GONE, UserState.CONNECTED),
        (Throttled("429", timedelta(seconds=7)), CalendarState.THROTTLED, UserState.CONNECTED),
        (TryLater("503"), CalendarState.OK, UserState.CONNECTED),  # becomes stale by age
        (Refused("403"), CalendarState.DENIED, UserState.EXCLUDED_BY_POLICY),
        (NoMailbox("404"), CalendarState.DENIED, UserState.NO_MAILBOX),
        (Disconnected("7000229", "consent_missing"), CalendarState.DENIED, UserState.CONNECTED),
    ],
)
async def test_a_failed_read_takes_nothing_away(
    world: CalendarWorld, error: OrgcalError, state: CalendarState, user_state: UserState
) -> None:
    read_at = (await world.mailbox()).links[0].value.calendars[0].read_at
    world.calendars.script.fail("read_window", error)

    await world.sync()

    mailbox = await world.mailbox()
    assert await world.calendar_state() is state
    assert count(await world.packed()) == 1
    assert mailbox.links[0].value.calendars[0].read_at == read_at
    assert mailbox.lease.value.holder is None
    assert (await world.user()).state is user_state


async def test_a_mailbox_that_was_refused_is_asked_for_by_connecting_it_anew_and_not_by_each_read(
    world: CalendarWorld,
) -> None:
    world.calendars.script.fail("read_window", Refused("403"))
    await world.sync()
    world.calendars.script.heal()
    world.clock.advance(timedelta(minutes=15))
    world.forget_traces()

    await world.sync()
    asked = world.calendars.script.operations()
    await world.connect()

    assert asked == []
    assert (await world.user()).state is UserState.CONNECTED
    assert await world.calendar_state() is CalendarState.OK


async def test_a_user_who_opted_out_meanwhile_stays_so(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", Refused("403"))
    await world.sync()
    await world.change_user(state=UserState.OPTED_OUT)
    world.calendars.script.heal()
    world.clock.advance(timedelta(minutes=15))

    await world.sync()

    assert (await world.user()).state is UserState.OPTED_OUT


async def test_a_calendar_of_more_than_18_000_events_is_too_large_and_keeps_what_was_known(
    world: CalendarWorld,
) -> None:
    world.put(ANNA, *(meeting(SOON, name=f"event {number}") for number in range(18_001)))

    await world.sync()

    assert await world.calendar_state() is CalendarState.TOO_LARGE
    assert count(await world.packed()) == 1


async def test_a_throttled_mailbox_is_left_alone_until_graph_allows(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", Throttled("429", timedelta(seconds=90)), times=1)
    queued_at = world.now
    await world.sync()
    world.clock.advance(timedelta(seconds=20))
    world.forget_traces()

    await world.sync()
    early = world.calendars.script.operations()
    world.clock.advance(timedelta(seconds=70))
    await world.sync(queued_at=queued_at)

    assert early == []
    assert world.calendars.script.operations() == ["read_window"]
    assert await world.calendar_state() is CalendarState.OK


@pytest.mark.parametrize(("retry_after", "delay"), [(timedelta(seconds=7.5), 7.5), (None, 60)])
async def test_a_passing_fault_sends_a_delayed_successor_with_the_original_time(
    world: CalendarWorld, retry_after: timedelta | None, delay: float
) -> None:
    world.calendars.script.fail("read_window", TryLater("503", retry_after))
    queued_at = world.now - timedelta(seconds=3)
    world.forget_traces()

    await world.sync(queued_at=queued_at)

    assert world.sent() == [(sync_message(ANNA, queued_at), timedelta(seconds=delay))]
    assert (await world.mailbox()).lease.value.started_at != world.now


async def test_a_long_outage_breeds_no_messages_because_the_next_turn_comes_anyhow(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", TryLater("503"))

    await world.sync(queued_at=world.now - timedelta(minutes=14, seconds=30))

    assert world.sent() == []


async def test_a_limit_of_the_whole_tenant_is_noted_on_its_connection(world: CalendarWorld) -> None:
    error = Throttled("429", timedelta(minutes=2), whole_tenant=True)
    world.calendars.script.fail("read_window", error)

    await world.sync()

    assert (await world.connection()).not_before == world.now + timedelta(minutes=2)


async def test_no_request_goes_to_a_tenant_that_is_to_be_left_alone(world: CalendarWorld) -> None:
    await world.change_connection(not_before=world.now + timedelta(minutes=2))
    world.forget_traces()

    await world.sync()

    assert world.calendars.script.operations() == []
    assert world.sent() == [(sync_message(ANNA, world.now), timedelta(minutes=2))]


@pytest.mark.parametrize("state", [ConnectionState.ATTENTION, ConnectionState.REVIEW, ConnectionState.VERIFYING])
async def test_a_connection_that_does_not_serve_is_not_read(world: CalendarWorld, state: ConnectionState) -> None:
    await world.change_connection(state=state)
    world.forget_traces()

    await world.sync()

    assert world.calendars.script.operations() == []
    assert world.sent() == []


async def test_a_connection_of_another_tenant_opens_no_mailbox(world: CalendarWorld) -> None:
    await world.change_connection(tenant="22222222-2222-2222-2222-222222222222")
    world.forget_traces()

    await world.sync()

    assert world.calendars.script.operations() == []


async def test_a_link_whose_connection_is_over_is_released(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.DISCONNECTED)
    world.forget_traces()

    await world.sync()

    assert world.calendars.script.operations() == []
    assert [type(message) for message, _ in world.sent()] == [ReleaseMailbox]


async def test_a_message_older_than_the_last_read_is_dropped(world: CalendarWorld) -> None:
    await world.sync()
    world.forget_traces()

    await world.sync(queued_at=world.now - timedelta(seconds=6))

    assert world.calendars.script.operations() == []
    assert world.sent() == []


async def test_a_message_right_after_a_read_is_put_off_with_its_original_time(world: CalendarWorld) -> None:
    await world.sync()
    world.forget_traces()
    queued_at = world.clock.advance(timedelta(seconds=4))

    await world.sync(queued_at=queued_at, cause="notified")

    assert world.calendars.script.operations() == []
    assert world.sent() == [(sync_message(ANNA, queued_at, "notified"), timedelta(seconds=6))]


async def test_two_readers_at_once_make_one_read_and_one_message_for_later(world: CalendarWorld) -> None:
    world.forget_traces()

    await asyncio.gather(world.sync(), world.sync())

    assert world.calendars.script.operations() == ["read_window"]
    assert world.sent() == [(sync_message(ANNA, world.now), timedelta(seconds=10))]


async def test_a_message_during_a_read_is_put_off_until_ten_seconds_after_its_start(world: CalendarWorld) -> None:
    mailbox = await world.mailbox()
    held = replace(mailbox.lease.value, holder="another", until=world.now + LEASE_TIME)
    await world.mailboxes.save_lease(mailbox.lease, held)
    world.forget_traces()
    queued_at = world.clock.advance(timedelta(seconds=3))

    await world.sync(queued_at=queued_at)

    assert world.calendars.script.operations() == []
    assert world.sent() == [(sync_message(ANNA, queued_at), timedelta(seconds=7))]


async def test_a_reader_whose_lease_was_taken_over_writes_nothing(world: CalendarWorld) -> None:
    before = await world.packed()
    world.put(ANNA, meeting(SOON * 2))
    original = world.calendars.read_window

    async def slow_read(*about: object) -> object:
        mailbox = await world.mailbox()
        await world.mailboxes.save_lease(mailbox.lease, replace(mailbox.lease.value, holder="a newer one"))
        return await original(*about)  # type: ignore[arg-type]

    world.calendars.read_window = slow_read  # type: ignore[method-assign, assignment]
    await world.sync()

    mailbox = await world.mailbox()
    assert mailbox.lease.value.holder == "a newer one"
    assert await world.packed() == before
    assert (sync_message(ANNA, world.now), CALM) in world.sent()


async def test_an_answer_nobody_knows_keeps_what_is_stored_and_gives_the_lease_back(world: CalendarWorld) -> None:
    before = await world.packed()
    world.calendars.script.fail("read_window", Unexpected("an answer nobody knows"))

    await world.sync()

    assert (await world.mailbox()).lease.value.holder is None
    assert await world.packed() == before


async def test_the_lease_is_given_back_when_something_breaks(world: CalendarWorld) -> None:
    async def breaks(*about: object) -> object:
        raise RuntimeError("a fault of our own")

    world.calendars.read_window = breaks  # type: ignore[method-assign, assignment]

    with pytest.raises(RuntimeError):
        await world.sync()

    assert (await world.mailbox()).lease.value.holder is None


async def test_a_mailbox_that_was_forgotten_is_not_read() -> None:
    world = CalendarWorld()

    await world.sync()

    assert world.calendars.script.operations() == []


async def test_two_organisations_on_one_mailbox_are_read_one_after_another_and_one_refusal_stops_nobody_else(
    world: CalendarWorld,
) -> None:
    await world.add_organization(OTHER)
    await world.add_user(ANNA, OTHER)
    await world.connect(ANNA, OTHER)
    await world.change_connection(OTHER, state=ConnectionState.ATTENTION)
    world.clock.advance(timedelta(minutes=15))
    world.put(ANNA, meeting(SOON * 2))
    world.forget_traces()

    await world.sync()

    assert world.calendars.script.operations() == ["read_window"]
    assert count(await world.packed(ANNA, ACME)) == 2
    assert count(await world.packed(ANNA, OTHER)) == 1


async def test_a_calendar_neither_checked_nor_written_to_is_not_read(world: CalendarWorld) -> None:
    mailbox = await world.mailbox()
    link = mailbox.links[0]
    unused = replace(link.value.calendars[0], checked=False, written=False)
    changed = replace(link.value, calendars=(unused,))
    await world.mailboxes.commit(mailbox.lease, mailbox.lease.value, [LinkChange(link, changed, {})])
    world.forget_traces()

    await world.sync(cause="notified")

    assert world.calendars.script.operations() == []
    assert (await world.mailbox()).links[0].value.calendars[0].calendar == default_calendar(mailbox_of(ANNA))


async def test_the_time_that_graph_names_counts_from_its_answer_and_not_from_the_start_of_the_read(
    world: CalendarWorld,
) -> None:
    original = world.calendars.read_window
    world.calendars.script.fail("read_window", Throttled("429", timedelta(seconds=20)))

    async def slow_read(*about: object) -> object:
        world.clock.advance(timedelta(seconds=35))
        return await original(*about)  # type: ignore[arg-type]

    world.calendars.read_window = slow_read  # type: ignore[method-assign, assignment]
    await world.sync()

    assert (await world.mailbox()).lease.value.not_before == world.now + timedelta(seconds=20)
