"""What a product gets to hear that asks for this very moment."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.calendar import CalendarState, Event
from shared_code.core.ids import CalendarId, LinkKey, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.product_user import UserState
from shared_code.errors import (
    Disconnected,
    Gone,
    NoMailbox,
    OrgcalError,
    Refused,
    Throttled,
    TryLater,
)
from shared_code.messages import sync_order
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, ask, mailbox_of, meeting

SOON = timedelta(hours=2)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna is connected, with one meeting in two hours."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA, meeting(SOON))
    return world


async def test_live_sees_what_no_sync_has_seen_and_stores_nothing(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(SOON * 3))
    before = await world.packed()
    world.clock.advance(timedelta(minutes=10))
    world.forget_traces()

    (said,) = await ask(world, live=True)

    assert (said.complete, len(said.busy)) == (True, 2)
    assert said.calendars[0].read_at == world.now
    assert world.calendars.script.operations() == ["read_window"]
    assert world.rows.count("commit") == 0
    assert await world.packed() == before


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (Gone("404"), CalendarState.GONE),
        (Throttled("429", timedelta(seconds=3)), CalendarState.THROTTLED),
        (TryLater("503"), CalendarState.STALE),
        (Refused("403"), CalendarState.DENIED),
        (NoMailbox("404"), CalendarState.DENIED),
        (Disconnected("7000229", "consent_missing"), CalendarState.DENIED),
    ],
)
async def test_live_says_what_it_could_not_read_and_keeps_what_is_known(
    world: CalendarWorld, error: OrgcalError, state: CalendarState
) -> None:
    world.calendars.script.fail("read_window", error)
    world.clock.advance(timedelta(minutes=10))

    (said,) = await ask(world, live=True)

    assert not said.complete
    assert [calendar.state for calendar in said.calendars] == [state]
    assert len(said.busy) == 1


async def test_live_leaves_a_tenant_alone_that_graph_throttles(world: CalendarWorld) -> None:
    await world.change_connection(not_before=world.now + timedelta(minutes=1))

    (said,) = await ask(world, live=True)

    assert world.calendars.script.operations() == []
    assert (said.complete, said.reason) == (False, "calendar_throttled")


async def test_live_asks_for_several_users_at_once_but_never_for_more_than_four(world: CalendarWorld) -> None:
    users = [ProductUserId(f"user-{number}") for number in range(9)]
    for user in users:
        await world.add_connected(user)
    under_way, most = 0, 0
    original = world.calendars.read_window

    async def counted(*about: object) -> object:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await world.rows.find("users", "nobody", "waits")
        under_way -= 1
        return await original(*about)  # type: ignore[arg-type]

    world.calendars.read_window = counted  # type: ignore[method-assign, assignment]
    said = await ask(world, *users, live=True)

    assert all(one.complete for one in said)
    assert 1 < most <= 4


async def test_live_ends_in_time_for_all_users_together_and_says_what_it_has_not_read(world: CalendarWorld) -> None:
    users = [ProductUserId(f"user-{number}") for number in range(9)]
    for user in users:
        await world.add_connected(user, meeting(SOON))
    world.clock.advance(timedelta(minutes=10))
    world.patience = timedelta(milliseconds=50)
    read = world.calendars.read_window

    async def hangs_but_for_one(link: LinkKey, calendar: CalendarId, window: Interval) -> tuple[Event, ...]:
        if link.mailbox != mailbox_of(users[0]):
            await asyncio.Event().wait()
        return await read(link, calendar, window)

    world.calendars.read_window = hangs_but_for_one  # type: ignore[method-assign]
    first, *others = await ask(world, *users, live=True)

    assert first.complete
    assert {(said.complete, said.reason, len(said.busy)) for said in others} == {(False, "not_fresh", 1)}


async def test_live_answers_for_a_user_whose_last_read_is_old(world: CalendarWorld) -> None:
    world.clock.advance(timedelta(hours=5))

    (said,) = await ask(world, live=True)

    assert said.complete


@pytest.mark.parametrize(
    ("error", "ordered"),
    [(Refused("403"), True), (Disconnected("7000229", "consent_missing"), True), (TryLater("503"), False)],
)
async def test_a_door_found_closed_is_looked_into_by_the_mailboxs_own_read(
    world: CalendarWorld, error: OrgcalError, ordered: bool
) -> None:
    world.calendars.script.fail("read_window", error)

    await ask(world, live=True)

    order = sync_order(mailbox_of(ANNA), world.now, "interactive")
    assert world.queues.messages == ([order] if ordered else [])


async def test_a_door_known_to_be_closed_is_not_looked_into_again(world: CalendarWorld) -> None:
    await world.change_user(state=UserState.EXCLUDED_BY_POLICY)
    world.calendars.script.fail("read_window", Refused("403"))

    await ask(world, live=True)

    assert world.queues.messages == []
