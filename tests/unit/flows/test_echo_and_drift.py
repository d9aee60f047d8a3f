"""Graph may lag behind its own notification, and one may be lost: both come right, and the second is seen."""

import logging
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.packing import count
from shared_code.core.product_user import UserState
from shared_code.core.subscription import LIFETIME
from shared_code.core.sync_rules import CALM, SYNC_EVERY
from shared_code.core.turns import READ_EVERY
from shared_code.core.upkeep import Settled
from shared_code.errors import Throttled, TryLater, Unexpected
from shared_code.flows.drift import Drift
from shared_code.flows.mailbox_lease import hold
from shared_code.messages import ConfirmDrift, SyncMailbox, sync_order
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, mailbox_of, meeting, sync_message

SOON = timedelta(hours=2)
MINUTE = timedelta(minutes=1)
MAILBOX = mailbox_of(ANNA)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna was connected an hour ago, with one meeting, and every change is told."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA, meeting(SOON))
    world.clock.advance(timedelta(hours=1))
    return world


async def _echo(world: CalendarWorld) -> None:
    """A minute later, what a notified read sent after itself."""
    world.clock.advance(MINUTE)
    while (message := world.queues.take()) is not None:
        assert isinstance(message, SyncMailbox)
        await world.sync_flow().run(message, world.now)


# --- echoes ---


async def test_a_notified_read_that_finds_nothing_new_reads_once_more_after_a_minute(world: CalendarWorld) -> None:
    await world.sync(cause="notified")
    sent = world.sent()
    world.put(ANNA, meeting(SOON * 2))  # what was notified shows only now

    await _echo(world)

    assert sent == [(sync_message(ANNA, world.now, "echo"), MINUTE)]  # with the time at which it is due
    assert count(await world.packed()) == 2


async def test_a_notified_read_that_finds_something_has_no_echo(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(SOON * 2))

    await world.sync(cause="notified")

    assert world.sent() == []


async def test_an_echo_has_no_echo(world: CalendarWorld) -> None:
    await world.sync(cause="notified")

    await _echo(world)

    assert len(world.sent()) == 1
    assert world.calendars.script.operations() == ["read_window"] * 2


async def test_a_read_that_sees_one_change_does_not_pay_for_another_that_is_still_to_show(
    world: CalendarWorld,
) -> None:
    await world.sync(cause="notified")
    world.clock.advance(CALM)
    world.put(ANNA, meeting(SOON * 2))
    await world.sync(cause="notified")  # of a second change, which does not show yet: it finds the first
    world.put(ANNA, meeting(SOON * 3))

    await _echo(world)

    assert count(await world.packed()) == 3


async def test_what_is_told_at_once_may_not_show_at_once(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(SOON * 2))
    order = sync_order(MAILBOX, world.now, "notified", several=True)
    await world.sync_flow().run(order, world.now)
    world.put(ANNA, meeting(SOON * 3))

    await _echo(world)

    assert count(await world.packed()) == 3


@pytest.mark.parametrize(("seconds", "reads"), [(30, 2), (60, 1)])
async def test_a_notification_that_a_read_has_overtaken_is_read_after_a_minute_if_that_was_too_early(
    world: CalendarWorld, seconds: int, reads: int
) -> None:
    world.put(ANNA, meeting(SOON * 2))
    await world.sync(cause="notified")
    for _ in range(3):
        await world.sync(queued_at=world.now - timedelta(seconds=seconds), cause="notified")

    await _echo(world)

    assert world.calendars.script.operations() == ["read_window"] * reads


async def test_a_burst_costs_two_reads_and_an_echo(world: CalendarWorld) -> None:
    began = world.now
    for number in range(50):
        await world.queues.send(sync_message(ANNA, began + number * timedelta(milliseconds=100), "notified"))

    for _ in range(180):
        while (message := world.queues.take()) is not None:
            assert isinstance(message, SyncMailbox)
            await world.sync_flow().run(message, world.now)
        world.clock.advance(timedelta(seconds=1))

    assert world.calendars.script.operations() == ["read_window"] * 3


async def test_who_looks_into_the_mailbox_anew_before_the_echo_takes_it_over(world: CalendarWorld) -> None:
    await world.sync(cause="notified")
    world.clock.advance(CALM)
    await world.change_user(state=UserState.PENDING)
    await world.connect()
    world.put(ANNA, meeting(SOON * 2))  # what was notified shows only now

    await _echo(world)

    assert count(await world.packed()) == 2


# --- falling behind ---


async def _forget_turns(world: CalendarWorld) -> None:
    for due in await world.upkeep.find_due(world.now + timedelta(days=1), 10):
        await world.upkeep.settle([Settled(due)])


