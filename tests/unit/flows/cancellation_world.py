"""A calendar world with bookings in it: their events, what people do to them, and what the product hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.booking_rows import TableBookingIndex, TableBookingRows
from shared_code.adapters.tables.holds import TableHolds
from shared_code.adapters.tables.outbox import TableOutbox
from shared_code.core.booking import Booking, BookingEntry, BookingState
from shared_code.core.calendar import Calendar, Event, ShowAs
from shared_code.core.cancellation import GRACE
from shared_code.core.ids import BookingId, CalendarId, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.packing import ical_hash
from shared_code.core.product_event import ProductEvent
from shared_code.core.product_user import ProductUser, UserState
from shared_code.flows.acting import Acting
from shared_code.flows.booking_check import BookingCheck
from shared_code.flows.booking_finding import Finding
from shared_code.flows.booking_parties import Parties
from shared_code.flows.booking_store import BookingStore
from shared_code.flows.cancellation_limits import CancellationLimits
from shared_code.flows.checking import Checking
from shared_code.flows.held_cancellations import HeldCancellations
from shared_code.flows.looking import Looking
from shared_code.flows.verdicts import Verdicts
from shared_code.mailbox_ports import BookingChange
from shared_code.messages import CheckBookings
from shared_code.ports import Stored, UserChange
from tests.fakes.fake_calendars import default_calendar
from tests.fakes.fake_event_search import FakeEventSearch
from tests.unit.flows.calendar_world import ACME, ANNA, CalendarWorld, connection_of, link_key, mailbox_of

OTHER_CALENDAR = CalendarId("other")
BOSS = ProductUserId("boss")
TOMORROW = timedelta(days=1)


@dataclass
class CancellationWorld(CalendarWorld):
    def __post_init__(self) -> None:
        super().__post_init__()
        self.search = FakeEventSearch(self.calendars)
        self.holds = TableHolds(self.rows)
        self.index = TableBookingIndex(self.rows)

    async def begin(self, user: ProductUserId = ANNA) -> None:
        """One organisation with one connected user, who has a second calendar that nobody reads."""
        await self.add_organization()
        await self.add_connected(user)
        mailbox = self.calendars.find(mailbox_of(user))
        own = mailbox.calendars[default_calendar(mailbox_of(user))]
        other = Calendar(OTHER_CALENDAR, is_default=False, can_edit=True, owner_address="her@acme.example")
        mailbox.calendars = {
            own.calendar: replace(own, owner_address=other.owner_address),
            other.calendar: other,
        }
        mailbox.events[OTHER_CALENDAR] = {}
        self.clock.advance(timedelta(minutes=1))

    async def add_administrator(self) -> None:
        row = ProductUser(ACME, BOSS, (), UserState.NO_MATCH, self.now, role="owner")
        assert await self.users.save([UserChange(None, row)]) == ()

    async def book(
        self,
        name: str = "meeting",
        starts_in: timedelta = TOMORROW,
        *,
        user: ProductUserId = ANNA,
        organization: OrganizationId = ACME,
        **changes: object,
    ) -> Booking:
        """As if it had been written an hour ago."""
        time = Interval(self.now + starts_in, self.now + starts_in + timedelta(minutes=30))
        earlier = self.now - timedelta(hours=1)
        booking = Booking(
            organization,
            BookingId(name),
            user,
            1,
            BookingState.BOOKED,
            time,
            default_calendar(mailbox_of(user)),
            f"mark of {name}",
            "content",
            "body",
            earlier,
            earlier,
            event=f"event of {name}",
            ical_hash=ical_hash(f"uid of {name}").hex(),
            written_at=earlier,
        )
        booking = replace(booking, **changes)  # type: ignore[arg-type]
        await self.write(BookingChange(None, booking), user)
        entry = BookingEntry(organization, booking.booking, user, 1, earlier, connection_of(organization), time.end)
        await self.index.save(None, entry)
        assert booking.event is not None
        self.put(user, Event(booking.event, f"uid of {name}", time, ShowAs.BUSY))
        self.search.marks[booking.event] = booking.mark
        return booking

    async def write(self, change: BookingChange, user: ProductUserId = ANNA) -> None:
        lease = (await self.mailbox(user)).lease
        await self.mailboxes.commit(lease, lease.value, [], bookings=[change])

    async def stored(self, name: str = "meeting", user: ProductUserId = ANNA) -> Stored[Booking]:
        return next(each for each in (await self.mailbox(user)).bookings if each.value.booking == name)

    async def booking(self, name: str = "meeting", user: ProductUserId = ANNA) -> Booking:
        return (await self.stored(name, user)).value

    def delete(self, name: str = "meeting", *, user: ProductUserId = ANNA, for_good: bool = False) -> Event:
        return self.search.delete(mailbox_of(user), f"event of {name}", for_good=for_good)

    async def check(self, *, user: ProductUserId = ANNA, hold: str | None = None) -> None:
        await self.check_flow().run(CheckBookings.of(link_key(user), self.now).about(hold), self.now)

    async def read_and_check(self, user: ProductUserId = ANNA) -> None:
        """A read, and what it orders for after the grace."""
        await self.sync(user)
        self.clock.advance(GRACE)
        await self.check(user=user)

    def check_flow(self) -> BookingCheck:
        return BookingCheck(
            self.checking(),
            self.mailboxes,
            Looking(self.calendars, self.search, self.clock),
            Verdicts(self.organizations, self.users, CancellationLimits(self.holds), self.queues),
            self.clock,
        )

    def checking(self) -> Checking:
        return Checking(self.organizations, self.users, self.mailboxes, self.queues, self.chance, self.clock)

    def finding(self) -> Finding:
        store = BookingStore(self.mailboxes, TableBookingRows(self.rows))
        return Finding(Parties(self.organizations, self.users), self.index, store)

    def held_cancellations(self) -> HeldCancellations:
        return HeldCancellations(Acting(self.organizations, self.users), self.holds, self.queues)

    async def told(self, place: OutboxPlace | None = None) -> Sequence[ProductEvent]:
        """What waits to be passed on, beside the mailbox's records if no other place is named."""
        waiting = await TableOutbox(self.rows).waiting(place or OutboxPlace.of_mailbox(mailbox_of(ANNA)))
        return waiting.items

    def orders(self) -> list[tuple[str, timedelta]]:
        return [(type(sent.message).__name__, sent.delay) for sent in self.queues.sent]


@pytest.fixture
async def world() -> CancellationWorld:
    made = CancellationWorld()
    await made.begin()
    return made
