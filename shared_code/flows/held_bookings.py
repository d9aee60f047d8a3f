"""What a person looks at before they decide on held cancellations: which bookings, and when they are. No more."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from shared_code.core.held_cancellation import HeldBooking, HoldOf
from shared_code.core.ids import BookingId, LinkKey, OrganizationId
from shared_code.core.intervals import Interval
from shared_code.flows.held_cancellations import HeldCancellations
from shared_code.mailbox_ports import Mailboxes

PAGE = 20  # bookings; a mailbox is read for each that hosts one of them


@dataclass(frozen=True)
class HeldBookings:
    held_cancellations: HeldCancellations
    mailboxes: Mailboxes

    async def look(self, organization: OrganizationId, hold: str, page: int) -> HoldOf:
        """One page of them, from 1; the last one for a number beyond it. Rejected if there is no such hold."""
        known = (await self.held_cancellations.get(organization, hold)).value
        pages = max(1, -(-len(known.bookings) // PAGE))
        place = min(max(page, 1), pages)
        shown = known.bookings[(place - 1) * PAGE : place * PAGE]
        times = await self._times(organization, shown)
        bookings = tuple((one, times.get((one.link(organization), one.booking, one.generation))) for one in shown)
        return HoldOf(known, bookings, place, pages)

    async def _times(
        self, organization: OrganizationId, held: Sequence[HeldBooking]
    ) -> dict[tuple[LinkKey, BookingId, int], Interval]:
        keys = list(dict.fromkeys(one.link(organization) for one in held))
        links = await asyncio.gather(*map(self.mailboxes.find_link, keys))
        return {
            (key, stored.value.booking, stored.value.generation): stored.value.time
            for key, link in zip(keys, links, strict=True)
            if link is not None
            for stored in link.bookings
        }
