"""Bookings outlive their host's link; what is purged keeps none of them, and no upkeep is waited for."""

from dataclasses import dataclass

from shared_code.booking_ports import BookingIndex, BookingRows
from shared_code.core.ids import ConnectionId, LinkKey, OrganizationId
from shared_code.core.sync_rules import holds
from shared_code.ports import ProductUsers


@dataclass(frozen=True)
class KeptBookings:
    users: ProductUsers
    index: BookingIndex
    rows: BookingRows

    async def forget(self, organization: OrganizationId, connection: ConnectionId | None = None) -> None:
        """Those that were booked through the connection, or all of the organisation; but for whoever has the mailbox
        through another connection by now. Upkeep takes the entries."""
        for key in await self._booked_through(organization, connection):
            user = await self.users.find(organization, key.user)
            if connection is None or user is None or not holds(user.value, key.mailbox):
                await self.rows.forget_all(key)

    async def _booked_through(self, organization: OrganizationId, connection: ConnectionId | None) -> list[LinkKey]:
        entries = [entry for entry in await self.index.list(organization) if connection in {None, entry.connection}]
        keys = (LinkKey(entry.mailbox, organization, entry.host) for entry in entries if entry.mailbox is not None)
        return list(dict.fromkeys(keys))
