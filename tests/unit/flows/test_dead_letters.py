"""Moving what failed too often into records, and sending it once more."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared_code.adapters.tables.dead_letters import TableDeadLetters
from shared_code.core.dead_letter import WAITING_KEPT_FOR, DeadLetter, LetterId
from shared_code.core.ids import ConnectionId, OrganizationId, TenantId, UserId
from shared_code.errors import Problem, Rejected, TryLater, Unexpected
from shared_code.flows.dead_letters import BUDGET, GROUP, MOST, DeadLetterRun, KeepDeadLetters
from shared_code.messages import HINT_DELAY, AnyMessage, CheckGrant, ForgetOrganization, SyncMailbox, encode
from shared_code.order_queues import CALENDAR_BACKFILL, CALENDAR_SYNC, USER_MATCH, queue_of
from tests.fakes.clock import FixedClock
from tests.fakes.memory_poison_queues import MemoryPoisonQueues
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.memory_rows import MemoryRows, Operation

MINUTE = timedelta(minutes=1)
GRANT = CheckGrant(organization=OrganizationId("acme"), connection=ConnectionId("c-1"))


@dataclass
class World:
    clock: FixedClock = field(default_factory=FixedClock)
    rows: MemoryRows = field(default_factory=MemoryRows)

    def __post_init__(self) -> None:
        self.poison = MemoryPoisonQueues(self.clock)
        self.queues = MemoryQueues(self.clock)
        self.letters = TableDeadLetters(self.rows)
        self.timer = DeadLetterRun(self.poison, self.letters, self.clock)
        self.keeper = KeepDeadLetters(self.letters, self.queues)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def run(self) -> None:
        await self.timer.run(self.now)

    async def next_minute(self) -> None:
        """Storage is well again, and what was taken shows again."""
        self.rows.on_operation = None
        self.poison.on_operation = None
        self.clock.advance(MINUTE)
        await self.run()

    async def kept(self) -> tuple[DeadLetter, ...]:
        return (await self.keeper.page(None, None, 1000)).items

    async def bury(self, body: bytes = encode(GRANT)) -> LetterId:
        """The id of a new dead letter."""
        self.poison.give_up(USER_MATCH, body)
        await self.run()
        return (await self.kept())[0].letter

    def left(self) -> int:
        return sum(self.poison.left(queue) for queue in (USER_MATCH, CALENDAR_SYNC, CALENDAR_BACKFILL))


@pytest.fixture
def world() -> World:
    return World()


# --- moving ---


async def test_what_each_queue_gave_up_becomes_a_letter_and_leaves_the_queue(world: World) -> None:
    bodies = {USER_MATCH: encode(GRANT), CALENDAR_SYNC: b"nonsense", CALENDAR_BACKFILL: b"\xff\xfe"}
    for queue, body in bodies.items():
        world.poison.give_up(queue, body)

    await world.run()

    assert {letter.queue: letter.body for letter in await world.kept()} == bodies
    assert {(letter.dead_at, letter.state) for letter in await world.kept()} == {(world.now, "waiting")}
    assert world.left() == 0


async def test_a_letter_is_told_with_its_ids_and_nothing_else(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "orgcal"):
        world.poison.give_up(CALENDAR_SYNC, b"somebody@acme.example")
        world.poison.give_up(USER_MATCH, encode(GRANT))
        await world.run()

    (letter,) = [one.letter for one in await world.kept() if one.queue == USER_MATCH]
    warned = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert f"dead_letter letter={letter} queue=user-match order=CheckGrant organization=acme connection=c-1" in warned
    assert "dead_letters_done taken=2 moved=2 dropped=0" in [record.getMessage() for record in caplog.records]
    assert "somebody" not in caplog.text


def _fail_first(kind: str) -> Callable[[str], None]:
    """The first operation of this kind does not get through."""
    failed: list[str] = []

    def strike(met: str) -> None:
        if met == kind and not failed:
            failed.append(met)
            raise TryLater("told to fail")

    return strike


@pytest.mark.parametrize("kind", ["take", "drop"])
async def test_a_queue_that_fails_on_the_way_loses_nothing_and_doubles_nothing(world: World, kind: str) -> None:
    for number in range(3):
        world.poison.give_up(USER_MATCH, str(number).encode())
    world.poison.on_operation = _fail_first(kind)

    with pytest.raises(TryLater):
        await world.run()
    await world.next_minute()

    assert sorted(letter.body for letter in await world.kept()) == [b"0", b"1", b"2"]
    assert world.left() == 0


async def test_a_table_that_fails_leaves_the_message_where_it_is(world: World) -> None:
    def fail(_: Operation) -> None:
        raise TryLater("told to fail")

    world.poison.give_up(USER_MATCH, b"one")
    world.rows.on_operation = fail

    with pytest.raises(TryLater):
        await world.run()
    left = world.left()
    await world.next_minute()

    assert left == 1
    assert [letter.body for letter in await world.kept()] == [b"one"]
    assert world.left() == 0


async def test_a_message_that_is_moved_twice_does_not_undo_a_redrive(world: World) -> None:
    world.poison.give_up(USER_MATCH, encode(GRANT))
    world.poison.on_operation = _fail_first("drop")
    with pytest.raises(TryLater):
        await world.run()
    (letter,) = await world.kept()
    await world.keeper.redrive(letter.letter, world.now)

    await world.next_minute()

    (kept,) = await world.kept()
    assert (kept.letter, kept.state) == (letter.letter, "redriven")
    assert world.left() == 0


async def test_one_message_that_cannot_be_kept_holds_up_no_other(world: World) -> None:
    refused: list[Operation] = []

    def refuse_once(operation: Operation) -> None:
        if operation.kind == "commit" and not refused:
            refused.append(operation)
            raise Unexpected("told to refuse")

    for number in range(3):
        world.poison.give_up(USER_MATCH, str(number).encode())
    world.rows.on_operation = refuse_once

    await world.run()

    assert len(await world.kept()) == 2
    assert world.left() == 1


async def test_a_run_takes_a_bounded_number_and_every_queue_has_its_turn(world: World) -> None:
    for number in range(MOST + 100):
        world.poison.give_up(USER_MATCH, str(number).encode())
    world.poison.give_up(CALENDAR_BACKFILL, b"one")

    await world.run()
    kept = await world.kept()
    await world.next_minute()

    assert MOST <= len(kept) < MOST + GROUP
    assert b"one" in {letter.body for letter in kept}
    assert world.left() == 0


async def test_a_run_ends_when_its_time_is_over(world: World) -> None:
    def slow(_: Operation) -> None:
        world.clock.advance(BUDGET / GROUP)

    for number in range(3 * GROUP):
        world.poison.give_up(USER_MATCH, str(number).encode())
    world.rows.on_operation = slow

    await world.run()

    assert world.left() == 2 * GROUP


async def test_letters_that_were_kept_long_enough_go_with_the_timer(world: World) -> None:
    await world.bury()

    world.clock.advance(WAITING_KEPT_FOR)
    await world.run()

    assert await world.kept() == ()
    assert world.rows.keys("upkeep", "dead-letters") == []


# --- redriving ---


async def test_a_redriven_letter_is_back_on_its_queue_and_marked(world: World) -> None:
    letter = await world.bury()

    redriven = await world.keeper.redrive(letter, world.now)

    assert [(sent.message, sent.queue, sent.delay) for sent in world.queues.sent] == [(GRANT, USER_MATCH, HINT_DELAY)]
    assert (redriven.state, redriven.redriven_at) == ("redriven", world.now)
    assert (await world.keeper.get(letter)).value == redriven


async def _refusal(world: World, letter: LetterId) -> Problem:
    with pytest.raises(Rejected) as refused:
        await world.keeper.redrive(letter, world.now)
    return refused.value.problem


async def test_a_second_redrive_is_refused_and_sends_nothing(world: World) -> None:
    letter = await world.bury()
    await world.keeper.redrive(letter, world.now)

    assert await _refusal(world, letter) is Problem.ALREADY_REDRIVEN
    assert len(world.queues.sent) == 1


@pytest.mark.parametrize("body", [b"nonsense", b"\xff\xfe", b"", b'{"type": "EraseEverything", "version": 1}'])
async def test_what_is_none_of_our_orders_is_not_redriven(world: World, body: bytes) -> None:
    letter = await world.bury(body)

    assert await _refusal(world, letter) is Problem.DEAD_LETTER_UNREADABLE
    assert world.queues.sent == []


async def test_a_letter_that_is_not_there_is_not_redriven(world: World) -> None:
    assert await _refusal(world, LetterId("999")) is Problem.DEAD_LETTER_NOT_FOUND


async def test_if_the_queue_refuses_the_letter_waits_on(world: World) -> None:
    def refuse(_: object) -> None:
        raise TryLater("told to fail")

    letter = await world.bury()
    world.queues.on_send = refuse

    with pytest.raises(TryLater):
        await world.keeper.redrive(letter, world.now)

    assert (await world.keeper.get(letter)).value.state == "waiting"


async def test_if_the_mark_fails_the_message_is_sent_all_the_same_and_the_next_call_marks_it(world: World) -> None:
    def fail(operation: Operation) -> None:
        if operation.kind == "commit":
            raise TryLater("told to fail")

    letter = await world.bury()
    world.rows.on_operation = fail

    with pytest.raises(TryLater):
        await world.keeper.redrive(letter, world.now)
    world.rows.on_operation = None
    sent = world.queues.messages
    await world.keeper.redrive(letter, world.now)

    assert sent == [GRANT]
    assert await _refusal(world, letter) is Problem.ALREADY_REDRIVEN


async def test_of_two_redrives_at_once_one_is_told_that_it_came_second(world: World) -> None:
    letter = await world.bury()

    outcomes = await asyncio.gather(
        *(world.keeper.redrive(letter, world.now) for _ in range(2)), return_exceptions=True
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, Rejected)]
    assert [one.problem for one in refused] == [Problem.ALREADY_REDRIVEN]
    assert (await world.keeper.get(letter)).value.state == "redriven"


async def test_a_redriven_message_that_dies_again_is_a_letter_of_its_own(world: World) -> None:
    first = await world.bury()
    await world.keeper.redrive(first, world.now)
    world.clock.advance(MINUTE)

    second = await world.bury()

    assert second != first
    assert [letter.state for letter in await world.kept()] == ["waiting", "redriven"]
    await world.keeper.redrive(second, world.now)
    assert world.queues.messages == [GRANT, GRANT]


@pytest.mark.parametrize("state", ["waiting", "redriven"])
async def test_letters_are_listed_by_state(world: World, state: str) -> None:
    first = await world.bury()
    world.clock.advance(MINUTE)
    second = await world.bury()
    await world.keeper.redrive(first, world.now)

    listed = await world.keeper.page("waiting" if state == "waiting" else "redriven", None, 10)

    assert [letter.letter for letter in listed.items] == [{"waiting": second, "redriven": first}[state]]


# --- forgetting ---


async def test_whoever_is_forgotten_is_named_by_no_letter_and_all_others_stay(world: World) -> None:
    tenant, anna, ben = TenantId("t-1"), UserId("anna"), UserId("ben")
    gone: list[AnyMessage] = [GRANT, ForgetOrganization(organization=GRANT.organization), sync(tenant, anna)]
    kept: list[AnyMessage] = [
        sync(tenant, ben),
        sync(TenantId("t-2"), anna),
        ForgetOrganization(organization=OrganizationId("other")),
    ]
    for message in [*gone, *kept]:
        world.poison.give_up(queue_of(message), encode(message))
    world.poison.give_up(USER_MATCH, b"nonsense")
    await world.run()

    await world.keeper.forget(GRANT.organization, {(tenant, anna)})

    assert {letter.body for letter in await world.kept()} == {b"nonsense", *map(encode, kept)}


def sync(tenant: TenantId, who: UserId) -> SyncMailbox:
    return SyncMailbox(
        registration="organizations", tenant=tenant, user_id=who, queued_at=FixedClock().now(), cause="swept"
    )
