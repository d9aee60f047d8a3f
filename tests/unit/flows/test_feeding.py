"""First reads are fed: a bounded number is under way at any time, nobody is left out, and nothing is lost for good."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.feed import LEFT_ALONE_AFTER, MOST_AT_ONCE, MOST_FED, MOST_UNDER_WAY
from shared_code.core.ids import ProductUserId
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.errors import TryLater
from shared_code.messages import AnyMessage, ConnectMailbox, FeedFirstReads
from tests.fakes.memory_rows import Operation
from tests.unit.core.match_values import CONNECTION, ORGANIZATION, OTHER, match, product_user
from tests.unit.flows.match_world import MatchWorld

BEGIN = FeedFirstReads(organization=ORGANIZATION, connection=CONNECTION)


def waiting(place: int, *, prefix: str = "user") -> ProductUser:
    name = f"{prefix}{place:05}"
    found = match(place, f"{name}@contoso.com")
    return product_user(name, match=found, state=UserState.PENDING, reason=Reason.AWAITING_FIRST_READ)


async def waiting_world(number: int, *others: ProductUser) -> MatchWorld:
    world = MatchWorld()
    await world.begin(*(waiting(place) for place in range(1, number + 1)), *others)
    return world


class Readers:
    """What the queue's functions do: a mailbox a message, as many as they are told to."""

    def __init__(self, world: MatchWorld) -> None:
        self.world = world
        self.orders: list[ConnectMailbox] = []
        self.most_waiting = 0
        self.read: list[str] = []

    async def look(self, message: FeedFirstReads = BEGIN) -> None:
        await self.world.feeding.run(message, self.world.now)
        await self.take()

    async def take(self) -> None:
        """Messages that show now: the feeder's are carried out, orders are kept for ``finish``."""
        while (message := self.world.queues.take()) is not None:
            if isinstance(message, FeedFirstReads):
                await self.world.feeding.run(message, self.world.now)
            elif isinstance(message, ConnectMailbox):
                self.orders.append(message)
            self.most_waiting = max(self.most_waiting, len(self.orders))

    async def finish(self, number: int, state: UserState = UserState.CONNECTED) -> None:
        done, self.orders = self.orders[:number], self.orders[number:]
        for order in done:
            await self.world.change(order.user, state=state, reason=None, changed_at=self.world.now)
            self.read.append(order.user)

    async def go_on(self, a_look: int, looks: int = 1000) -> None:
        """Let the feeder come again and again while so many mailboxes get ready between two looks."""
        for _ in range(looks):
            following = self.world.queues.next_visible_at()
            if following is None and not self.orders:
                return
            await self.finish(a_look)
            if following is not None:
                self.world.clock.move_to(max(following, self.world.now))
            await self.take()
        raise AssertionError("the feeder did not come to an end")


async def test_everybody_is_read_once_and_few_at_a_time() -> None:
    world = await waiting_world(130)
    readers = Readers(world)

    await readers.look()
    await readers.go_on(25)

    assert sorted(readers.read) == [f"user{place:05}" for place in range(1, 131)]
    assert readers.most_waiting == MOST_FED


async def test_while_nobody_gets_ready_nobody_more_is_ordered() -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    await readers.look()

    for _ in range(4):
        world.pass_time(seconds=30)
        await readers.take()

    assert len(readers.orders) == MOST_FED


async def test_mailboxes_that_are_stuck_do_not_block_the_others_for_ever() -> None:
    world = await waiting_world(MOST_FED + 5)
    readers = Readers(world)
    await readers.look()

    world.pass_time(seconds=LEFT_ALONE_AFTER.total_seconds())
    await readers.take()

    assert len({order.user for order in readers.orders}) == MOST_FED + 5


async def test_few_who_wait_among_many_are_found_with_ever_larger_pages() -> None:
    world = await waiting_world(0, *(product_user(f"nobody{place:05}") for place in range(3000)), waiting(7))
    readers = Readers(world)
    world.rows.operations.clear()

    await readers.look()
    await readers.go_on(1)

    assert readers.read == ["user00007"]
    assert world.rows.count("page") <= 8  # of 40, 160, 640 and 1,000 users, and the organisation's own


