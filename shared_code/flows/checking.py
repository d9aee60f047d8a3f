"""What looking into bookings and into co-hosts' copies has in common: who may look, and when somebody comes again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.backoff import wait_before
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.suspecting import is_to_order
from shared_code.core.sync_rules import CALM, SHORTEST_DELAY
from shared_code.errors import Conflict, Disconnected, Gone, Throttled, TooLarge, TryLater, Unexpected
from shared_code.flows.finding_out import SHUT, find_out
from shared_code.flows.link_connections import ServedLink, find_connections, served
from shared_code.flows.link_troubles import LinkTroubles
from shared_code.flows.mailbox_lease import HeldLease, held_lease, hold
from shared_code.logs import say
from shared_code.mailbox_ports import Mailboxes, StoredMailbox
from shared_code.messages import CheckBookings, CheckCopies
from shared_code.ports import Chance, Clock, Organizations, ProductUsers, Queues

GIVEN_UP_AFTER = timedelta(hours=6, minutes=30)  # by then the mailbox had its turn, which sends somebody else

Order = CheckBookings | CheckCopies
Look = Callable[[HeldLease], Awaitable[bool]]  # whether all that was suspected is settled


@dataclass(frozen=True)
class Checking:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    queues: Queues
    chance: Chance
    clock: Clock

    async def find_served(self, order: Order, mailbox: StoredMailbox) -> ServedLink | None:
        links = [link for link in mailbox.links if link.value.key == order.link]
        return next(iter(served(await find_connections(self.organizations, self.users, links))), None)

    async def carry_out(
        self, order: Order, link: ServedLink, mailbox: StoredMailbox, look: Look, now: datetime
    ) -> None:
        """Look with the mailbox's lease in hand, and come again for what is not settled."""
        try:
            held = await self.mailboxes.save_lease(mailbox.lease, hold(mailbox.lease.value, self.chance.new_id(), now))
        except Conflict:
            await self.come_again(order, CALM, now)
            return
        async with held_lease(self.mailboxes, held) as lease:
            try:
                is_settled = await look(lease)
            except Conflict:
                await self.come_again(order, CALM, now)  # the lease, or a row, is another one by now
                return
            except SHUT as error:
                if isinstance(error, Disconnected) or not _is_ordered_by_a_read(order, mailbox, now):
                    await find_out(self.queues, order.link.mailbox, now)
                await self.give_up(order, type(error).__name__, now)
                return
            except (TryLater, Gone, TooLarge, Unexpected) as error:
                await self._put_off(order, link, error, now)
                return
        if not is_settled:
            await self.come_again(order.after_failure(), wait_before(order.failures + 1), now)

    async def give_up(self, order: Order, reason: str, now: datetime) -> None:
        """What is suspected stays so, and reminds whoever reads the mailbox. But of what a person has decided no read
        reminds anybody."""
        say("check_dropped", mailbox=order.link.mailbox, reason=reason)
        if isinstance(order, CheckBookings) and order.hold is not None:
            await self.come_again(order.after_failure(), wait_before(order.failures + 1), now)

    async def come_again(self, order: Order, delay: timedelta, now: datetime) -> None:
        if now < order.found_at + GIVEN_UP_AFTER:
            await self.queues.send(order, min(max(delay, SHORTEST_DELAY), MAX_MESSAGE_DELAY))

    async def _put_off(self, order: Order, link: ServedLink, error: Exception, now: datetime) -> None:
        """What could not be asked is not known."""
        say("check_put_off", mailbox=order.link.mailbox, error=type(error).__name__)
        delay = wait_before(order.failures + 1)
        if isinstance(error, TryLater) and error.retry_after is not None:
            delay = max(delay, error.retry_after)
        if isinstance(error, Throttled) and error.whole_tenant:
            troubles = LinkTroubles(self.organizations, self.users, self.queues)
            await troubles.pause(link.giver, self.clock.now() + delay)
        await self.come_again(order.after_failure(), delay, now)


def _is_ordered_by_a_read(order: Order, mailbox: StoredMailbox, now: datetime) -> bool:
    """Whether a read at this moment, should it find the door open, would send somebody to look again: then each would
    cause the other, where a mailbox lets itself be read and not be searched."""
    booked = (each.value.suspicion for each in mailbox.bookings if each.value.is_of(order.link))
    held = (each.value.suspicion for each in mailbox.held if each.value.is_of(order.link))
    return any(is_to_order(suspicion, suspicion, now) for suspicion in (*booked, *held))


def time_to_wait(link: ServedLink, mailbox: StoredMailbox, now: datetime) -> timedelta:
    """Nobody reads a mailbox beside another, and nobody asks whom Graph has told to wait."""
    if mailbox.lease.value.is_held(now):
        return CALM
    waits = (mailbox.lease.value.not_before, link.access.not_before)
    return max((until - now for until in waits if until is not None and now < until), default=timedelta(0))
