"""A connection serves again: everybody's mailbox is ordered to be read, spread over a quarter of an hour."""

from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec import structs

from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ProductUserId
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.flows.reading_again import GROUP, ReadingAgain
from shared_code.messages import ConnectMailbox, KeepSubscription, ReadMailboxes, SyncMailbox
from shared_code.order_queues import CALENDAR_BACKFILL, queue_of
from tests.unit.flows.calendar_world import ACME, ANNA, OTHER, CalendarWorld, connection_of, mailbox_of

ORDER = ReadMailboxes(organization=ACME, connection=connection_of(ACME))
QUARTER = timedelta(minutes=15)


@pytest.fixture
async def world() -> CalendarWorld:
    world = CalendarWorld()
    await world.add_organization()
    return world


async def run(world: CalendarWorld, order: ReadMailboxes = ORDER) -> None:
    world.forget_traces()
    await ReadingAgain(world.organizations, world.users, world.queues).run(order, world.now)


async def add(world: CalendarWorld, user: ProductUserId, state: UserState) -> None:
    await world.add_user(user, state=state)
    await world.change_user(user, reason=None, connected_at=world.now)


async def test_a_connected_mailbox_gets_its_subscription_looked_after_and_is_read_then(world: CalendarWorld) -> None:
    await add(world, ANNA, UserState.CONNECTED)

    await run(world)

    keep, settle = world.queues.messages
    assert isinstance(keep, KeepSubscription)
    assert keep.mailbox == mailbox_of(ANNA)
    assert (keep.occasion, keep.orders_read) == ("recovered", True)
    assert isinstance(settle, SyncMailbox)  # for what was chosen meanwhile
    assert (settle.mailbox, settle.cause) == (mailbox_of(ANNA), "settled")


async def test_after_a_change_of_policy_only_what_is_connected_is_seen_to_and_by_bulk_work(
    world: CalendarWorld,
) -> None:
    states = (UserState.CONNECTED, UserState.PENDING, UserState.NO_MAILBOX, UserState.ERROR, UserState.OPTED_OUT)
    for state in states:
        await add(world, ProductUserId(state), state)

    await run(world, structs.replace(ORDER, occasion="policy"))

    (order,) = world.queues.messages
    assert isinstance(order, SyncMailbox)
    assert (order.mailbox, order.cause) == (mailbox_of(ProductUserId(UserState.CONNECTED)), "settled")
    assert queue_of(order) == CALENDAR_BACKFILL


async def test_the_walk_after_a_change_of_policy_goes_on_as_it_began(world: CalendarWorld) -> None:
    for number in range(GROUP + 1):
        await add(world, ProductUserId(f"u{number:03}"), UserState.CONNECTED)

    await run(world, structs.replace(ORDER, occasion="policy"))

    (successor,) = [message for message in world.queues.messages if isinstance(message, ReadMailboxes)]
    assert (successor.occasion, successor.after) == ("policy", f"u{GROUP - 1:03}")


@pytest.mark.parametrize("state", [UserState.EXCLUDED_BY_POLICY, UserState.NO_MAILBOX, UserState.ERROR])
async def test_a_mailbox_that_was_shut_is_asked_for_without_waiting_for_its_day(
    world: CalendarWorld, state: UserState
) -> None:
    await add(world, ANNA, state)

    await run(world)

    assert [type(message) for message in world.queues.messages] == [ConnectMailbox]


async def test_reads_are_spread_over_a_quarter_of_an_hour(world: CalendarWorld) -> None:
    for number in range(100):
        await add(world, ProductUserId(f"user-{number}"), UserState.CONNECTED)

    await run(world)

    delays = sorted(sent.delay for sent in world.queues.sent if isinstance(sent.message, KeepSubscription))
    assert len(delays) == 100
    assert delays[-1] <= QUARTER
    assert delays[50] - delays[0] > QUARTER / 4


async def test_people_go_by_in_groups(world: CalendarWorld) -> None:
    for number in range(GROUP + 1):
        await add(world, ProductUserId(f"user-{number:04}"), UserState.CONNECTED)

    await run(world)
    (successor,) = [message for message in world.queues.messages if isinstance(message, ReadMailboxes)]
    await run(world, successor)

    (keep,) = [message for message in world.queues.messages if isinstance(message, KeepSubscription)]
    assert keep.mailbox == mailbox_of(ProductUserId(f"user-{GROUP:04}"))


async def test_nobody_else_is_asked_for(world: CalendarWorld) -> None:
    await add(world, ProductUserId("left"), UserState.OPTED_OUT)
    await add(world, ANNA, UserState.CONNECTED)
    match = (await world.user()).match
    assert match is not None
    await world.change_user(match=replace(match, connection=connection_of(OTHER)))

    await run(world)

    assert world.queues.sent == []


async def test_a_connection_that_does_not_serve_has_nobody_read(world: CalendarWorld) -> None:
    await add(world, ANNA, UserState.CONNECTED)
    await world.change_connection(state=ConnectionState.ATTENTION)

    await run(world)

    assert world.queues.sent == []


async def test_who_still_waits_for_the_first_read_is_left_to_the_match(world: CalendarWorld) -> None:
    await world.add_user(ANNA)
    assert (await world.user()).reason == Reason.AWAITING_FIRST_READ

    await run(world)

    assert world.queues.sent == []
