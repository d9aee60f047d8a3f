"""Nothing that Graph has ended, or may have ended, is taken for a subscription that tells of every change."""

from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.calendar import CalendarState
from shared_code.core.connection import ConnectionState
from shared_code.core.product_user import UserState
from shared_code.core.subscription import Occasion, Subscription
from shared_code.core.sync_rules import SYNC_EVERY, next_turn
from shared_code.core.turns import READ_EVERY
from shared_code.errors import TryLater
from shared_code.flows.subscribing import drop_order, keep_order
from shared_code.messages import KeepSubscription
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, ask, mailbox_of

MAILBOX = mailbox_of(ANNA)
MINUTE = timedelta(minutes=1)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna was connected and subscribed to an hour ago."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA)
    world.clock.advance(timedelta(hours=1))
    return world


async def _keep(world: CalendarWorld, occasion: Occasion) -> None:
    about = (await _known(world)).subscription
    await world.subscribing.keep(keep_order(MAILBOX, world.now, occasion, about), world.now)


async def _known(world: CalendarWorld) -> Subscription:
    known = (await world.mailbox()).lease.value.subscription
    assert known is not None
    return known


async def _let_time_pass(world: CalendarWorld, time: timedelta) -> None:
    until = world.now + time
    while world.now < until:
        world.clock.advance(MINUTE)
        while (message := world.queues.take()) is not None:
            if isinstance(message, KeepSubscription):
                await world.subscribing.keep(message, world.now)


@pytest.mark.parametrize("occasion", ["recovered", "authorization"])
async def test_one_that_graph_does_not_know_any_more_vouches_for_nothing_until_there_is_another(
    world: CalendarWorld, occasion: Occasion
) -> None:
    world.graph.live.clear()
    world.graph.script.fail("create", TryLater("not now", READ_EVERY))

    await _keep(world, occasion)

    (answer,) = await ask(world)
    assert answer.calendars[0].state is CalendarState.STALE  # read an hour ago, and told by nobody
    turns = {due.at for due in await world.upkeep.find_due(world.now + SYNC_EVERY, 10)}
    assert next_turn(str(MAILBOX), world.now) in turns


@pytest.mark.parametrize("occasion", ["recovered", "authorization"])
@pytest.mark.parametrize("pause", ["tenant", "mailbox", "fault"])
async def test_a_renewal_that_no_turn_would_order_is_not_given_up_after_a_quarter_of_an_hour(
    world: CalendarWorld, occasion: Occasion, pause: str
) -> None:
    until = world.now + 2 * SYNC_EVERY
    lease = (await world.mailbox()).lease
    if pause == "tenant":
        await world.change_connection(not_before=until)
    elif pause == "mailbox":
        await world.mailboxes.save_lease(lease, replace(lease.value, not_before=until))
    else:
        world.graph.script.fail("renew", TryLater("not now", 2 * SYNC_EVERY), times=1)

    await _keep(world, occasion)
    await _let_time_pass(world, 3 * SYNC_EVERY)

    assert (await _known(world)).renewed_at >= until


async def test_a_renewal_that_no_connection_serves_is_left_to_its_recovery(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.ATTENTION)

    await _keep(world, "recovered")

    assert world.graph.script.operations() == []
    assert world.sent() == []


async def test_one_that_is_found_and_taken_over_while_it_is_deleted_is_made_anew(world: CalendarWorld) -> None:
    known, match = await _known(world), (await world.user()).match
    await world.change_user(match=None)
    await world.release()
    world.queues.sent.clear()
    original = world.graph.delete

    async def delete(*about: object) -> None:
        await world.change_user(match=match, state=UserState.PENDING)
        await world.connect()
        await original(*about)  # type: ignore[arg-type]

    world.graph.delete = delete  # type: ignore[method-assign, assignment]
    await world.subscribing.drop(drop_order(MAILBOX, known, world.now), world.now)
    taken_over = await _known(world)
    await _let_time_pass(world, MINUTE)

    assert taken_over.subscription == known.subscription
    assert (await _known(world)).subscription == world.graph.live[MAILBOX].subscription
