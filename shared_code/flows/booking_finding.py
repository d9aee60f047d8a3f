"""Where a booking is: its entry says whose it is and in which mailbox, and that has the rest."""

from dataclasses import dataclass, replace
from datetime import timedelta

from shared_code.booking_ports import BookingIndex
from shared_code.core.booking import Booking, BookingEntry
from shared_code.core.ids import BookingId, LinkKey, OrganizationId
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.booking_parties import Parties
from shared_code.flows.booking_store import BookingStore
from shared_code.logs import say
from shared_code.messages import SettleBooking
from shared_code.ports import Stored

UNDER_WAY = timedelta(seconds=3)  # until another look, while another attempt is at it


@dataclass(frozen=True)
class Known:
    """What our rows say of a booking when a request for it comes."""

    entry: Stored[BookingEntry] | None
    booking: Booking | None
    key: LinkKey | None  # of its host, in the mailbox where it was booked


@dataclass(frozen=True)
class Finding:
    parties: Parties
    index: BookingIndex
    store: BookingStore

    async def find(self, organization: OrganizationId, booking: BookingId) -> Known:
        entry = await self.index.find(organization, booking)
        key = await self._key_of(entry.value) if entry is not None else None
        stored = await self.store.find(key, booking) if key is not None else None
        return Known(entry, stored.value if stored is not None else None, key)

    async def _key_of(self, entry: BookingEntry) -> LinkKey | None:
        if entry.mailbox is not None:
            return LinkKey(entry.mailbox, entry.organization, entry.host)
        return await self.parties.locate(entry.organization, entry.host)

    async def note_end(self, booking: Booking) -> None:
        """The entry says when the booking ends, or has ended, so that what is coming can be counted. Once somebody has
        begun it anew, the entry is theirs."""
        entry = await self.index.find(booking.organization, booking.booking)
        if entry is None or (entry.value.host, entry.value.generation) != (booking.host, booking.generation):
            return
        changed = replace(entry.value, ends_at=booking.ended_at or booking.time.end)
        if changed == entry.value:
            return
        try:
            await self.index.save(entry, changed)
        except Conflict:
            say("end_not_noted", booking=booking.booking)  # a call is about to say it anew

    async def cohosts_of(self, booking: Booking) -> list[LinkKey]:
        """In each mailbox that they have: in one of them is their row."""
        keys = [await self.parties.locate_all(booking.organization, user) for user in booking.cohosts]
        return [key for each in keys for key in each]


def no_booking(booking: BookingId) -> Rejected:
    return Rejected(Problem.BOOKING_NOT_FOUND, f"There is no booking {booking}.")


def subject_of(key: LinkKey, booking: BookingId) -> str:
    """What upkeep knows it by: whatever becomes of the organisation and the host, the row is found. None of the ids
    holds the exclamation mark."""
    return f"{key.organization}!{key.user}!{booking}!{key.mailbox}"


def settle_order(host: LinkKey, booking: BookingId) -> SettleBooking:
    return SettleBooking(organization=host.organization, host=host.user, booking=booking, mailbox=str(host.mailbox))
