"""Looking into bookings that a read has found amiss: what became of each is decided, kept and told at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.backoff import wait_before
from shared_code.core.booking import Booking
from shared_code.core.cancellation import GRACE
from shared_code.core.decision import Outcome
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.settlement import Looked
from shared_code.core.suspecting import watch
from shared_code.core.sync_rules import CALM, LAG
from shared_code.errors import (
    Conflict,
    Disconnected,
    Gone,
    NoMailbox,
    Refused,
    Throttled,
    TooLarge,
    TryLater,
    Unexpected,
)
from shared_code.flows.link_connections import ServedLink, find_connections, served
from shared_code.flows.looking import Looking
from shared_code.flows.mailbox_lease import HeldLease, held_lease, hold
from shared_code.flows.tenant_pause import pause_tenant
from shared_code.flows.verdicts import Verdicts
from shared_code.logs import say
from shared_code.messages import CheckBookings
from shared_code.ports import Chance, Clock, Mailboxes, Organizations, Queues, Stored, StoredMailbox

CHANGE_SETTLED = timedelta(minutes=16)  # a change of our own whose outcome is unknown is looked into by then
GIVEN_UP_AFTER = timedelta(hours=6, minutes=30)  # by then the mailbox had its turn, which sends somebody else


@dataclass(frozen=True)
class BookingCheck:
    organizations: Organizations
    mailboxes: Mailboxes
    looking: Looking
    verdicts: Verdicts
    queues: Queues
    chance: Chance
    clock: Clock

    async def run(self, order: CheckBookings, now: datetime) -> None:
        mailbox = await self.mailboxes.find(order.link.mailbox)
        link = await self._find_served(order, mailbox)
        if mailbox is None or link is None:
            await self._give_up(order, "not_served", now)
            return
        suspects = suspects_of(mailbox, order)
        if not suspects:
            say("check_dropped", mailbox=order.link.mailbox, reason="nothing_suspected")
            return
        due = [each for each in suspects if due_at(each.value, order) <= now]
        if delay := _wait(link, mailbox, now):
            await self._come_again(order, delay, now)
        elif not due:
            await self._come_again(order, min(due_at(each.value, order) for each in suspects) - now, now)
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
        try:
            held = await self.mailboxes.save_lease(mailbox.lease, hold(mailbox.lease.value, self.chance.new_id(), now))
        except Conflict:
            await self._come_again(order, CALM, now)
            return
        async with held_lease(self.mailboxes, held) as lease:
            try:
                looked = await self._look(lease, due)
                settled = await self.verdicts.carry_out(order, link, lease, due, looked, self.clock.now())
            except Conflict:
                await self._come_again(order, CALM, now)  # the lease, or a booking, is another one by now
                return
            except (Disconnected, Refused, NoMailbox) as error:
                await self._give_up(order, type(error).__name__, now)
                return
            except (TryLater, Gone, TooLarge, Unexpected) as error:
                await self._put_off(order, link, error, now)
                return
        if not settled or len(due) < len(suspects_of(mailbox, order)):
            await self._come_again(order.after_failure(), wait_before(order.failures + 1), now)

    async def _look(self, lease: HeldLease, due: Sequence[Stored[Booking]]) -> list[Looked]:
        """All of them before anything is decided: how many are gone together is part of the evidence."""
        key = lease.value.mailbox

        async def prolong() -> None:
            await lease.prolong(self.clock.now())

        calendars = await self.looking.list_calendars(key)
        return [Looked(each.value, await self.looking.look(key, each.value, calendars, prolong)) for each in due]

    async def _find_served(self, order: CheckBookings, mailbox: StoredMailbox | None) -> ServedLink | None:
        links = [] if mailbox is None else [link for link in mailbox.links if link.value.key == order.link]
        found = served(await find_connections(self.organizations, links))
        return found[0] if found else None

    async def _put_off(self, order: CheckBookings, link: ServedLink, error: Exception, now: datetime) -> None:
        """What could not be asked is not known."""
        say("check_put_off", mailbox=order.link.mailbox, error=type(error).__name__)
        delay = wait_before(order.failures + 1)
        if isinstance(error, TryLater) and error.retry_after is not None:
            delay = max(delay, error.retry_after)
        if isinstance(error, Throttled) and error.whole_tenant:
            await pause_tenant(self.organizations, link.connection, self.clock.now() + delay)
        await self._come_again(order.after_failure(), delay, now)

    async def _give_up(self, order: CheckBookings, reason: str, now: datetime) -> None:
        """The next read finds the same door shut, and what is suspected stays so. But of what a person has decided no
        read reminds anybody."""
        say("check_dropped", mailbox=order.link.mailbox, reason=reason)
        if order.hold is not None:
            await self._come_again(order.after_failure(), wait_before(order.failures + 1), now)

    async def _come_again(self, order: CheckBookings, delay: timedelta, now: datetime) -> None:
        if now < order.found_at + GIVEN_UP_AFTER:
            await self.queues.send(order, min(max(delay, timedelta(seconds=1)), MAX_MESSAGE_DELAY))


def suspects_of(mailbox: StoredMailbox, order: CheckBookings) -> list[Stored[Booking]]:
    """Those that nobody has looked into yet; or those that were held, once a person has decided."""
    own = [
        each
        for each in mailbox.bookings
        if (each.value.organization, each.value.host) == (order.organization, order.user) and watch(each.value)
    ]
    if order.hold is not None:
        return [each for each in own if is_held(each.value, order.hold)]
    return [each for each in own if each.value.suspicion is not None and each.value.suspicion.looked_at is None]


def is_held(booking: Booking, hold: str) -> bool:
    decision = booking.decision
    return decision is not None and decision.outcome is Outcome.HELD and decision.hold == hold


def due_at(booking: Booking, order: CheckBookings) -> datetime:
    """After the grace, and when Graph must show what we wrote ourselves."""
    written = max(booking.tried_at, booking.written_at or booking.tried_at) + LAG
    under_way = max(booking.until or written, written if booking.changing is None else written + CHANGE_SETTLED)
    if order.hold is not None or booking.suspicion is None:
        return max(written, under_way)
    return max(booking.suspicion.found_at + GRACE, written, under_way)


def _wait(link: ServedLink, mailbox: StoredMailbox, now: datetime) -> timedelta:
    """Nobody reads a mailbox beside another, and nobody asks whom Graph has told to wait."""
    if mailbox.lease.value.is_held(now):
        return CALM
    waits = (mailbox.lease.value.not_before, link.connection.value.not_before)
    return max((until - now for until in waits if until is not None and now < until), default=timedelta(0))
