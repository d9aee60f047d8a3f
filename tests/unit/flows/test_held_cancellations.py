from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.booking import BookingState
from shared_code.core.cancellation import GRACE, HELD_AN_HOUR, HELD_TOGETHER
from shared_code.core.connection import ConnectionState
from shared_code.core.decision import Outcome
from shared_code.core.held_cancellation import HoldDecision, HoldReason
from shared_code.core.ids import ProductUserId
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import EventType
from shared_code.errors import Problem, Rejected
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import ACME, ANNA, mailbox_of
from tests.unit.flows.cancellation_world import BOSS, OTHER_CALENDAR, CancellationWorld, world

__all__ = ["world"]

BOX, HERE = mailbox_of(ANNA), default_calendar(mailbox_of(ANNA))
IN_ACME = OutboxPlace.of_organization(ACME)


async def _book(world: CancellationWorld, count: int, name: str = "meeting") -> list[str]:
    names = [f"{name}-{number}" for number in range(count)]
    for number, each in enumerate(names):
        await world.book(each, timedelta(days=1, hours=number))
    return names


async def _states(world: CancellationWorld) -> set[BookingState]:
    return {each.value.state for each in (await world.mailbox()).bookings}


async def test_ten_at_once_are_cancelled(world: CancellationWorld) -> None:
    for name in await _book(world, HELD_TOGETHER):
        world.delete(name)

    await world.read_and_check()

    assert await _states(world) == {BookingState.ENDED}
    assert await world.holds.list(ACME) == ()


async def test_more_than_ten_found_by_one_sync_wait_for_a_person(world: CancellationWorld) -> None:
    for name in await _book(world, HELD_TOGETHER + 1):
        world.delete(name)

    await world.read_and_check()
    await world.read_and_check()

    assert await _states(world) == {BookingState.BOOKED}
    (hold,) = await world.holds.list(ACME)
    assert (hold.value.reason, len(hold.value.bookings), hold.value.decision) == (HoldReason.MAILBOX, 11, None)
    (told,) = await world.told(IN_ACME)
    assert (told.type, told.data["count"]) == (EventType.CANCELLATIONS_HELD, 11)
    assert await world.told() == ()
    decision = (await world.booking("meeting-0")).decision
    assert decision is not None
    assert (decision.outcome, decision.hold, decision.together) == (Outcome.HELD, hold.value.hold, 11)


async def test_of_what_vanished_with_many_others_what_was_pasted_is_adopted_even_so(world: CancellationWorld) -> None:
    names = await _book(world, HELD_TOGETHER + 2)
    for name in names[1:]:
        world.delete(name)
    time = (await world.booking(names[0])).time
    world.search.paste(BOX, world.delete(names[0]), "pasted", time, HERE)

    await world.read_and_check()

    assert (await world.booking(names[0])).event == "pasted"
    assert len((await world.holds.list(ACME))[0].value.bookings) == HELD_TOGETHER + 1


async def test_many_in_an_hour_wait_for_a_person_however_few_at_once(world: CancellationWorld) -> None:
    names = await _book(world, HELD_AN_HOUR + 3)

    for start in range(0, HELD_AN_HOUR, 5):
        for name in names[start : start + 5]:
            world.delete(name)
        await world.read_and_check()
        world.clock.advance(timedelta(minutes=5))
    for name in names[HELD_AN_HOUR:]:
        world.delete(name)
        await world.read_and_check()

    ended = [each.value.booking for each in (await world.mailbox()).bookings if each.value.state is BookingState.ENDED]
    assert sorted(ended) == sorted(names[:HELD_AN_HOUR])
    (hold,) = await world.holds.list(ACME)  # one question, however often more was found
    assert (hold.value.reason, len(hold.value.bookings)) == (HoldReason.CONNECTION, 3)
    assert len(await world.told(IN_ACME)) == 1


