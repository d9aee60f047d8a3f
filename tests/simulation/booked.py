"""The state machine of bookings: the product books, hosts do as they please, and nothing is cancelled that stands."""

from datetime import datetime, timedelta

from hypothesis.stateful import invariant, rule

from shared_code.core.ids import BookingId
from tests.simulation.booking_oracle import BookingOracle
from tests.simulation.booking_product import BookingProduct
from tests.simulation.machine import TALLY, Calm
from tests.simulation.meetings import ACTS, Meetings
from tests.simulation.places import MATCHED, SEATS, Seat

NAMES = ("breakfast", "lunch", "dinner")
FAULTS = ("503", "429 with Retry-After", "dropped connection")
A_DAY_AND_A_TURN = timedelta(hours=26)

# What needs something to be there first, or leaves nothing behind, comes as often as it takes.
OFTEN = (*ACTS, "cut_and_paste", "restore", "make_series", *(("accept_invitation", "decline_invitation") * 2))
# A change of ours whose outcome was unknown is looked into after a quarter of an hour, what looked amiss after that.
SETTLED = timedelta(minutes=45)
READ = timedelta(minutes=3)  # by then what was booked is in everybody's calendar, and was read


class Booked(Calm):
    """Beside all that happens to calendars: 45 minutes after the last act every booking is what its event is, and the
    product has heard so exactly once."""

    quiet = SETTLED

    def prepare(self) -> None:
        """Availability is held to the truth elsewhere; here our own bookings are busy before Graph shows them."""
        self.oracle.is_read_in_parts = True
        self.meetings = Meetings(self._run.world)
        self.booking_product = BookingProduct(self._run)
        self.bookings = BookingOracle(self._run, self.meetings, self.booking_product)
        self._run.wire.on_answer.append(lambda *_: self.meetings.note())
        for _ in range(3):
            self.book()

    @rule()
    def book(self) -> None:
        """A new meeting, or another time for one that is booked."""
        if self._any((True, False, False)):
            self.unbook()
        for seat in self._run.chance.sample(SEATS, k=2):
            self._book(seat, BookingId(f"{seat.user}-{self._any(NAMES)}"))

    def _book(self, seat: Seat, name: BookingId) -> None:
        start = self._start()
        is_patient = self._any((True, False))
        for _ in range(self._any((0, 0, 1, 2, 4))):
            self._plan(self._any(("events", "event")))
        self.diary.write(f"book {seat} {name} {start} {is_patient}")
        did = self.booking_product.book(seat, name, start, is_patient=is_patient)
        self.meetings.note()
        TALLY.note(f"booking: {did}")

    def _start(self) -> datetime:
        """Of a coming half hour."""
        days = self._any((1, 2, 3, 9))
        minutes = 30 * self._run.chance.randrange(48)
        midnight = self._run.now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=days, minutes=minutes)

    @rule()
    def book_another(self) -> None:
        self.book()

    @rule()
    def unbook(self) -> None:
        for seat in SEATS:
            name, is_patient = BookingId(f"{seat.user}-{self._any(NAMES)}"), self._any((True, True, False))
            self.diary.write(f"unbook {seat} {name} {is_patient}")
            did = self.booking_product.unbook(seat.organization, name, is_patient=is_patient)
            self.meetings.note()
            TALLY.note(f"booking: {did}")

    @rule()
    def act(self) -> None:
        """Hosts and attendees, in Outlook."""
        for person in MATCHED * 6:
            name = self._any(OFTEN)
            if self.meetings.act(name, person, self._any):
                self.diary.write(f"act {name} {person}")
                TALLY.note(f"act: {name}")

    @rule()
    def act_again(self) -> None:
        self.act()

    @rule()
    def switch(self) -> None:
        """Cancellation sync off, or on again."""
        for seat in SEATS:
            is_on = self._any((True, True, False))
            self.diary.write(f"switch {seat} {is_on}")
            self.booking_product.switch(seat, is_on=is_on)
            TALLY.note(f"setting: cancellation sync {'on' if is_on else 'off'}")

    @rule()
    def fail(self) -> None:
        """Requests for events, beside all others."""
        for _ in range(8):
            self._plan(self._any(("event", "events", "calendar_view")))

    def _plan(self, kind: str) -> None:
        name = self._any(FAULTS)
        self.diary.write(f"fail {name} {kind}")
        self.faults.plan(name, kind)

    def _edit(self, person: object, times: int) -> None:
        super()._edit(person, times)  # type: ignore[arg-type]
        self.meetings.note()

    @invariant()
    def bookings_hold(self) -> None:
        if self.simulation is not None:
            with self.diary.shown_with_a_finding():
                self.bookings.check_step(self.oracle.lag, self.oracle.reading)

    def _settle(self) -> None:
        self.heal()
        self._run.pass_long(self.quiet)
        self.oracle.check_step()
        self.bookings_hold()
        self.bookings.check_end(is_day_over=False)
        if self._any((True, False, False, False)):
            self._run.pass_long(A_DAY_AND_A_TURN)
            self.bookings.check_end(is_day_over=True)
        self.bookings.check_told()
        if self._any((True, False, False)):
            self._delete_again()
        TALLY.note("fault: crash", self._run.host.deaths)

    def _delete_again(self) -> None:
        """What its host has deleted is booked once more under its name, and deleted once more."""
        for seat, name in self.bookings.deleted():
            self.diary.write(f"book again {seat} {name}")
            self.booking_product.book(seat, name, self._start(), is_patient=True)
        self.meetings.note()
        self._run.pass_time(READ)
        for person in MATCHED:
            while self.meetings.act("delete", person, self._any):
                self.diary.write(f"delete again {person}")
        self._run.pass_long(self.quiet)
        self.bookings_hold()
        self.bookings.check_end(is_day_over=False)
        self.bookings.check_told()


EXPECTED = (
    *(f"act: {name}" for name in ACTS),
    *(f"booking: {name}" for name in ("booked", "cancelled", "given up")),
    *(f"fault: {name}" for name in FAULTS),
    *(f"setting: cancellation sync {name}" for name in ("on", "off")),
)
