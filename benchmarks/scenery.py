"""What an organisation of 20,000 people has besides: a first match to review, a held one, domains, held cancellations.

All of it is written straight into the tables, as flows leave it; nothing is due for it, so that no timer touches it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from benchmarks.crowd import ORGANIZATION, TENANT
from benchmarks.roster import somebody
from benchmarks.storage import CALENDAR, WINDOW_DAYS, meetings
from shared_code.adapters.tables.holds import TableHolds
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.rows import Rows
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.connection import ActivationLink, Connection, ConnectionState, HeldSweep
from shared_code.core.held_cancellation import MOST_IN_A_HOLD, HeldBooking, Hold, HoldReason
from shared_code.core.ids import BookingId, ConnectionId, OrganizationId, ProductUserId, TenantId
from shared_code.core.mailbox import Lease, Link
from shared_code.core.organization import AuditEntry
from shared_code.core.packing import pack
from shared_code.core.product_user import Match, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster_entry import by_slices
from shared_code.core.sync_rules import after_read
from shared_code.core.windows import read_window
from shared_code.flows.connection_marks import MOST_NAMED
from shared_code.flows.held_bookings import PAGE
from shared_code.flows.product_users import GROUP
from shared_code.mailbox_ports import LinkChange
from shared_code.ports import UserChange

ACME: Final = OrganizationId(ORGANIZATION)
REVIEWED: Final = ConnectionId("reviewed")
HOLD: Final = "hold"
EVENTS: Final = 300  # in the calendar of each host
_DOMAINS: Final = 200


@dataclass(frozen=True)
class Scenery:
    """``connection`` is the one that was really made."""

    rows: Rows
    connection: ConnectionId
    now: datetime

    async def paint(self, people: int) -> None:
        users = TableProductUsers(self.rows)
        changes = [UserChange(None, self.person(number)) for number in range(people)]
        for group in by_slices(changes, _user_of, GROUP):
            assert await users.save(group) == ()
        await self._connections()
        await self._hold()

    def person(self, number: int) -> ProductUser:
        """Of sixteen ten are connected, two wait for the review, two for their domain, and two were not found."""
        user = somebody(number)
        if user.match is None:
            return _not_found(replace(user, judged_by=self.connection), number)
        match = replace(user.match, connection=self.connection, tenant=TenantId(TENANT))
        return _found(user, match, is_reviewed=number % 8 == 1)

    async def _connections(self) -> None:
        organizations = TableOrganizations(self.rows)
        link = ActivationLink(1, self.now, self.now, ProductUserId("owner"), revoked=True)
        reviewed = Connection(REVIEWED, ACME, ConnectionState.REVIEW, self.now, link, tenant=TenantId("another"))
        entry = AuditEntry(self.now, "connection.requested", "owner", REVIEWED)
        await organizations.add_connection(reviewed, entry)
        records = await organizations.find(ACME)
        stored = None if records is None else records.connection(self.connection)
        assert stored is not None, "there is no connection to hold a match of"
        everybody = (self.person(number) for number in range(MOST_NAMED * 4))
        named = tuple(each.user for each in everybody if each.state is UserState.CONNECTED)[:MOST_NAMED]
        held = HeldSweep(self.now, 2_000, 12_500, named)
        await organizations.save_connection(stored, replace(stored.value, held=held))

    async def _hold(self) -> None:
        """The first page of it has as many hosts as bookings, each with a calendar that is full."""
        hosts = (self.person(number) for number in range(1, MOST_IN_A_HOLD * 2, 2))  # whoever has an odd number
        bookings = tuple(
            HeldBooking(BookingId(f"booking-{place}"), 1, host.user, host.match.mailbox)
            for place, host in enumerate(hosts)
            if host.match is not None
        )
        hold = Hold(HOLD, ACME, self.connection, HoldReason.CONNECTION, self.now, bookings, coming=5_000)
        await TableHolds(self.rows).save(None, hold)
        mailboxes, packed = TableMailboxes(self.rows), pack(meetings(EVENTS, self.now))
        for booking in bookings[:PAGE]:
            lease = await mailboxes.create_lease(Lease(booking.mailbox, created_at=self.now))
            read = Link(
                booking.link(ACME), self.connection, self.now, "Europe/Paris", (self._calendar(booking, packed),)
            )
            await mailboxes.commit(lease, lease.value, [LinkChange(None, read, {CALENDAR: packed})])

    def _calendar(self, booking: HeldBooking, packed: bytes) -> LinkedCalendar:
        calendar = LinkedCalendar(
            CALENDAR, is_default=True, can_edit=True, checked=True, written=True, state=CalendarState.OK
        )
        return after_read(calendar, packed, read_window(booking.mailbox, self.now, WINDOW_DAYS), self.now)


def _found(user: ProductUser, match: Match, *, is_reviewed: bool) -> ProductUser:
    if not is_reviewed:
        return replace(user, match=match)
    waiting = replace(match, connection=REVIEWED, tenant=TenantId("another"))
    return replace(user, match=waiting, state=UserState.PENDING, reason=str(Reason.AWAITING_REVIEW), connected_at=None)


def _not_found(user: ProductUser, number: int) -> ProductUser:
    if number % 8 == 0:
        return user
    domain = f"{number // 8 % _DOMAINS:03}.example"
    return replace(user, state=UserState.DOMAIN_UNPROVEN, reason=str(Reason.DOMAIN_UNPROVEN), unproven_domain=domain)


def _user_of(change: UserChange) -> ProductUserId:
    assert change.changed is not None
    return change.changed.user
