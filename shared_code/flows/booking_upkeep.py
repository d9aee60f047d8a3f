"""What upkeep does about a booking when its row comes due: storage only; whatever needs Microsoft is ordered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.booking import GIVEN_UP_AFTER, Booking, BookingState
from shared_code.core.booking_steps import needs_settling, next_look
from shared_code.core.ids import BookingId, LinkKey, OrganizationId, ProductUserId
from shared_code.errors import Conflict
from shared_code.flows.booking_finding import Finding
from shared_code.logs import say
from shared_code.messages import SettleBooking
from shared_code.ports import Queues

A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class BookingUpkeep:
    finding: Finding
    queues: Queues

    async def look(self, subject: str, now: datetime) -> datetime | None:
        """The instant to look again, None if never."""
        organization, host, name = subject.split("!")
        booking = BookingId(name)
        key = await self.finding.parties.locate(OrganizationId(organization), ProductUserId(host))
        stored = await self.finding.store.find(key, booking) if key is not None else None
        if key is None or stored is None:
            return await self._forget_entry(OrganizationId(organization), ProductUserId(host), booking, now)
        if stored.value.state is BookingState.RESERVED and needs_settling(stored.value, now):
            return await self._forget(key, stored.value, now)
        if needs_settling(stored.value, now):
            await self.queues.send(
                SettleBooking(organization=key.organization, host=ProductUserId(host), booking=booking)
            )
            return now + GIVEN_UP_AFTER  # what is refused, because the host's calendar is shut, may be so for long
        if not stored.value.is_live:
            await self.finding.note_end(stored.value)  # in case the process died that ended it
        again_at = next_look(stored.value, now)
        # Every day, so that what names a booking goes within a day of its organisation or its host.
        return await self._forget(key, stored.value, now) if again_at is None else min(again_at, now + A_DAY)

    async def _forget(self, key: LinkKey, booking: Booking, now: datetime) -> datetime | None:
        """The entry last: as long as it is there, the rest is found."""
        for cohost in await self.finding.cohosts_of(booking):
            await self.finding.store.change_held(
                cohost, booking.booking, lambda held: None if held.generation == booking.generation else held
            )
        left = await self.finding.store.change_booking(
            key, booking.booking, lambda stored: None if stored == booking else stored
        )
        if left is not None:
            return now + GIVEN_UP_AFTER  # it has just begun anew
        say("booking_forgotten", organization=booking.organization, booking=booking.booking)
        return await self._forget_entry(booking.organization, booking.host, booking.booking, now)

    async def _forget_entry(
        self, organization: OrganizationId, host: ProductUserId, booking: BookingId, now: datetime
    ) -> datetime | None:
        """Not while a call may be about to write what the entry leads to."""
        entry = await self.finding.index.find(organization, booking)
        if entry is None or entry.value.host != host:
            return None
        if now < entry.value.claimed_at + GIVEN_UP_AFTER:
            return entry.value.claimed_at + GIVEN_UP_AFTER
        try:
            await self.finding.index.forget(entry)
        except Conflict:
            return now + GIVEN_UP_AFTER  # it was just booked anew
        return None
