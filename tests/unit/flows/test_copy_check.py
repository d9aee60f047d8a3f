from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.booking import Booking, BookingState, Held
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.cancellation import GRACE
from shared_code.core.decision import Clue
from shared_code.core.ids import ProductUserId
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.packing import ical_hash
from shared_code.core.policy import Policy
from shared_code.core.product_event import EventType
from shared_code.core.user_settings import UserSettings
from shared_code.errors import Disconnected, NoMailbox, OrgcalError, Refused, Throttled, TryLater
from shared_code.flows.cancellation_limits import CancellationLimits
from shared_code.flows.copy_check import CopyCheck
from shared_code.mailbox_ports import BookingChange
from shared_code.messages import CheckCopies, SyncMailbox
from shared_code.ports import Stored
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import ACME, ANNA, link_key, mailbox_of
from tests.unit.flows.cancellation_world import CancellationWorld

BEN = ProductUserId("ben")
BENS, HIS = mailbox_of(BEN), default_calendar(mailbox_of(BEN))
UID = "uid of meeting"


class CopyWorld(CancellationWorld):
    """Anna hosts, Ben is her co-host: his copy has an id of its own."""

    async def invite(self) -> Booking:
        booking = await self.book(cohosts=(BEN,))
        held = Held(
            ACME,
            BEN,
            booking.booking,
            ANNA,
            1,
            booking.time,
            ical_hash=ical_hash(UID).hex(),
            written_at=booking.written_at,
        )
        await self.write(BookingChange(None, held), BEN)
        self.put(BEN, Event("bens copy", UID, booking.time, ShowAs.TENTATIVE))
        return booking

    async def held(self) -> Stored[Held]:
        (held,) = (await self.mailbox(BEN)).held
        return held

    async def check_copies(self) -> None:
        flow = CopyCheck(
            self.checking(),
            self.organizations,
            self.users,
            self.mailboxes,
            self.finding(),
            self.calendars,
            self.search,
            self.queues,
            self.clock,
            CancellationLimits(self.holds),
        )
        await flow.run(CheckCopies.of(link_key(BEN), self.now), self.now)

    async def read_copies(self) -> None:
        await self.sync(BEN)
        self.clock.advance(GRACE)
        await self.check_copies()

    async def heard(self) -> list[EventType]:
        return [told.type for told in await self.told(OutboxPlace.of_mailbox(BENS))]


@pytest.fixture
async def world() -> CopyWorld:
    made = CopyWorld()
    await made.begin()
    await made.add_connected(BEN)
    made.clock.advance(timedelta(minutes=1))
    await made.invite()
    return made


async def test_a_co_host_who_deletes_their_copy_has_declined_and_the_booking_stands(world: CopyWorld) -> None:
    await world.read_copies()
    assert (await world.held()).value.is_seen
    world.calendars.remove(BENS, HIS, "bens copy")

    await world.read_copies()
    await world.read_copies()

    (told,) = await world.told(OutboxPlace.of_mailbox(BENS))
    assert told.type is EventType.BOOKING_HOST_DECLINED
    assert (told.data["booking"], told.data["host"], told.data["user"]) == ("meeting", ANNA, BEN)
    assert (await world.booking()).state is BookingState.BOOKED


async def test_a_copy_that_is_declined_and_stays_is_a_decline(world: CopyWorld) -> None:
    world.search.change(BENS, "bens copy", is_declined=True)

    await world.read_copies()

    assert await world.heard() == [EventType.BOOKING_HOST_DECLINED]


async def test_a_copy_that_has_not_come_yet_is_not_missed(world: CopyWorld) -> None:
    world.calendars.remove(BENS, HIS, "bens copy")

    await world.read_copies()

    assert (await world.held()).value.suspicion is None
    assert await world.heard() == []


async def test_a_copy_that_is_accepted_or_moved_with_its_meeting_says_nothing(world: CopyWorld) -> None:
    await world.read_copies()
    booking = await world.booking()
    later = replace(booking.time, end=booking.time.end + timedelta(hours=1))
    world.search.change(BENS, "bens copy", show_as=ShowAs.BUSY, time=later)

    await world.read_copies()

    assert await world.heard() == []


async def test_who_comes_back_and_leaves_again_has_declined_twice(world: CopyWorld) -> None:
    copy = world.calendars.find(BENS).events[HIS]["bens copy"]
    for _ in range(2):
        world.put(BEN, copy)
        await world.read_copies()
        world.calendars.remove(BENS, HIS, "bens copy")
        await world.read_copies()

    assert await world.heard() == [EventType.BOOKING_HOST_DECLINED] * 2


async def test_a_copy_put_back_within_the_grace_is_no_decline(world: CopyWorld) -> None:
    copy = world.calendars.find(BENS).events[HIS]["bens copy"]
    await world.read_copies()
    world.calendars.remove(BENS, HIS, "bens copy")
    await world.sync(BEN)
    suspicion = (await world.held()).value.suspicion
    assert suspicion is not None
    assert suspicion.clue is Clue.VANISHED

    world.put(BEN, copy)
    world.clock.advance(GRACE)
    await world.check_copies()

    assert await world.heard() == []
    assert (await world.held()).value.suspicion is None


