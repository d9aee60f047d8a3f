"""Looking into bookings that a read has found amiss: what became of each is decided, kept and told at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.booking import Booking
from shared_code.core.cancellation import GRACE
from shared_code.core.decision import Outcome
from shared_code.core.ids import LinkKey
from shared_code.core.settlement import Looked
from shared_code.core.suspecting import watch
from shared_code.core.sync_rules import LAG
from shared_code.flows.checking import Checking, time_to_wait
from shared_code.flows.link_connections import ServedLink
from shared_code.flows.looking import Looking
from shared_code.flows.mailbox_lease import HeldLease
from shared_code.flows.verdicts import Verdicts
from shared_code.logs import say
from shared_code.mailbox_ports import Mailboxes, StoredMailbox
from shared_code.messages import CheckBookings
from shared_code.ports import Clock, Stored

CHANGE_SETTLED = timedelta(minutes=16)  # a change of our own whose outcome is unknown is looked into by then


@dataclass(frozen=True)
class BookingCheck:
    checking: Checking
    mailboxes: Mailboxes
    looking: Looking
    verdicts: Verdicts
    clock: Clock

    async def run(self, order: CheckBookings, now: datetime) -> None:
        mailbox = await self.mailboxes.find(order.link.mailbox)
        link = None if mailbox is None else await self.checking.find_served(order, mailbox)
        if mailbox is None or link is None:
            await self.checking.give_up(order, "not_served", now)
            return
        suspects = suspects_of(mailbox, order)
        if not suspects:
            say("check_dropped", mailbox=order.link.mailbox, reason="nothing_suspected")
            return
        due = [each for each in suspects if due_at(each.value, order) <= now]
        if delay := time_to_wait(link, mailbox, now):
            await self.checking.come_again(order, delay, now)
        elif not due:
            await self.checking.come_again(order, min(due_at(each.value, order) for each in suspects) - now, now)
        else:
            await self._check(order, link, mailbox, due, now)

    async def _check(
        self,
        order: CheckBookings,
        link: ServedLink,
        mailbox: StoredMailbox,
        due: Sequence[Stored[Booking]],
        now: datetime,
    ) -> None:
        is_all = len(due) == len(suspects_of(mailbox, order))

        async def look(lease: HeldLease) -> bool:
            looked = await self._look(order.link, lease, due)
            return await self.verdicts.carry_out(order, link, lease, due, looked, self.clock.now()) and is_all

        await self.checking.carry_out(order, link, mailbox, look, now)

    async def _look(self, key: LinkKey, lease: HeldLease, due: Sequence[Stored[Booking]]) -> list[Looked]:
        """All of them before anything is decided: how many are gone together is part of the evidence."""

        async def prolong() -> None:
            await lease.prolong(self.clock.now())

        calendars = await self.looking.list_calendars(key)
        return [Looked(each.value, await self.looking.look(key, each.value, calendars, prolong)) for each in due]


def suspects_of(mailbox: StoredMailbox, order: CheckBookings) -> list[Stored[Booking]]:
    """Those that nobody has looked into yet; or those that were held, once a person has decided."""
    own = [each for each in mailbox.bookings if each.value.is_of(order.link) and watch(each.value)]
    if order.hold is not None:
        return [each for each in own if is_held(each.value, order.hold)]
    return [each for each in own if each.value.suspicion is not None and each.value.suspicion.looked_at is None]


def is_held(booking: Booking, hold: str) -> bool:
    decision = booking.decision
    return decision is not None and decision.outcome is Outcome.HELD and decision.hold == hold


def due_at(booking: Booking, order: CheckBookings) -> datetime:
    """After the grace, and when Graph must show what we wrote ourselves."""
    written = booking.last_written_at + LAG
    under_way = max(booking.until or written, written if booking.changing is None else written + CHANGE_SETTLED)
    if order.hold is not None or booking.suspicion is None:
        return max(written, under_way)
    return max(booking.suspicion.found_at + GRACE, written, under_way)
