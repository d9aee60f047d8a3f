"""The chain of messages that a full match is, and what happens when it tears."""

from datetime import timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.ids import TenantId
from shared_code.core.product_user import UserState
from shared_code.core.sweep import Sweep
from shared_code.directory_ports import UsersPage
from shared_code.errors import Throttled, TryLater, Unexpected
from shared_code.flows.user_match import successor
from shared_code.messages import ConnectMailbox, SweepUsers
from tests.unit.core.match_values import NOW, TENANT, oid, person, product_user
from tests.unit.flows.match_world import FULL_SWEEP, NAMES, MatchWorld, crowd, matched_world


async def test_pages_are_read_and_saved_once_however_many_messages_it_takes() -> None:
    world = MatchWorld()
    world.directory.page_size = 4
    people = crowd([f"p{n}" for n in range(100)])
    world.put(*people)
    await world.begin(product_user("p99"), product_user("p0"))

    await world.run_full_sweep()

    assert world.directory.script.operations().count("read_users") == 25
    assert (await world.sweep()).directory_users == 100
    assert world.connects() == ["p0", "p99"]


async def test_a_message_hands_over_after_five_minutes() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(["ann", "bob", "cid"]))
    await world.begin(product_user("cid"))
    slow = world.directory.read_users

    async def read_users(tenant: TenantId, link: str | None) -> UsersPage:
        world.pass_time(minutes=3)
        return await slow(tenant, link)

    world.directory.read_users = read_users  # type: ignore[method-assign]
    await world.match.run(FULL_SWEEP, world.now)
    await world.run_next_sweep_message()
    after_one_message = await world.sweep()
    await world.run_sweep_messages()

    assert (after_one_message.pages, after_one_message.phase) == (2, "collecting")
    assert (await world.sweep()).phase == "idle"
    assert world.connects() == ["cid"]


async def test_a_later_sweep_supersedes_an_unfinished_one() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    stale = await world.collect()

    await world.match.run(FULL_SWEEP, world.now)
    current = await world.sweep()
    await world.match.run(stale, world.now)

    assert await world.sweep() == current
    assert world.connects() == []


async def test_a_message_that_comes_twice_changes_nothing_more() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    decide = await world.collect()

    await world.match.run(decide, world.now)
    await world.match.run(decide, world.now)

    assert world.connects() == ["ann"]


async def test_an_interrupted_decision_is_taken_up_without_asking_the_guard_twice() -> None:
    world = await matched_world()
    for number in (1, 2, 3, 4, 5):
        world.directory.remove(TENANT, oid(number))
    await world.add(product_user("late"))
    world.put(person(99, "late@contoso.com", "late@contoso.com"))
    decide = await world.collect()
    world.queues.on_send = lambda message: raise_for(message, ConnectMailbox)

    with pytest.raises(ConnectionError):
        await world.match.run(decide, world.now)
    world.queues.on_send = None
    await world.match.run(decide, world.now)

    assert (await world.connection()).held is None
    assert list((await world.states()).values()).count(UserState.NO_MATCH) == 5
    assert world.connects().count("late") == 1
    assert (await world.sweep()).phase == "idle"


def raise_for(message: object, kind: type) -> None:
    if isinstance(message, kind):
        raise ConnectionError("the queue does not answer")


async def test_the_directory_is_waited_for_as_long_as_it_says() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))
    world.directory.script.fail("read_users", Throttled("429", timedelta(seconds=77), whole_tenant=True), times=1)

    await world.run_full_sweep()

    assert world.queues.sent[-1].delay == timedelta(seconds=77)
    assert (await world.connection()).not_before == NOW + timedelta(seconds=77)
    world.pass_time(seconds=77)
    await world.run_sweep_messages()
    assert world.connects() == ["ann"]