@pytest.mark.parametrize(
    "error", [TryLater("503"), Throttled("429", timedelta(hours=2)), Unexpected("?")], ids=lambda e: type(e).__name__
)
async def test_a_read_that_failed_is_made_up_for_in_the_next_quarter_of_an_hour_whatever_becomes_of_messages(
    world: CalendarWorld, error: Exception
) -> None:
    world.calendars.script.fail("read_window", error)  # type: ignore[arg-type]
    await _forget_turns(world)

    await world.sync(cause="notified")

    lease = (await world.mailbox()).lease.value
    (due,) = await world.upkeep.find_due(world.now + SYNC_EVERY, 10)
    assert lease.is_behind
    assert (due.kind, due.subject) == ("mailbox", str(MAILBOX))


async def test_a_read_that_has_to_wait_for_its_tenant_is_made_up_for_as_well(world: CalendarWorld) -> None:
    await world.change_connection(not_before=world.now + timedelta(hours=1))
    await _forget_turns(world)

    await world.sync(cause="notified")

    assert (await world.mailbox()).lease.value.is_behind
    assert len(await world.upkeep.find_due(world.now + SYNC_EVERY, 10)) == 1
    assert world.sent() == []


async def test_falling_behind_is_written_down_once(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", TryLater("503"))
    await world.sync(cause="notified")
    world.forget_traces()
    world.clock.advance(CALM)

    await world.sync(cause="notified")

    assert {done.table for done in world.rows.operations if done.kind == "commit"} == {"mailboxes"}


# --- drift ---


async def _safety_net(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(SOON * 5))
    world.clock.advance(READ_EVERY)
    world.forget_traces()
    await world.sync(cause="swept")


async def _confirm(world: CalendarWorld, after: timedelta = timedelta(minutes=5)) -> None:
    world.clock.advance(after)
    while (message := world.queues.take()) is not None:
        if isinstance(message, ConfirmDrift):
            await Drift(world.mailboxes, world.queues).confirm(message, world.now)


def _drifts(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if record.getMessage().startswith("drift ")]


async def test_a_change_that_nobody_told_is_counted_once_and_named_by_its_mailbox(
    world: CalendarWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await _safety_net(world)
    await _confirm(world)
    await _confirm(world)

    (line,) = _drifts(caplog)
    assert f"mailbox={MAILBOX}" in line
    assert (await world.mailbox()).lease.value.suspected_at is None


@pytest.mark.parametrize("seconds", [-30, 2, 299])
async def test_a_change_that_was_told_shortly_before_or_after_is_none(
    world: CalendarWorld, caplog: pytest.LogCaptureFixture, seconds: int
) -> None:
    await _safety_net(world)
    queued_at = world.now + timedelta(seconds=seconds)
    await _confirm(world, max(timedelta(seconds=seconds), CALM))  # nothing is due yet
    await world.sync(queued_at=queued_at, cause="notified")  # dropped if it is older than the read

    await _confirm(world)

    assert ConfirmDrift in [type(message) for message, _ in world.sent()]
    assert _drifts(caplog) == []


async def test_a_notification_that_has_to_wait_to_be_dropped_orders_its_echo_once(world: CalendarWorld) -> None:
    await _safety_net(world)
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, hold(lease.value, "a reader", world.now))
    world.forget_traces()
    message = sync_message(ANNA, world.now - CALM, "notified")

    for _ in range(31):
        await world.sync_flow().run(message, world.now)
        world.clock.advance(CALM)

    assert [sent.cause for sent, _ in world.sent() if isinstance(sent, SyncMailbox)].count("echo") == 1


async def test_a_mailbox_that_is_polled_does_not_drift(world: CalendarWorld, caplog: pytest.LogCaptureFixture) -> None:
    await world.note_subscription(expires_at=world.now)

    await _safety_net(world)
    await _confirm(world)

    assert world.sent() == []
    assert _drifts(caplog) == []


async def test_a_window_that_slides_is_no_drift(world: CalendarWorld, caplog: pytest.LogCaptureFixture) -> None:
    world.put(ANNA, meeting(timedelta(days=103)))
    await world.sync(cause="notified")
    world.forget_traces()
    await world.note_subscription(expires_at=world.now + LIFETIME + timedelta(days=8))
    for _ in range(8):
        world.clock.advance(timedelta(days=1))
        await world.sync(cause="swept")

    await _confirm(world)

    assert count(await world.packed()) == 1  # the first has left the window, the second has come into it
    assert ConfirmDrift not in [type(message) for message, _ in world.sent()]
    assert _drifts(caplog) == []


async def test_a_drift_is_confirmed_when_nobody_reads_the_mailbox(world: CalendarWorld) -> None:
    await _safety_net(world)
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, hold(lease.value, "a reader", world.now + timedelta(minutes=5)))

    await _confirm(world)

    assert (await world.mailbox()).lease.value.suspected_at is not None
    assert world.sent()[-1][1] == CALM
