"""What upkeep does about a booking when its row comes due: storage only; whatever needs Microsoft is ordered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from shared_code.core.booking import GIVEN_UP_AFTER, Booking, BookingState
from shared_code.core.booking_steps import is_open, needs_settling, next_look
from shared_code.core.ids import BookingId, LinkKey, MailboxKey, OrganizationId, ProductUserId
from shared_code.core.sync_rules import holds
from shared_code.core.upkeep import Due
from shared_code.errors import Conflict
from shared_code.flows.booking_finding import Finding, settle_order, subject_of
from shared_code.flows.upkeep import parse_mailbox
from shared_code.logs import say
from shared_code.ports import Queues, Stored, Upkeep

A_DAY = timedelta(days=1)


class Standing(Enum):
    """How the mailbox of a booking stands to its host."""

    THEIRS = auto()
    AWAY = auto()  # they were disconnected, and may come back to it
    GONE = auto()  # the product has removed them, or their whole organisation


@dataclass(frozen=True)
class BookingUpkeep:
    finding: Finding
    upkeep: Upkeep
    queues: Queues

    async def look(self, subject: str, now: datetime) -> datetime | None:
        """The instant to look again, None if never."""
        organization, host, name, *mailbox = subject.split("!")
        booking = BookingId(name)
        if not mailbox:
            return await self._look_anew(OrganizationId(organization), ProductUserId(host), booking, now)
        key = LinkKey(parse_mailbox("!".join(mailbox)), OrganizationId(organization), ProductUserId(host))
        stored = await self.finding.store.find(key, booking)
        if stored is None:
            return await self._forget_entry(key, booking, now)
        standing = await self._standing(key)
        if standing is Standing.GONE or (standing is Standing.AWAY and not stored.value.is_coming(now)):
            return await self._forget(key, stored, now)
        if (
            standing is Standing.AWAY
        ):  # nothing can be found out; of what is open something can as soon as they are back
            return now + (GIVEN_UP_AFTER if is_open(stored.value) else A_DAY)
        return await self._look_after(key, stored, now)

    async def _look_anew(
        self, organization: OrganizationId, host: ProductUserId, booking: BookingId, now: datetime
    ) -> datetime | None:
        """What was set due before it named the mailbox, which is known as long as the host is matched."""
        key = await self.finding.parties.locate(organization, host)
        if key is not None:
            await self.upkeep.set(Due(now, "booking", subject_of(key, booking)))
            return None
        return await self._forget_entry_of(organization, host, booking, None, now)

    async def _standing(self, key: LinkKey) -> Standing:
        user = await self.finding.parties.users.find(key.organization, key.user)
        if user is None:
            return Standing.GONE
        return Standing.THEIRS if holds(user.value, key.mailbox) else Standing.AWAY

    async def _look_after(self, key: LinkKey, stored: Stored[Booking], now: datetime) -> datetime | None:
        booking = stored.value.booking
        if stored.value.state is BookingState.RESERVED and needs_settling(stored.value, now):
            return await self._forget(key, stored, now)
        if needs_settling(stored.value, now):
            await self.queues.send(settle_order(key, booking))
            return now + GIVEN_UP_AFTER  # what is refused, because the host's calendar is shut, may be so for long
        if not stored.value.is_live:
            await self.finding.note_end(stored.value)  # in case the process died that ended it
        again_at = next_look(stored.value, now)
        # Every day, so that what names a booking goes within a day of its organisation or its host.
        return await self._forget(key, stored, now) if again_at is None else min(again_at, now + A_DAY)

    async def _forget(self, key: LinkKey, stored: Stored[Booking], now: datetime) -> datetime | None:
        """The entry last: as long as it is there, the rest is found."""
        booking = stored.value
        for cohost in await self.finding.cohosts_of(booking):
            await self.finding.store.change_held(
                cohost, booking.booking, lambda held: None if held.generation == booking.generation else held
            )
        if not await self.finding.store.rows.forget(key, stored):
            return now + GIVEN_UP_AFTER  # it has just begun anew
        say("booking_forgotten", organization=booking.organization, booking=booking.booking)
        return await self._forget_entry(key, booking.booking, now)

    async def _forget_entry(self, key: LinkKey, booking: BookingId, now: datetime) -> datetime | None:
        return await self._forget_entry_of(key.organization, key.user, booking, key.mailbox, now)

    async def _forget_entry_of(
        self,
        organization: OrganizationId,
        host: ProductUserId,
        booking: BookingId,
        mailbox: MailboxKey | None,
        now: datetime,
    ) -> datetime | None:
        """Not while a call may be about to write what the entry leads to, nor once it leads elsewhere."""
        entry = await self.finding.index.find(organization, booking)
        if entry is None or entry.value.host != host or entry.value.mailbox not in {None, mailbox}:
            return None
        if now < entry.value.claimed_at + GIVEN_UP_AFTER:
            return entry.value.claimed_at + GIVEN_UP_AFTER
        try:
            await self.finding.index.forget(entry)
        except Conflict:
            return now + GIVEN_UP_AFTER  # it was just booked anew
        return None