async def test_after_an_hour_cancelling_goes_on(world: CancellationWorld) -> None:
    names = await _book(world, HELD_AN_HOUR + 1)
    for start in range(0, HELD_AN_HOUR, 10):
        for name in names[start : start + 10]:
            world.delete(name)
        await world.read_and_check()
        world.clock.advance(timedelta(minutes=1))
    world.clock.advance(timedelta(hours=1))

    world.delete(names[-1])
    await world.read_and_check()

    assert await _states(world) == {BookingState.ENDED}


async def test_the_limit_is_the_connections_and_not_one_mailboxs(world: CancellationWorld) -> None:
    ben = ProductUserId("ben")
    await world.add_connected(ben)
    world.clock.advance(timedelta(minutes=1))
    names = await _book(world, HELD_AN_HOUR)
    for start in range(0, HELD_AN_HOUR, 10):
        for name in names[start : start + 10]:
            world.delete(name)
        await world.read_and_check()
    await world.book("bens", user=ben)
    world.delete("bens", user=ben)

    await world.read_and_check(ben)

    assert (await world.booking("bens", ben)).state is BookingState.BOOKED
    assert (await world.holds.list(ACME))[0].value.reason is HoldReason.CONNECTION


async def test_a_large_connection_may_lose_one_in_twenty_within_the_hour(world: CancellationWorld) -> None:
    names = await _book(world, HELD_AN_HOUR + 1)
    await _book(world, 400, "another")
    for start in range(0, HELD_AN_HOUR + 1, 7):
        for name in names[start : start + 7]:
            world.delete(name)
        await world.read_and_check()
        world.clock.advance(timedelta(minutes=1))

    ended = [each for each in (await world.mailbox()).bookings if each.value.state is BookingState.ENDED]

    assert len(ended) == HELD_AN_HOUR + 1


async def test_what_is_gone_with_its_whole_calendar_waits_for_a_person(world: CancellationWorld) -> None:
    """Deleted by mistake, or the mailbox is another one by now."""
    await world.book("there")
    await world.book("gone", timedelta(days=2), calendar=OTHER_CALENDAR)
    world.delete("there")
    world.delete("gone", for_good=True)
    mailbox = world.calendars.find(BOX)
    del mailbox.calendars[OTHER_CALENDAR], mailbox.events[OTHER_CALENDAR]
    world.clock.advance(timedelta(days=1))

    await world.read_and_check()

    assert (await world.booking("there")).state is BookingState.ENDED
    assert (await world.booking("gone")).state is BookingState.BOOKED
    (hold,) = await world.holds.list(ACME)
    assert (hold.value.reason, [each.booking for each in hold.value.bookings]) == (HoldReason.CALENDAR, ["gone"])


async def test_two_hundred_that_vanish_at_once_are_suspected_and_held_in_one_sync(world: CancellationWorld) -> None:
    for name in await _book(world, 200):
        world.delete(name)

    await world.sync()
    assert all(each.value.suspicion is not None for each in (await world.mailbox()).bookings)
    world.clock.advance(GRACE)
    await world.check()

    assert await _states(world) == {BookingState.BOOKED}
    assert len((await world.holds.list(ACME))[0].value.bookings) == 200


async def _held(world: CancellationWorld) -> str:
    for name in await _book(world, HELD_TOGETHER + 1):
        world.delete(name)
    await world.read_and_check()
    (hold,) = await world.holds.list(ACME)
    await world.add_administrator()
    world.queues.sent.clear()
    return hold.value.hold


async def _decide(world: CancellationWorld, hold: str, decision: HoldDecision) -> None:
    await world.held_cancellations().decide(ACME, hold, decision, BOSS, world.now)
    await world.check(hold=hold)


async def test_a_person_lets_them_be_cancelled_and_each_is_told_once(world: CancellationWorld) -> None:
    hold = await _held(world)

    await _decide(world, hold, HoldDecision.CANCEL)
    await _decide(world, hold, HoldDecision.CANCEL)

    assert await _states(world) == {BookingState.ENDED}
    assert {told.type for told in await world.told()} == {EventType.BOOKING_CANCELLED}
    assert len(await world.told()) == HELD_TOGETHER + 1
    decision = (await world.booking("meeting-0")).decision
    assert decision is not None
    assert (decision.outcome, decision.by, decision.hold) == (Outcome.CANCELLED, BOSS, hold)
    entries = (await world.organizations.list_audit(ACME, None, 10)).items
    assert [entry.action for entry in entries].count("cancellations.cancel") == 1