async def test_mailboxes_out_of_reach_for_a_day_are_asked_for_again() -> None:
    closed = replace(waiting(3), state=UserState.NO_MAILBOX, reason=str(Reason.MAILBOX_MISSING))
    world = await waiting_world(0, closed)
    readers = Readers(world)
    world.pass_time(days=1)

    await readers.look()
    await readers.finish(1, UserState.NO_MAILBOX)
    await readers.look()

    assert readers.read == ["user00003"]
    assert readers.orders == []


async def test_another_connections_users_are_left_to_it() -> None:
    theirs = replace(waiting(1, prefix="their"), match=match(1, connection=OTHER))
    world = await waiting_world(1, theirs)
    readers = Readers(world)

    await readers.look()

    assert [order.user for order in readers.orders] == ["user00001"]


async def test_users_added_behind_the_feeder_are_found_before_it_ends() -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    await readers.look()
    await world.add(*(waiting(place, prefix="aaron") for place in range(30)))

    await readers.look()
    await readers.go_on(40)

    assert len(readers.read) == 130


# --- directly ---


async def test_a_few_users_are_ordered_at_once() -> None:
    world = await waiting_world(MOST_AT_ONCE)

    await world.feeding.order([waiting(place) for place in range(1, MOST_AT_ONCE + 1)], world.now)

    assert len(world.connects()) == MOST_AT_ONCE
    assert world.sent(FeedFirstReads) == []


async def test_more_than_a_few_are_left_to_the_feeder() -> None:
    world = await waiting_world(MOST_AT_ONCE + 1)

    await world.feeding.order([waiting(place) for place in range(1, MOST_AT_ONCE + 2)], world.now)

    assert world.queues.messages == [BEGIN]


async def test_users_sent_one_by_one_are_bounded_as_well() -> None:
    world = await waiting_world(200)

    for place in range(1, 201):
        await world.feeding.order([waiting(place)], world.now)

    assert len(world.connects()) == MOST_UNDER_WAY


async def test_somebody_new_does_not_wait_for_thousands_before_them() -> None:
    world = await waiting_world(500, waiting(1, prefix="zoe"))
    readers = Readers(world)
    await readers.look()

    await world.feeding.order([waiting(1, prefix="zoe")], world.now)

    assert "zoe00001" in world.connects()


async def test_users_of_two_connections_are_counted_apart() -> None:
    ours = [waiting(place) for place in range(MOST_AT_ONCE)]
    theirs = [
        replace(waiting(place, prefix="their"), match=match(place, connection=OTHER)) for place in range(MOST_AT_ONCE)
    ]
    world = await waiting_world(0)

    await world.feeding.order([*ours, *theirs], world.now)

    assert len(world.connects()) == 2 * MOST_AT_ONCE


async def test_those_nobody_counts_are_spread_over_time() -> None:
    world = await waiting_world(0)

    await world.feeding.spread(waiting(place) for place in range(3 * MOST_AT_ONCE))

    delays = [sent.delay for sent in world.queues.sent]
    assert [delays.count(timedelta(seconds=seconds)) for seconds in (0, 10, 20)] == [MOST_AT_ONCE] * 3


# --- pauses and ends ---


async def test_while_the_tenant_is_throttled_nobody_is_ordered_and_nobody_is_late() -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    await readers.look()
    await world.change_connection(not_before=world.now + timedelta(hours=2))

    world.pass_time(hours=1)
    await readers.take()
    during = len(readers.orders)
    world.pass_time(hours=1)
    await readers.take()

    assert (during, len(readers.orders)) == (MOST_FED, MOST_FED)
    assert len([m for m in world.sent(FeedFirstReads) if isinstance(m, FeedFirstReads) and m.step]) <= 4