async def test_a_meeting_that_its_host_has_called_off_was_declined_by_nobody(world: CopyWorld) -> None:
    await world.read_copies()
    world.delete()
    world.search.change(BENS, "bens copy", is_cancelled=True)
    await world.read_copies()
    world.calendars.remove(BENS, HIS, "bens copy")

    await world.read_copies()
    assert "SyncMailbox" in dict(world.orders())  # the host's mailbox has the first word
    await world.read_and_check()
    world.clock.advance(timedelta(minutes=1))
    await world.check_copies()

    assert (await world.booking()).state is BookingState.ENDED
    assert await world.heard() == []


async def test_a_meeting_that_became_another_one_was_declined_by_nobody(world: CopyWorld) -> None:
    """Cut and pasted by its host: the copy of what was cut goes away."""
    await world.read_copies()
    stored = await world.stored()
    await world.write(BookingChange(stored, replace(stored.value, ical_hash=ical_hash("pasted").hex())))
    world.calendars.remove(BENS, HIS, "bens copy")

    await world.read_copies()

    assert await world.heard() == []


@pytest.mark.parametrize("error", [TryLater("503"), NoMailbox("soft-deleted")])
async def test_what_was_not_answered_is_no_decline(world: CopyWorld, error: OrgcalError) -> None:
    await world.read_copies()
    world.calendars.remove(BENS, HIS, "bens copy")
    await world.sync(BEN)
    world.calendars.script.fail("list_calendars", error)

    world.clock.advance(GRACE)
    await world.check_copies()

    assert await world.heard() == []
    assert (await world.held()).value.suspicion is not None


async def test_whoever_asks_for_patience_is_asked_again_after_it(world: CopyWorld) -> None:
    patience = timedelta(minutes=10)
    world.search.change(BENS, "bens copy", is_declined=True)
    await world.sync(BEN)
    world.calendars.script.fail("list_calendars", Throttled("429", patience, whole_tenant=True), times=1)
    world.clock.advance(GRACE)
    world.queues.sent.clear()

    await world.check_copies()
    await world.check_copies()

    assert world.orders() == [("CheckCopies", patience), ("CheckCopies", patience)]
    assert await world.heard() == []
    world.clock.advance(patience)
    await world.check_copies()
    assert await world.heard() == [EventType.BOOKING_HOST_DECLINED]


async def test_the_patience_of_the_hosts_tenant_is_not_asked_of_the_co_hosts(world: CopyWorld) -> None:
    world.search.change(BENS, "bens copy", is_declined=True)
    await world.sync(BEN)
    world.search.script.fail("find_marked", Throttled("429", timedelta(minutes=10), whole_tenant=True), times=1)
    world.clock.advance(GRACE)

    await world.check_copies()

    assert (await world.connection()).not_before is None


@pytest.mark.parametrize("error", [NoMailbox("404"), Refused("403"), Disconnected("no", "consent_missing")])
async def test_a_host_whose_mailbox_is_shut_is_read_and_the_co_host_looked_at_again(
    world: CopyWorld, error: OrgcalError
) -> None:
    world.search.change(BENS, "bens copy", is_declined=True)
    await world.sync(BEN)
    world.search.script.fail("find_marked", error)
    world.clock.advance(GRACE)
    world.queues.sent.clear()

    await world.check_copies()

    assert [one.mailbox for one in world.queues.messages if isinstance(one, SyncMailbox)] == [mailbox_of(ANNA)]
    assert [name for name, _ in world.orders()] == ["SyncMailbox", "CheckCopies"]
    assert await world.heard() == []


async def test_a_calendar_that_could_not_be_read_is_no_decline(world: CopyWorld) -> None:
    await world.read_copies()
    world.calendars.remove(BENS, HIS, "bens copy")
    world.calendars.script.fail("read_window", TryLater("503"), times=1)

    await world.sync(BEN)

    assert (await world.held()).value.suspicion is None


@pytest.mark.parametrize(("cancels", "wants", "ends"), [(True, True, True), (False, True, False), (True, False, False)])
async def test_the_policy_and_the_hosts_setting_say_whether_a_decline_ends_the_booking(
    world: CopyWorld, cancels: bool, wants: bool, ends: bool
) -> None:
    records = await world.organizations.find(ACME)
    assert records is not None
    organization = replace(records.organization.value, policy=Policy(cohost_decline_cancels=cancels))
    await world.organizations.save(records.organization, organization)
    await world.change_user(settings=UserSettings(cancellation_sync=wants))
    world.search.change(BENS, "bens copy", is_declined=True)

    await world.read_copies()

    assert await world.heard() == [EventType.BOOKING_HOST_DECLINED]
    assert ("EndForCohost" in dict(world.orders())) is ends


async def test_a_mailbox_that_lists_no_calendar_has_declined_nothing(world: CopyWorld) -> None:
    """As one does that is just being moved."""
    world.search.change(BENS, "bens copy", is_declined=True)
    await world.sync(BEN)
    world.clock.advance(GRACE)
    box = world.calendars.find(BENS)
    calendars, box.calendars = box.calendars, {}

    await world.check_copies()
    heard = await world.heard()
    box.calendars = calendars
    await world.check_copies()

    assert (heard, await world.heard()) == ([], [EventType.BOOKING_HOST_DECLINED])
