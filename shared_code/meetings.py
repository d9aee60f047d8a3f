"""The flows that book meetings and tell who is busy, over the adapters; ``bootstrap.App`` has all the others."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared_code.watching import Watching

if TYPE_CHECKING:
    from shared_code.flows.availability import Availability
    from shared_code.flows.booking import KeepBookings
    from shared_code.flows.booking_ending import BookingEnding
    from shared_code.flows.booking_settling import BookingSettling
    from shared_code.flows.booking_upkeep import BookingUpkeep
    from shared_code.flows.booking_writing import Writing


class Meetings(Watching):
    """As in ``bootstrap``: each is imported and built at first use."""

    @cached_property
    def availability(self) -> "Availability":
        from shared_code.flows.availability import Availability
        from shared_code.flows.live_read import LiveRead

        return Availability(
            self._organizations,
            self._users,
            self._mailboxes,
            self._booking_rows,
            self._queues,
            LiveRead(self._calendars),
            self.settings.window_days,
        )

    @cached_property
    def bookings(self) -> "KeepBookings":
        from shared_code.flows.booking import KeepBookings
        from shared_code.flows.reserving import Reserving

        return KeepBookings(
            self._booking_finding,
            Reserving(self._booking_finding.store, self.clock),
            self._booking_writing,
            self._marks,
            self.availability,
            self._upkeep,
            self._chance,
            self.clock,
            self.settings.window_days,
        )

    @cached_property
    def booking_ending(self) -> "BookingEnding":
        from shared_code.flows.booking_ending import BookingEnding

        return BookingEnding(self._booking_finding, self._booking_writing, self._upkeep, self._chance, self.clock)

    @cached_property
    def booking_settling(self) -> "BookingSettling":
        from shared_code.flows.booking_settling import BookingSettling

        return BookingSettling(
            self._booking_finding, self._booking_writing, self._events, self.booking_ending, self._chance
        )

    @cached_property
    def booking_upkeep(self) -> "BookingUpkeep":
        from shared_code.flows.booking_upkeep import BookingUpkeep

        return BookingUpkeep(self._booking_finding, self._upkeep, self._queues)

    @cached_property
    def _booking_writing(self) -> "Writing":
        from shared_code.flows.booking_writing import Writing

        return Writing(self._events, self._queues)
