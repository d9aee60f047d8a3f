"""The flows that look after booked meetings, over the adapters; ``bootstrap.App`` has all the others."""

from functools import cached_property
from typing import TYPE_CHECKING

from shared_code.world import World

if TYPE_CHECKING:
    from shared_code.flows.acting import Acting
    from shared_code.flows.booking_check import BookingCheck
    from shared_code.flows.booking_finding import Finding
    from shared_code.flows.checking import Checking
    from shared_code.flows.copy_check import CopyCheck
    from shared_code.flows.held_cancellations import HeldCancellations


class Watching(World):
    """As in ``bootstrap``: each is imported and built at first use."""

    @cached_property
    def booking_check(self) -> "BookingCheck":
        from shared_code.flows.booking_check import BookingCheck
        from shared_code.flows.cancellation_limits import CancellationLimits
        from shared_code.flows.looking import Looking
        from shared_code.flows.verdicts import Verdicts

        return BookingCheck(
            self._checking,
            self._mailboxes,
            Looking(self._calendars, self._event_search, self.clock),
            Verdicts(self._organizations, self._users, CancellationLimits(self._holds), self._queues),
            self.clock,
        )

    @cached_property
    def copy_check(self) -> "CopyCheck":
        from shared_code.flows.cancellation_limits import CancellationLimits
        from shared_code.flows.copy_check import CopyCheck

        return CopyCheck(
            self._checking,
            self._organizations,
            self._users,
            self._mailboxes,
            self._booking_finding,
            self._calendars,
            self._event_search,
            self._queues,
            self.clock,
            CancellationLimits(self._holds),
        )

    @cached_property
    def held_cancellations(self) -> "HeldCancellations":
        from shared_code.flows.held_cancellations import HeldCancellations

        return HeldCancellations(self._acting, self._holds, self._queues)

    @cached_property
    def _booking_finding(self) -> "Finding":
        from shared_code.flows.booking_finding import Finding
        from shared_code.flows.booking_parties import Parties
        from shared_code.flows.booking_store import BookingStore

        parties = Parties(self._organizations, self._users)
        store = BookingStore(self._mailboxes, self._booking_rows)
        return Finding(parties, self._booking_index, store)

    @cached_property
    def _checking(self) -> "Checking":
        from shared_code.flows.checking import Checking

        return Checking(self._organizations, self._users, self._mailboxes, self._queues, self._chance, self.clock)

    @cached_property
    def _acting(self) -> "Acting":
        from shared_code.flows.acting import Acting

        return Acting(self._organizations, self._users)
