"""What somebody chose is carried out on their link alone: what was checked is read, what was unchecked is forgotten.

This is no read of the mailbox. Whoever else is linked to it is not read again, and nothing that a turn goes by moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.arrangement import is_unread
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.mailbox import Lease
from shared_code.core.product_event import ProductEvent
from shared_code.core.sync_rules import CALM, DEFAULT_DELAY, SYNC_EVERY, has_lost_calendar, next_turn
from shared_code.core.told import told_of_busy_times
from shared_code.core.upkeep import Due
from shared_code.core.windows import read_window
from shared_code.errors import Conflict, TryLater
from shared_code.flows.arranging import ArrangedLink, Arranging
from shared_code.flows.calendar_reading import CalendarReader, Reading, keep_what_fits
from shared_code.flows.link_connections import ServedLink
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.mailbox_lease import HeldLease, held_lease, hold
from shared_code.flows.mailbox_work import MailboxWork
from shared_code.logs import say
from shared_code.mailbox_ports import LinkChange, StoredMailbox
from shared_code.messages import SyncMailbox, sync_order


@dataclass(frozen=True)
class Settling(MailboxWork):
    async def run(
        self, message: SyncMailbox, mailbox: StoredMailbox, links: Sequence[ServedLink], now: datetime
    ) -> None:
        """Nothing, if all is as it was chosen and read."""
        try:
            arranged = await Arranging(self.users, self.calendars).run(links, message.cause, now)
        except TryLater as error:
            await self.put_off(message, mailbox, error.retry_after or DEFAULT_DELAY, now)
            return
        outstanding = [each for each in arranged if not each.is_done]
        if not outstanding:
            say("sync_dropped", mailbox=message.mailbox, reason="arranged")
            return
        await self._settle(message, mailbox, outstanding, now)

    async def put_off(self, message: SyncMailbox, mailbox: StoredMailbox, delay: timedelta, now: datetime) -> None:
        """Come again for a quarter of an hour; what takes longer is left to the mailbox's turns, which come more often
        from then on."""
        if now + delay < message.queued_at + SYNC_EVERY:
            await self.queues.send(message, min(delay, MAX_MESSAGE_DELAY))
            return
        subject = str(message.mailbox)
        await self.upkeep.set(Due(next_turn(subject, now), "mailbox", subject))
        try:
            await self.mailboxes.save_lease(mailbox.lease, replace(mailbox.lease.value, is_behind=True))
        except Conflict:
            await self.queues.send(message, CALM)  # somebody is at it; look again

    async def _settle(
        self, message: SyncMailbox, mailbox: StoredMailbox, links: Sequence[ArrangedLink], now: datetime
    ) -> None:
        try:
            held = await self.mailboxes.save_lease(mailbox.lease, hold(mailbox.lease.value, self.chance.new_id(), now))
            async with held_lease(self.mailboxes, held) as lease:
                readings = await self._read(lease, links, now)
                changes = [_change(link, reading) for link, reading in zip(links, readings, strict=True)]
                news = _news(links, readings, self.clock.now())
                await lease.commit(changes, self._given_back(lease.value, readings), news)
        except Conflict:
            await self.queues.send(message, CALM)  # somebody has just begun to read, or has taken the lease meanwhile
            return
        say("choice_settled", mailbox=message.mailbox, links=len(changes))
        for change in changes:
            if change.changed is not None and has_lost_calendar(change.changed):
                await self.queues.send(connect_of(change.changed.key))
        await self._follow_up(message, links, readings, now)

    async def _read(self, lease: HeldLease, links: Sequence[ArrangedLink], now: datetime) -> list[Reading]:
        """Only what was never read. After a passing fault the next link would meet the same, unless it has a right of
        its own."""
        window = read_window(lease.value.mailbox, now, self.window_days)
        readings: list[Reading] = []
        for each in links:
            met = (one for one in readings if one.throttled or not each.link.key.mailbox.is_personal)
            wait = each.found.wait(now) or next((one.retry_after for one in met if one.retry_after), None)
            if wait:
                readings.append(Reading(list(each.link.calendars), retry_after=wait))
            else:
                key = each.link.key
                reader = CalendarReader(self.calendars, key, window, now, lambda: lease.prolong(self.clock.now()))
                readings.append(await reader.read(each.link.calendars, is_unread))
                keep_what_fits(readings[-1], each.link.calendars, {})
        return readings

    def _given_back(self, lease: Lease, readings: Sequence[Reading]) -> Lease:
        """``Retry-After`` counts from the answer."""
        free = replace(lease, holder=None, until=None)
        waits = [reading.retry_after for reading in readings if reading.throttled and reading.retry_after]
        return replace(free, not_before=self.clock.now() + max(waits)) if waits else free

    async def _follow_up(
        self, message: SyncMailbox, links: Sequence[ArrangedLink], readings: Sequence[Reading], now: datetime
    ) -> None:
        for each, reading in zip(links, readings, strict=True):
            if reading.whole_tenant and reading.retry_after:
                await self._troubles.pause(each.found.giver, self.clock.now() + reading.retry_after)
        if any(reading.closed or reading.disconnected for reading in readings) or any(each.is_missed for each in links):
            await self.queues.send(sync_order(message.mailbox, now, "interactive"))  # that read finds out, and says so
        waits = [reading.retry_after or DEFAULT_DELAY for reading in readings if not reading.is_whole]
        waits += [DEFAULT_DELAY for each in links if each.is_missed]
        if waits and (mailbox := await self.mailboxes.find(message.mailbox)) is not None:
            await self.put_off(message, mailbox, max(waits), now)


def _news(links: Sequence[ArrangedLink], readings: Sequence[Reading], now: datetime) -> list[ProductEvent]:
    """What was waited for has been read, so that answers are whole again."""
    return [
        told_of_busy_times(each.link.key.organization, each.link.key.user, now)
        for each, reading in zip(links, readings, strict=True)
        if reading.packed and each.found.policy.busy_updates
    ]


def _change(each: ArrangedLink, reading: Reading) -> LinkChange:
    changed = replace(each.link, calendars=tuple(reading.calendars))
    return LinkChange(each.found.link, changed, reading.packed, each.arranged.let_go)
