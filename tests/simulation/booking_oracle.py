"""What every booking is held to: cancelled only if its event was gone when it was missed and when it was looked for,
and in the end whatever its event is; and the product has heard of it exactly once."""

from collections import Counter
from datetime import timedelta

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.core.booking import Booking, BookingState, EndedBy
from shared_code.core.decision import Outcome
from shared_code.core.ids import BookingId
from shared_code.core.product_event import EventType, written
from tests.simulation.booking_product import BookingProduct
from tests.simulation.meetings import Meetings
from tests.simulation.oracle import Finding
from tests.simulation.places import MATCHED, SEATS, Seat
from tests.simulation.simulation import Simulation

_SETTLED = frozenset({Outcome.IGNORED, Outcome.HELD, Outcome.KEPT})
MOMENT = timedelta(seconds=2)


class BookingOracle:
    def __init__(self, simulation: Simulation, meetings: Meetings, product: BookingProduct) -> None:
        self._simulation = simulation
        self._meetings = meetings
        self._product = product
        self._mailboxes = TableMailboxes(simulation.rows)

    def check_step(self, lag: float, reading: timedelta) -> None:
        """No booking was ended whose event was there all the while, nor against its host's wish."""
        late = reading + timedelta(seconds=lag) + MOMENT
        for seat, booking in self._bookings():
            decision = booking.decision
            if decision is None or decision.outcome is not Outcome.CANCELLED or booking.ended_by is not EndedBy.HOST:
                continue
            was_missed = self._meetings.was_gone(
                booking.mark, decision.found_at - timedelta(seconds=lag) - MOMENT, decision.found_at + late
            )
            was_gone = self._meetings.was_gone(booking.mark, decision.at - late, decision.at)
            if not was_missed or not was_gone:
                raise Finding(f"cancelled, though its event stood: {booking}")
            if not self._product.was_on(seat, decision.at - late, decision.at):
                raise Finding(f"cancelled, though {seat} wants no such thing: {booking}")

    def find_missed(self, *, is_day_over: bool) -> list[Booking]:
        standing = self._meetings.standing()
        return [
            booking
            for _, booking in self._bookings()
            if self._is_to_be_known(booking, is_day_over=is_day_over)
            and booking.mark not in standing
            and (booking.decision is None or booking.decision.outcome not in _SETTLED)
        ]

    def deleted(self) -> list[tuple[Seat, BookingId]]:
        """What its host has ended, as far as we know."""
        return [(seat, each.booking) for seat, each in self._bookings() if each.ended_by is EndedBy.HOST]

    def check_end(self, *, is_day_over: bool) -> None:
        """What stands for us stands at Microsoft, at the same time; what the product has ended does not."""
        if missed := self.find_missed(is_day_over=is_day_over):
            raise Finding(f"stands for us, and its event is gone: {missed[0]}")
        standing = self._meetings.standing()
        for _, booking in self._bookings():
            events = standing.get(booking.mark, [])
            if booking.state not in (BookingState.BOOKED, BookingState.ENDED):
                raise Finding(f"is still {booking.state}: {booking}")
            if len(events) > 1 and booking.mark not in self._meetings.were_multiplied:
                raise Finding(f"has {len(events)} events: {booking}")
            if booking.state is BookingState.ENDED and booking.ended_by is not EndedBy.HOST and events:
                self._check_restored(booking)
            if self._is_to_be_known(booking, is_day_over=is_day_over):
                self._check_place(booking)

    def check_told(self) -> None:
        """Each cancellation once, and nothing else of that kind."""
        told = Counter(
            (each.organization, each.data["booking"], each.data["generation"])
            for each in self._simulation.ear.heard.values()
            if each.type is EventType.BOOKING_CANCELLED
        )
        if twice := [cause for cause, times in told.items() if times > 1]:
            raise Finding(f"told twice: {twice}")
        for _, booking in self._bookings():
            cause = (booking.organization, booking.booking, booking.generation)
            wanted = booking.state is BookingState.ENDED and booking.ended_by is not EndedBy.PRODUCT
            if wanted != bool(told[cause]):
                raise Finding(f"{'never' if wanted else 'wrongly'} told as cancelled: {booking}")
            self._check_told_time(booking)

    def _check_told_time(self, booking: Booking) -> None:
        """The last time that the product was told is the one that the booking has."""
        moves = [
            each
            for each in self._simulation.ear.heard.values()
            if each.type is EventType.BOOKING_MOVED
            and (each.organization, each.data["booking"], each.data["generation"])
            == (booking.organization, booking.booking, booking.generation)
        ]
        last = max(moves, key=lambda each: each.at, default=None)
        is_later = last is not None and last.at > booking.last_written_at
        if last is not None and is_later and last.data["start"] != written(booking.time.start):
            raise Finding(f"told at {last.data['start']}: {booking}")

    def _check_place(self, booking: Booking) -> None:
        events = self._meetings.standing().get(booking.mark, [])
        own = next((each for each in events if each.event == booking.event), None)
        if not events:
            return
        if own is None:
            raise Finding(f"is another event than {booking.event}: {events}")
        if (own.start, own.end) != (booking.time.start, booking.time.end):
            raise Finding(f"is at {own.start}, not at {booking.time.start}: {booking}")

    def _check_restored(self, booking: Booking) -> None:
        """Only people bring back what was cancelled, or have pasted it elsewhere a moment before."""
        if booking.mark not in self._meetings.were_multiplied:
            raise Finding(f"was cancelled, and its event stands: {booking}")

    def _is_to_be_known(self, booking: Booking, *, is_day_over: bool) -> bool:
        """What no window shows as it is, is asked for once a day."""
        if booking.state is not BookingState.BOOKED or booking.time.end <= self._simulation.now:
            return False
        near = booking.time.end < self._simulation.now + timedelta(days=10)
        return is_day_over or (near and booking.mark not in self._meetings.were_seldom_seen)

    def _bookings(self) -> list[tuple[Seat, Booking]]:
        found: list[tuple[Seat, Booking]] = []
        for person in MATCHED:
            stored = self._simulation.run(self._mailboxes.find(person.mailbox))
            for each in stored.bookings if stored is not None else ():
                seat = next(
                    seat for seat in SEATS if (seat.person, seat.organization) == (person, each.value.organization)
                )
                found.append((seat, each.value))
        return found
