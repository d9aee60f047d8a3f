"""Where a booking is: its entry says whose it is, and their link has the rest."""

from dataclasses import dataclass
from datetime import timedelta

from shared_code.booking_ports import BookingIndex
from shared_code.core.booking import Booking, BookingEntry
from shared_code.core.ids import BookingId, LinkKey, OrganizationId, ProductUserId
from shared_code.errors import Problem, Rejected
from shared_code.flows.booking_parties import Parties
from shared_code.flows.booking_store import BookingStore
from shared_code.ports import Stored

UNDER_WAY = timedelta(seconds=3)  # until another look, while another attempt is at it


@dataclass(frozen=True)
class Known:
    """What our rows say of a booking when a request for it comes."""

    entry: Stored[BookingEntry] | None
    booking: Booking | None
    key: LinkKey | None  # of its host


@dataclass(frozen=True)
class Finding:
    parties: Parties
    index: BookingIndex
    store: BookingStore

    async def find(self, organization: OrganizationId, booking: BookingId) -> Known:
        entry = await self.index.find(organization, booking)
        key = await self.parties.locate(organization, entry.value.host) if entry is not None else None
        stored = await self.store.find(key, booking) if key is not None else None
        return Known(entry, stored.value if stored is not None else None, key)

    async def cohosts_of(self, booking: Booking) -> list[LinkKey]:
        """Of those who still have a mailbox."""
        keys = [await self.parties.locate(booking.organization, user) for user in booking.cohosts]
        return [key for key in keys if key is not None]


def no_booking(booking: BookingId) -> Rejected:
    return Rejected(Problem.BOOKING_NOT_FOUND, f"There is no booking {booking}.")


def subject_of(organization: OrganizationId, host: ProductUserId, booking: BookingId) -> str:
    """What upkeep knows it by; none of the ids holds the exclamation mark."""
    return f"{organization}!{host}!{booking}"
