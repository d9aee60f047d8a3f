"""What becomes of a booking whose event a read found amiss."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.booking import BookingState, EndedBy
from shared_code.core.cancellation import GRACE
from shared_code.core.decision import Clue, Outcome, Suspicion
from shared_code.core.intervals import Interval
from shared_code.core.organization import Organization
from shared_code.core.policy import Policy, Rule
from shared_code.core.product_event import EventType
from shared_code.core.user_settings import UserSettings
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import ACME, ANNA, mailbox_of
from tests.unit.flows.cancellation_world import OTHER_CALENDAR, CancellationWorld, world

__all__ = ["world"]

BOX, HERE = mailbox_of(ANNA), default_calendar(mailbox_of(ANNA))
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("for_good", [False, True])
async def test_what_the_host_deletes_is_cancelled_after_the_grace_and_told_once(
    world: CancellationWorld, for_good: bool
) -> None:
    await world.book()
    world.delete(for_good=for_good)

    await world.sync()
    assert (await world.booking()).suspicion == Suspicion(Clue.VANISHED, world.now)
    assert world.orders() == [("CheckBookings", GRACE)]
    assert (await world.booking()).state is BookingState.BOOKED
    world.clock.advance(GRACE)
    await world.check()
    await world.check()
    await world.sync()

    booking = await world.booking()
    assert (booking.state, booking.ended_by, booking.ended_at) == (BookingState.ENDED, EndedBy.HOST, world.now)
    assert booking.decision is not None
    assert (booking.decision.outcome, booking.decision.clue) == (Outcome.CANCELLED, Clue.VANISHED)
    assert (booking.decision.answers_by_id, booking.decision.calendars) == (not for_good, 2)
    (told,) = await world.told()
    assert told.type is EventType.BOOKING_CANCELLED
    assert (told.data["booking"], told.data["host"], told.data["cause"]) == ("meeting", ANNA, "host_deleted")


async def test_a_read_that_finds_the_event_says_nothing(world: CancellationWorld) -> None:
    await world.book()

    await world.read_and_check()

    assert (await world.booking()).suspicion is None
    assert "CheckBookings" not in dict(world.orders())


async def test_cut_and_paste_is_adopted_with_its_new_time(world: CancellationWorld) -> None:
    booking = await world.book()
    later = Interval(booking.time.start + HOUR, booking.time.end + HOUR)
    world.search.paste(BOX, world.delete(), "pasted", later, HERE)

    await world.read_and_check()
    await world.read_and_check()

    adopted = await world.booking()
    assert (adopted.state, adopted.event, adopted.time) == (BookingState.BOOKED, "pasted", later)
    assert adopted.decision is not None
    assert adopted.decision.outcome is Outcome.ADOPTED
    assert adopted.ical_hash != booking.ical_hash
    assert adopted.content == ""  # the product's next request is written, even if it is the same
    (told,) = await world.told()
    assert (told.type, told.data["start"]) == (EventType.BOOKING_MOVED, later.start.isoformat().replace("+00:00", "Z"))
    assert adopted.suspicion is None


async def test_cut_and_paste_at_the_same_time_is_adopted_and_not_told(world: CancellationWorld) -> None:
    booking = await world.book()
    world.search.paste(BOX, world.delete(), "pasted", booking.time, OTHER_CALENDAR)

    await world.read_and_check()

    adopted = await world.booking()
    assert (adopted.event, adopted.calendar) == ("pasted", OTHER_CALENDAR)
    assert await world.told() == ()


async def test_what_is_pasted_before_the_grace_is_over_is_adopted(world: CancellationWorld) -> None:
    booking = await world.book()
    cut = world.delete()
    await world.sync()

    world.clock.advance(GRACE)
    world.search.paste(BOX, cut, "pasted", booking.time, HERE)
    await world.check()

    assert (await world.booking()).event == "pasted"


async def test_a_copy_leaves_the_booking_with_its_own_event(world: CancellationWorld) -> None:
    booking = await world.book()
    event = world.calendars.find(BOX).events[HERE]["event of meeting"]
    world.search.paste(BOX, event, "copy", Interval(booking.time.start + HOUR, booking.time.end + HOUR), HERE)

    await world.read_and_check()

    assert await world.booking() == booking


async def test_a_move_in_time_is_told_with_the_new_time(world: CancellationWorld) -> None:
    booking = await world.book()
    longer = Interval(booking.time.start, booking.time.end + HOUR)
    world.search.change(BOX, "event of meeting", time=longer)

    await world.read_and_check()
    await world.read_and_check()

    assert (await world.booking()).time == longer
    assert [told.type for told in await world.told()] == [EventType.BOOKING_MOVED]


async def test_a_move_beyond_every_window_is_a_move(world: CancellationWorld) -> None:
    booking = await world.book()
    next_year = timedelta(days=365)
    far = Interval(booking.time.start + next_year, booking.time.end + next_year)
    world.search.change(BOX, "event of meeting", time=far)

    await world.read_and_check()

    assert (await world.booking()).time == far


async def test_a_move_to_another_calendar_is_no_deletion(world: CancellationWorld) -> None:
    booking = await world.book()
    world.search.move(BOX, "event of meeting", OTHER_CALENDAR)

    await world.read_and_check()

    moved = await world.booking()
    assert (moved.state, moved.calendar, moved.time) == (BookingState.BOOKED, OTHER_CALENDAR, booking.time)
    assert await world.told() == ()


async def test_an_event_that_lost_its_mark_is_found_by_its_id(world: CancellationWorld) -> None:
    await world.book()
    world.search.move(BOX, "event of meeting", OTHER_CALENDAR)
    world.search.marks.clear()

    await world.read_and_check()

    assert (await world.booking()).calendar == OTHER_CALENDAR


async def test_what_is_restored_within_the_grace_stands(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    await world.sync()
    world.search.restore(BOX, "event of meeting", HERE)
    world.clock.advance(GRACE)

    await world.check()
    await world.sync()

    booking = await world.booking()
    assert booking.state is BookingState.BOOKED
    assert booking.suspicion is None
    assert await world.told() == ()


async def test_what_is_restored_after_the_cancellation_is_only_busy_time(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    await world.read_and_check()
    world.search.restore(BOX, "event of meeting", HERE)

    await world.read_and_check()

    assert (await world.booking()).state is BookingState.ENDED
    assert len(await world.told()) == 1


async def test_an_event_marked_as_cancelled_is_cancelled(world: CancellationWorld) -> None:
    await world.book()
    world.search.change(BOX, "event of meeting", is_cancelled=True)

    await world.read_and_check()

    assert (await world.booking()).state is BookingState.ENDED


async def test_a_series_made_of_the_event_is_no_deletion(world: CancellationWorld) -> None:
    """The windows show its occurrences, whose ids are others; the master keeps id and mark."""
    await world.book()
    reads = world.calendars.read_window

    async def without(*asked: object) -> tuple[object, ...]:
        return tuple(each for each in await reads(*asked) if each.event != "event of meeting")  # type: ignore[arg-type]

    world.calendars.read_window = without  # type: ignore[method-assign, assignment]

    await world.read_and_check()
    world.search.script.calls.clear()
    await world.read_and_check()

    booking = await world.booking()
    assert booking.state is BookingState.BOOKED
    assert booking.decision is not None
    assert booking.decision.outcome is Outcome.STANDS
    assert world.search.script.calls == []  # and nobody asks at every read


@pytest.mark.parametrize("state", [BookingState.CREATING, BookingState.ENDING, BookingState.ENDED])
async def test_what_does_not_stand_is_no_candidate(world: CancellationWorld, state: BookingState) -> None:
    await world.book(state=state)
    world.delete()

    await world.read_and_check()

    assert (await world.booking()).state is state
    assert await world.told() == ()


async def test_what_has_ended_is_no_candidate(world: CancellationWorld) -> None:
    await world.book(starts_in=-HOUR)
    world.delete()

    await world.read_and_check()

    assert (await world.booking()).suspicion is None


async def test_a_meeting_that_ends_within_the_grace_is_not_cancelled_any_more(world: CancellationWorld) -> None:
    await world.book(starts_in=GRACE - timedelta(minutes=30))
    world.delete()

    await world.read_and_check()

    assert (await world.booking()).state is BookingState.BOOKED
    assert await world.told() == ()


async def test_with_cancellation_sync_off_nothing_is_cancelled_and_the_decision_is_kept(
    world: CancellationWorld,
) -> None:
    await world.change_user(settings=UserSettings(cancellation_sync=False))
    await world.book()
    world.delete()

    await world.read_and_check()
    world.clock.advance(timedelta(days=2))
    await world.change_user(settings=UserSettings(cancellation_sync=True))
    await world.read_and_check()

    booking = await world.booking()
    assert booking.state is BookingState.BOOKED
    assert booking.decision is not None
    assert booking.decision.outcome is Outcome.IGNORED
    assert await world.told() == ()


async def test_a_lock_of_the_organization_wins_over_the_persons_choice(world: CancellationWorld) -> None:
    records = await world.organizations.find(ACME)
    assert records is not None
    organization: Organization = records.organization.value
    locked = replace(organization, policy=Policy(cancellation_sync=Rule(default=False, locked=True)))
    await world.organizations.save(records.organization, locked)
    await world.change_user(settings=UserSettings(cancellation_sync=True))
    await world.book()
    world.delete()

    await world.read_and_check()

    assert (await world.booking()).state is BookingState.BOOKED


async def test_of_two_bookings_only_the_deleted_one_is_cancelled(world: CancellationWorld) -> None:
    await world.book()
    await world.book("other", 2 * timedelta(days=1))
    world.delete("other")

    await world.read_and_check()

    assert (await world.booking()).state is BookingState.BOOKED
    assert (await world.booking("other")).state is BookingState.ENDED


async def test_an_order_that_was_lost_is_given_again(world: CancellationWorld) -> None:
    await world.book()
    world.delete()
    await world.sync()
    world.queues.sent.clear()

    world.clock.advance(timedelta(minutes=15))
    await world.sync()

    assert ("CheckBookings", GRACE) in world.orders()


async def test_a_booking_in_no_window_is_asked_for_once_a_day(world: CancellationWorld) -> None:
    await world.book(starts_in=timedelta(days=200))
    await world.sync()
    assert world.orders() == []

    world.clock.advance(timedelta(days=1))
    await world.read_and_check()
    asked = len(world.search.script.calls)
    await world.read_and_check()
    assert (asked > 0, len(world.search.script.calls)) == (True, asked)
    world.delete()
    world.clock.advance(timedelta(days=1))
    await world.read_and_check()

    assert (await world.booking()).state is BookingState.ENDED


async def test_a_deleted_calendar_that_is_restored_within_the_day_costs_nothing(world: CancellationWorld) -> None:
    await world.book(calendar=OTHER_CALENDAR)
    world.search.move(BOX, "event of meeting", OTHER_CALENDAR)
    mailbox = world.calendars.find(BOX)
    calendar, events = mailbox.calendars.pop(OTHER_CALENDAR), mailbox.events.pop(OTHER_CALENDAR)
    await world.read_and_check()
    mailbox.calendars[OTHER_CALENDAR], mailbox.events[OTHER_CALENDAR] = calendar, events

    world.clock.advance(timedelta(days=1))
    await world.read_and_check()

    assert (await world.booking()).state is BookingState.BOOKED
    assert await world.told() == ()