async def test_no_other_message_of_the_sweep_goes_on_before_the_wait_is_over() -> None:
    world = MatchWorld()
    await world.begin(product_user("ann"))
    world.directory.script.fail("read_users", Throttled("429", timedelta(minutes=7)), times=1)
    await world.run_full_sweep()
    calls = len(world.directory.script.calls)

    world.pass_time(minutes=5)
    await world.match.run(successor(await world.sweep()), world.now)
    too_early = len(world.directory.script.calls)
    world.pass_time(minutes=2)
    await world.run_sweep_messages()

    assert too_early == calls
    assert (await world.sweep()).phase == "idle"


async def test_without_a_word_the_wait_doubles_and_what_was_read_is_kept() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(["ann", "bob"]))
    await world.begin(product_user("ann"), product_user("bob"))
    world.directory.script.fail("read_users", TryLater("503"), about="1:users:1", times=3)

    await world.run_full_sweep()
    for _ in range(3):
        visible_at = world.queues.next_visible_at()
        assert visible_at is not None
        world.clock.move_to(visible_at)
        await world.run_sweep_messages()

    delays = [sent.delay.total_seconds() for sent in world.queues.sent if isinstance(sent.message, SweepUsers)]
    assert [delay for delay in delays if delay] == [30, 60, 120]
    assert world.connects() == ["ann", "bob"]
    first_pages = [call for call in world.directory.script.calls if call.about == (TENANT, None)]
    assert len(first_pages) == 1


async def test_a_dead_link_starts_the_collection_again_under_a_new_id() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(["ann", "bob"]))
    await world.begin(product_user("ann"), product_user("bob"))
    world.directory.script.fail("read_users", TryLater("503"), about="1:users:1", times=1)
    await world.run_full_sweep()
    first = (await world.sweep()).sweep

    world.directory.expire_links()
    for _ in range(2):
        world.pass_time(minutes=2)
        await world.run_sweep_messages()

    assert (await world.sweep()).sweep != first
    assert world.connects() == ["ann", "bob"]


async def test_a_first_message_that_comes_again_finds_no_page_to_throw_away() -> None:
    world = MatchWorld()
    world.put(*crowd(["ann"]))
    await world.begin(product_user("ann"))

    await world.match.run(FULL_SWEEP, world.now)

    assert world.directory.script.calls == []
    assert world.queues.take() == successor(await world.sweep())


async def test_a_message_that_comes_again_goes_on_after_the_pages_that_were_saved() -> None:
    world = MatchWorld()
    world.directory.page_size = 1
    world.put(*crowd(NAMES))
    await world.begin(product_user("user11"))
    world.directory.script.fail("read_users", Unexpected("the worker dies"), about="1:users:11", times=1)
    await world.match.run(FULL_SWEEP, world.now)
    read_on = world.queues.take()
    assert isinstance(read_on, SweepUsers)
    with pytest.raises(Unexpected):
        await world.match.run(read_on, world.now)
    world.directory.script.calls.clear()

    await world.match.run(read_on, world.now)

    assert world.directory.script.calls[0].about == (TENANT, "1:users:10")
    assert (await world.sweep()).directory_users == 12


@pytest.mark.parametrize("state", [ConnectionState.DISCONNECTING, ConnectionState.ATTENTION])
async def test_a_decision_whose_connection_ends_meanwhile_matches_nobody(state: ConnectionState) -> None:
    world = MatchWorld()
    world.put(*crowd(NAMES))
    await world.begin(*(product_user(name) for name in NAMES), state=ConnectionState.VERIFYING)
    decide = await world.collect()
    load = world.organizations.load_batches

    async def load_batches(sweep: Sweep) -> tuple[bytes, ...]:
        await world.change_connection(state=state)
        return await load(sweep)

    world.organizations.load_batches = load_batches  # type: ignore[method-assign]
    await world.match.run(decide, world.now)

    assert set((await world.states()).values()) == {UserState.NO_MATCH}
    assert (await world.connection()).state is state
    assert world.connects() == []