@pytest.mark.parametrize("state", [ConnectionState.ATTENTION, ConnectionState.DISCONNECTING])
async def test_a_connection_that_no_longer_serves_is_not_fed(state: ConnectionState) -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    await readers.look()
    await world.change_connection(state=state)
    world.pass_time(minutes=10)
    await readers.take()

    assert len(readers.orders) == MOST_FED
    assert world.queues.next_visible_at() is None


async def test_a_connection_that_serves_again_is_fed_again_at_once() -> None:
    world = await waiting_world(MOST_FED + 1)
    readers = Readers(world)
    await readers.look()
    await world.change_connection(state=ConnectionState.ATTENTION)
    world.pass_time(seconds=3)
    await readers.take()
    await world.change_connection(state=ConnectionState.ACTIVE)

    await readers.look()
    await readers.go_on(MOST_FED)

    assert len(readers.read) == MOST_FED + 1


async def test_an_organization_that_is_gone_ends_the_feeder() -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    await readers.look()
    await world.organizations.forget(ORGANIZATION)
    world.pass_time(minutes=10)

    await readers.take()

    assert len(readers.orders) == MOST_FED
    assert world.rows.rows_in("organizations") == 0


# --- lost and repeated messages ---


async def test_a_message_that_comes_twice_orders_nobody_twice() -> None:
    world = await waiting_world(200)
    readers = Readers(world)
    await readers.look()
    await readers.finish(10)
    world.pass_time(seconds=3)
    message = world.queues.take()
    assert isinstance(message, FeedFirstReads)

    await readers.look(message)
    await readers.look(message)
    await readers.go_on(40)

    assert len(readers.read) == len(set(readers.read)) == 200


async def test_a_lost_chain_is_begun_anew_when_somebody_asks() -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    await readers.look()
    await readers.finish(MOST_FED)
    world.pass_time(minutes=10)
    world.queues.take()  # lost

    await readers.look()
    await readers.go_on(MOST_FED)

    assert len(readers.read) == 100


@pytest.mark.parametrize("failing", ["queue", "table"])
async def test_a_look_that_fails_half_way_is_repeated(failing: str) -> None:
    world = await waiting_world(100)
    readers = Readers(world)
    countdown = iter(range(20))

    def fail_on_send(_: AnyMessage) -> None:
        if failing == "queue" and next(countdown) == 19:
            raise TryLater("the queue did not take it")

    def fail_on_write(operation: Operation) -> None:
        if failing == "table" and operation.kind == "commit":
            raise TryLater("storage is away")

    world.queues.on_send, world.rows.on_operation = fail_on_send, fail_on_write
    with pytest.raises(TryLater):
        await world.feeding.run(BEGIN, world.now)
    world.queues.on_send = world.rows.on_operation = None

    world.pass_time(seconds=30)
    await readers.look()  # the message comes again
    await readers.go_on(50)

    assert {ProductUserId(user) for user in readers.read} == {waiting(place).user for place in range(1, 101)}


async def test_two_looks_at_once_become_one_chain() -> None:
    world = await waiting_world(300)
    readers = Readers(world)
    await readers.look()
    await readers.look(BEGIN)

    await readers.go_on(40)

    assert len(readers.read) == 300


async def test_of_many_who_ask_at_once_one_begins() -> None:
    world = await waiting_world(300)

    await asyncio.gather(*(world.feeding.run(BEGIN, world.now) for _ in range(10)))

    assert len(world.connects()) == MOST_FED
    readers = Readers(world)
    await readers.take()
    await readers.go_on(40)
    assert len(readers.read) == len(set(readers.read)) == 300


async def test_a_user_costs_the_feeder_few_storage_operations() -> None:
    world = await waiting_world(400)
    readers = Readers(world)
    await readers.look()
    spent = 0
    while readers.orders:
        await readers.finish(MOST_FED)
        world.pass_time(seconds=3)
        world.rows.operations.clear()
        await readers.take()
        spent += world.rows.count()

    assert len(readers.read) == 400
    assert spent <= 1.2 * 400  # each is looked at once, and a look has four operations of its own