async def test_what_came_back_is_not_cancelled_whatever_was_decided(world: CancellationWorld) -> None:
    hold = await _held(world)
    world.search.restore(BOX, "event of meeting-3", HERE)

    await _decide(world, hold, HoldDecision.CANCEL)

    assert (await world.booking("meeting-3")).state is BookingState.BOOKED
    assert len(await world.told()) == HELD_TOGETHER


async def test_what_a_person_keeps_is_not_asked_about_again_until_it_was_seen(world: CancellationWorld) -> None:
    hold = await _held(world)

    await _decide(world, hold, HoldDecision.KEEP)
    for _ in range(3):
        world.clock.advance(timedelta(hours=7))
        await world.read_and_check()
    assert await _states(world) == {BookingState.BOOKED}
    assert len(await world.holds.list(ACME)) == 1
    world.search.restore(BOX, "event of meeting-9", HERE)
    await world.read_and_check()
    world.delete("meeting-9")
    await world.read_and_check()

    ended = [each.value.booking for each in (await world.mailbox()).bookings if each.value.state is BookingState.ENDED]
    assert ended == ["meeting-9"]


async def test_who_decides_must_be_an_owner_or_admin(world: CancellationWorld) -> None:
    hold = await _held(world)

    for by in (None, ANNA):
        with pytest.raises(Rejected) as refused:
            await world.held_cancellations().decide(ACME, hold, HoldDecision.CANCEL, by, world.now)
        assert refused.value.problem is Problem.ROLE_REQUIRED
    assert world.orders() == []


async def test_another_decision_comes_too_late(world: CancellationWorld) -> None:
    hold = await _held(world)
    await _decide(world, hold, HoldDecision.KEEP)

    with pytest.raises(Rejected) as refused:
        await _decide(world, hold, HoldDecision.CANCEL)

    assert refused.value.problem is Problem.ILLEGAL_STATE


async def test_an_order_that_comes_before_the_decision_comes_again(world: CancellationWorld) -> None:
    hold = await _held(world)

    await world.check(hold=hold)

    assert [name for name, _ in world.orders()] == ["CheckBookings"]
    assert await _states(world) == {BookingState.BOOKED}


async def test_what_was_decided_before_a_shut_door_is_carried_out_once_it_opens(world: CancellationWorld) -> None:
    hold = await _held(world)
    await world.change_connection(state=ConnectionState.ATTENTION)

    await _decide(world, hold, HoldDecision.CANCEL)
    ordered = [name for name, _ in world.orders()]
    await world.change_connection(state=ConnectionState.ACTIVE)
    await world.check(hold=hold)

    assert ordered == ["CheckBookings", "CheckBookings"]
    assert await _states(world) == {BookingState.ENDED}


async def test_holds_are_listed_page_by_page(world: CancellationWorld) -> None:
    hold = await _held(world)
    stored = (await world.holds.list(ACME))[0].value
    for number in range(4):
        await world.holds.save(None, replace(stored, hold=f"hold-{number}", held_at=world.now + number * GRACE))

    seen, after = [], None
    while True:
        page = await world.held_cancellations().page(ACME, after, 2)
        seen += [each.hold for each in page.items]
        if (after := page.next) is None:
            break

    assert seen == ["hold-3", "hold-2", "hold-1", "hold-0", hold]


async def test_a_hold_that_is_not_there_is_named_so(world: CancellationWorld) -> None:
    with pytest.raises(Rejected) as refused:
        await world.held_cancellations().get(ACME, "nothing")

    assert refused.value.problem is Problem.HOLD_NOT_FOUND
