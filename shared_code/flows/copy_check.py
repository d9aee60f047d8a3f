"""Looking into a co-host's copies of booked meetings that look amiss: have they left, or is the meeting over?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.cancellation_ports import EventSearch
from shared_code.core.booking import Booking, Held
from shared_code.core.calendar import Event
from shared_code.core.cancellation import GRACE
from shared_code.core.copies import declined_event, is_same_meeting, is_watched
from shared_code.core.ids import LinkKey
from shared_code.core.offered_calendars import owned
from shared_code.core.packing import ical_hash
from shared_code.core.settings import effective_settings
from shared_code.core.sync_rules import LAG
from shared_code.core.windows import widen
from shared_code.errors import Throttled, TryLater
from shared_code.flows.booking_finding import Finding
from shared_code.flows.cancellation_limits import CancellationLimits
from shared_code.flows.checking import Checking, time_to_wait
from shared_code.flows.finding_out import SHUT
from shared_code.flows.link_connections import ServedLink
from shared_code.flows.mailbox_lease import HeldLease
from shared_code.logs import say, warn
from shared_code.mailbox_ports import BookingChange, Mailboxes, StoredMailbox
from shared_code.messages import CheckCopies, EndForCohost, sync_order
from shared_code.ports import Calendars, Clock, Organizations, ProductUsers, Queues, Stored

RECORDED_BY = timedelta(seconds=15)  # the decline, before it ends the booking


@dataclass(frozen=True)
class CopyCheck:
    checking: Checking
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    finding: Finding
    calendars: Calendars
    search: EventSearch
    queues: Queues
    clock: Clock
    limits: CancellationLimits

    async def run(self, order: CheckCopies, now: datetime) -> None:
        mailbox = await self.mailboxes.find(order.link.mailbox)
        suspects = [] if mailbox is None else _suspects(mailbox, order, now)
        link = None if mailbox is None or not suspects else await self.checking.find_served(order, mailbox)
        if mailbox is None or link is None:
            say("check_dropped", mailbox=order.link.mailbox, reason="nothing_to_do")
            return
        due_in = max(_due_at(each.value, now) for each in suspects) - now
        if (delay := max(due_in, time_to_wait(link, mailbox, now))) > timedelta(0):
            await self.checking.come_again(order, delay, now)
            return

        async def look(lease: HeldLease) -> bool:
            return all([await self._check(order, lease, each, link, len(suspects), now) for each in suspects])

        await self.checking.carry_out(order, link, mailbox, look, now)

    async def _check(
        self,
        order: CheckCopies,
        lease: HeldLease,
        stored: Stored[Held],
        link: ServedLink,
        together: int,
        now: datetime,
    ) -> bool:
        """Whether it is settled."""
        known = await self.finding.find(stored.value.organization, stored.value.booking)
        host, booking = known.key, known.booking
        if host is None or booking is None or not is_same_meeting(stored.value, booking):
            await _close(lease, stored, now)  # the meeting is over, or another one: nobody has declined it
            return True
        if not await self._is_reached(host):
            return False  # nobody may ask for the host's own event, and that has the first word
        await lease.prolong(self.clock.now())
        if await self._has_copy(order.link, booking):
            await lease.write([BookingChange(stored, replace(stored.value, suspicion=None))])
            return True
        if booking.suspicion is not None or not await self._stands(host, booking):
            # The host's own mailbox has the first word; it is read, should nobody have told of a change.
            await self.queues.send(sync_order(host.mailbox, now, "swept"))
            return False
        if await self._cancels(booking):
            await self._end(stored.value, booking, link, together, now)
        await self._tell(lease, stored, booking, now)
        return True

    async def _end(self, held: Held, booking: Booking, link: ServedLink, together: int, now: datetime) -> None:
        """Not if so many have gone at once that a mailbox, and no person, may have declined them: the product is told
        of each, and decides itself."""
        if not await self.limits.allow(link.link.value, booking, together, now):
            warn("declines_not_carried_out", organization=held.organization, user=held.user, together=together)
            return
        end = EndForCohost(
            organization=booking.organization,
            booking=booking.booking,
            generation=booking.generation,
            cohost=held.user,
        )
        await self.queues.send(end, RECORDED_BY)

    async def _tell(self, lease: HeldLease, stored: Stored[Held], booking: Booking, now: datetime) -> None:
        closed = _closed(stored.value, now)
        await lease.write([BookingChange(stored, closed)], [declined_event(closed, booking, now)])
        say("cohost_declined", booking=booking.booking, user=stored.value.user)

    async def _cancels(self, booking: Booking) -> bool:
        """Whether the organisation wants that, and the host wants cancellations at all."""
        records = await self.organizations.find(booking.organization)
        host = await self.users.find(booking.organization, booking.host)
        if records is None or host is None:
            return False
        policy = records.organization.value.policy
        return policy.cohost_decline_cancels and effective_settings(policy, host.value).cancellation_sync

    async def _is_reached(self, host: LinkKey) -> bool:
        records = await self.organizations.find(host.organization)
        return records is not None and await self.finding.parties.reaches(records, host)

    async def _has_copy(self, link: LinkKey, booking: Booking) -> bool:
        """In any of the co-host's own calendars, neither declined nor cancelled. TryLater if there are none at all: a
        mailbox that is just being moved says so."""
        calendars = owned(await self.calendars.list_calendars(link))
        if not calendars:
            raise TryLater(f"{link.mailbox}: no calendar of its own is listed")
        for calendar in calendars:
            events = await self.calendars.read_window(link, calendar.calendar, widen(booking.time))
            if any(_is_copy(event, booking) for event in events):
                return True
        return False

    async def _stands(self, link: LinkKey, booking: Booking) -> bool:
        """Not if the mailbox is shut: the read that is ordered of it then tells so."""
        try:
            found = await self.search.find_marked(link, booking.mark, booking.calendar)
        except SHUT:
            return False
        except Throttled as error:
            # The host's tenant may be another one than the co-host's, which is not to wait for it.
            raise TryLater(str(error), error.retry_after) from error
        return any(each.event == booking.event and not each.is_cancelled for each in found)


def _suspects(mailbox: StoredMailbox, order: CheckCopies, now: datetime) -> Sequence[Stored[Held]]:
    return [
        each
        for each in mailbox.held
        if each.value.is_of(order.link)
        and is_watched(each.value, now)
        and each.value.suspicion is not None
        and each.value.suspicion.looked_at is None
    ]


def _due_at(held: Held, now: datetime) -> datetime:
    """After the grace, and when Graph must show in their calendar what was written last."""
    found_at = now if held.suspicion is None else held.suspicion.found_at
    return max(found_at + GRACE, (held.written_at or found_at) + LAG)


async def _close(lease: HeldLease, stored: Stored[Held], now: datetime) -> None:
    await lease.write([BookingChange(stored, _closed(stored.value, now))])


def _closed(held: Held, now: datetime) -> Held:
    """Not looked into again until a read finds their copy."""
    suspicion = held.suspicion
    return replace(held, suspicion=None if suspicion is None else replace(suspicion, looked_at=now, is_closed=True))


def _is_copy(event: Event, booking: Booking) -> bool:
    is_alive = not event.is_cancelled and not event.is_declined
    return is_alive and event.ical_uid is not None and ical_hash(event.ical_uid).hex() == booking.ical_hash
