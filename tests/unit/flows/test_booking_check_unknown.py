"""A booking whose event seems gone while nobody can know it: Graph lags, does not answer, or shows us nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.booking import BookingState
from shared_code.core.calendar import CalendarState
from shared_code.core.cancellation import GRACE
from shared_code.core.connection import ConnectionState
from shared_code.core.intervals import Interval
from shared_code.core.sync_rules import LAG
from shared_code.errors import Disconnected, NoMailbox, OrgcalError, Refused, Throttled, TryLater, Unexpected
from shared_code.mailbox_ports import BookingChange
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import ANNA, mailbox_of
from tests.unit.flows.cancellation_world import CancellationWorld, world

__all__ = ["world"]

BOX, HERE = mailbox_of(ANNA), default_calendar(mailbox_of(ANNA))
HOUR = timedelta(hours=1)


async def test_while_we_write_ourselves_nothing_is_suspected(world: CancellationWorld) -> None:
    await world.book(until=world.now + timedelta(minutes=2))
    world.delete()

    await world.sync()

    assert (await world.booking()).suspicion is None


async def test_a_look_waits_until_graph_must_show_what_we_have_written(world: CancellationWorld) -> None:
    await world.book()
    event = world.delete()
    await world.sync()
    world.clock.advance(GRACE)
    stored = await world.stored()
    await world.write(BookingChange(stored, replace(stored.value, tried_at=world.now, written_at=world.now)))
    world.queues.sent.clear()

    await world.check()

    assert world.orders() == [("CheckBookings", LAG)]
    world.calendars.put(BOX, HERE, event)  # as it was written
    world.clock.advance(LAG)
    await world.check()
    assert (await world.booking()).state is BookingState.BOOKED


async def test_while_nobody_knows_what_came_of_our_own_change_nothing_is_decided(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    await world.sync()
    stored = await world.stored()
    later = Interval(stored.value.time.end, stored.value.time.end + HOUR)
    await world.write(BookingChange(stored, replace(stored.value, changing=later)))
    world.queues.sent.clear()

    world.clock.advance(HOUR)
    await world.check()

    booking = await world.booking()
    assert (booking.state, booking.suspicion is not None) == (BookingState.BOOKED, True)
    assert [name for name, _ in world.orders()] == ["CheckBookings"]


async def test_a_read_that_was_behind_is_put_right_by_the_look(world: CancellationWorld) -> None:
    """The calendar as it was before our own write: Graph may lag behind its own notification."""
    await world.book()
    events = world.calendars.find(BOX).events[HERE]
    hidden = events.pop("event of meeting")
    await world.sync()
    assert (await world.booking()).suspicion is not None
    events[hidden.event] = hidden

    world.clock.advance(GRACE)
    await world.check()
    await world.sync()

    booking = await world.booking()
    assert (booking.state, booking.suspicion) == (BookingState.BOOKED, None)
    assert await world.told() == ()


async def test_a_sync_that_began_before_we_wrote_decides_nothing_on_what_it_knew(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    reads = world.calendars.read_window

    async def while_we_write(*asked: object) -> object:
        read = await reads(*asked)  # type: ignore[arg-type]  # as it was asked
        stored = await world.stored()
        await world.write(BookingChange(stored, replace(stored.value, until=world.now + GRACE)))
        return read

    world.calendars.read_window = while_we_write  # type: ignore[method-assign, assignment]

    await world.sync()

    assert (await world.booking()).suspicion is None
    assert "SyncMailbox" in dict(world.orders())  # it comes again, with what is known by then


async def test_a_look_that_meets_a_change_of_ours_decides_nothing(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    await world.sync()
    world.clock.advance(GRACE)
    finds = world.search.find_marked

    async def while_we_write(*asked: object) -> object:
        found = await finds(*asked)  # type: ignore[arg-type]  # as it was asked
        stored = await world.stored()
        await world.write(BookingChange(stored, replace(stored.value, tried_at=world.now)))
        return found

    world.search.find_marked = while_we_write  # type: ignore[method-assign, assignment]

    await world.check()

    assert (await world.booking()).state is BookingState.BOOKED
    assert await world.told() == ()


@pytest.mark.parametrize("state", [ConnectionState.ATTENTION, ConnectionState.DISCONNECTING])
async def test_a_lost_consent_cancels_nothing(world: CancellationWorld, state: ConnectionState) -> None:
    await world.book()
    world.delete()
    await world.sync()
    await world.change_connection(state=state)

    world.clock.advance(GRACE)
    await world.check()
    await world.sync()

    assert (await world.booking()).state is BookingState.BOOKED
    assert world.search.script.calls == []


@pytest.mark.parametrize("error", [NoMailbox("soft-deleted"), Refused("403"), Disconnected("no", "consent_missing")])
async def test_a_mailbox_that_is_shut_cancels_nothing_at_the_read(world: CancellationWorld, error: OrgcalError) -> None:
    await world.book()
    world.delete()
    world.calendars.script.fail("read_window", error)

    await world.sync()

    assert (await world.booking()).suspicion is None


@pytest.mark.parametrize("error", [NoMailbox("soft-deleted"), Refused("403"), Disconnected("no", "consent_missing")])
@pytest.mark.parametrize("request_of", ["read", "find_marked"])
async def test_a_mailbox_that_is_shut_cancels_nothing_at_the_look(
    world: CancellationWorld, error: OrgcalError, request_of: str
) -> None:
    await world.book()
    world.delete()
    await world.sync()
    world.search.script.fail(request_of, error)

    world.clock.advance(GRACE)
    await world.check()

    booking = await world.booking()
    assert (booking.state, booking.suspicion is not None) == (BookingState.BOOKED, True)
    assert (await world.mailbox()).lease.value.holder is None


SHUT = [NoMailbox("soft-deleted"), Refused("403"), Disconnected("no", "consent_missing")]


@pytest.mark.parametrize("error", SHUT)
async def test_a_mailbox_that_is_found_shut_at_the_look_is_read(world: CancellationWorld, error: OrgcalError) -> None:
    await world.book()
    world.delete()
    await world.sync()
    world.search.script.fail("read", error)
    world.clock.advance(GRACE)
    world.queues.sent.clear()

    await world.check()

    assert world.orders() == [("SyncMailbox", timedelta(0))]


@pytest.mark.parametrize("error", SHUT)
async def test_where_only_the_look_is_refused_it_and_the_read_do_not_cause_each_other_for_ever(
    world: CancellationWorld, error: OrgcalError
) -> None:
    await world.book()
    world.delete()
    await world.sync()
    world.search.script.fail("read", error)
    world.clock.advance(HOUR)
    await world.sync()
    world.clock.advance(GRACE)
    world.queues.sent.clear()

    await world.check()

    # The whole tenant's or account's door is as shut to the read, which then sends nobody.
    expected = [("SyncMailbox", timedelta(0))] if isinstance(error, Disconnected) else []
    assert world.orders() == expected


@pytest.mark.parametrize("error", [TryLater("503"), Throttled("429", HOUR / 60), Unexpected("nonsense")])
@pytest.mark.parametrize("request_of", ["read", "find_marked", "list_calendars"])
async def test_what_was_not_answered_is_asked_again(
    world: CancellationWorld, error: OrgcalError, request_of: str
) -> None:
    await world.book()
    world.delete(for_good=True)
    await world.sync()
    world.queues.sent.clear()
    script = world.calendars.script if request_of == "list_calendars" else world.search.script
    script.fail(request_of, error, times=1)

    world.clock.advance(GRACE)
    await world.check()

    assert (await world.booking()).state is BookingState.BOOKED
    (again,) = world.queues.sent
    assert again.delay >= timedelta(seconds=30)
    world.clock.advance(again.delay)
    await world.check_flow().run(again.message, world.now)  # type: ignore[arg-type]
    assert (await world.booking()).state is BookingState.ENDED


async def test_a_calendar_that_was_not_read_says_nothing(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    world.calendars.script.fail("read_window", Throttled("429", HOUR))

    await world.sync()

    assert await world.calendar_state() is CalendarState.THROTTLED
    assert (await world.booking()).suspicion is None


async def test_a_mailbox_without_a_default_calendar_cancels_nothing(world: CancellationWorld) -> None:
    await world.book()
    world.delete(for_good=True)
    await world.sync()
    world.calendars.find(BOX).calendars.clear()

    world.clock.advance(GRACE)
    await world.check()

    assert (await world.booking()).state is BookingState.BOOKED


async def test_the_look_waits_for_whoever_reads_the_mailbox(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    await world.sync()
    lease = (await world.mailbox()).lease
    world.clock.advance(GRACE)
    await world.mailboxes.save_lease(lease, replace(lease.value, holder="another", until=world.now + HOUR))
    world.queues.sent.clear()

    await world.check()

    assert [name for name, _ in world.orders()] == ["CheckBookings"]
    assert world.search.script.calls == []
