"""Keep a mailbox's calendars true: read the whole window of each, link by link, and replace what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.mailbox import Lease
from shared_code.core.sync_outcome import TOLD_WITHIN, Outcome, lease_after
from shared_code.core.sync_rules import (
    CALM,
    CHOSEN,
    LAG,
    SYNC_EVERY,
    Drop,
    PutOff,
    decide,
    has_lost_calendar,
    may_have_lagged,
    next_turn,
)
from shared_code.core.upkeep import Due
from shared_code.errors import Conflict
from shared_code.flows.arranging import ArrangedLink, Arranging
from shared_code.flows.booking_watch import suspicions_of
from shared_code.flows.link_connections import ServedLink, find_connections, served
from shared_code.flows.link_reading import LinkReader, LinkReading, news_of, passing_fault
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.mailbox_lease import HeldLease, held_lease, hold
from shared_code.flows.mailbox_release import release_of
from shared_code.flows.mailbox_work import MailboxWork
from shared_code.flows.settling import Settling
from shared_code.logs import say
from shared_code.mailbox_ports import LinkChange, StoredMailbox
from shared_code.messages import ConfirmDrift, SyncMailbox, sync_order


@dataclass(frozen=True)
class MailboxSync(MailboxWork):
    async def run(self, message: SyncMailbox, now: datetime) -> None:
        """Drop the message, put it off, or read the mailbox now."""
        mailbox = await self.mailboxes.find(message.mailbox)
        if mailbox is None:
            say("sync_dropped", mailbox=message.mailbox, reason="forgotten")
            return
        decision = decide(message.queued_at, message.cause, mailbox.lease.value, now)
        if isinstance(decision, Drop):
            await self._drop(message, mailbox, now)
        elif isinstance(decision, PutOff):
            await self._put_off(message, decision.delay, mailbox, now)
        else:
            await self._sync(message, mailbox, now)

    async def _sync(self, message: SyncMailbox, mailbox: StoredMailbox, now: datetime) -> None:
        links = sorted(await self._find_served(mailbox), key=lambda found: found.wait(now))
        if not links:
            say("sync_dropped", mailbox=message.mailbox, reason="not_served")
            return
        if message.cause in CHOSEN:
            await self._settling.run(message, mailbox, links, now)
            return
        if (delay := links[0].wait(now)) > timedelta(0):
            await self._fall_behind(message, mailbox, delay, now)
            return
        arranged = await Arranging(self.users, self.calendars).run(links, message.cause, now)
        try:
            held = await self.mailboxes.save_lease(mailbox.lease, hold(mailbox.lease.value, self.chance.new_id(), now))
        except Conflict:
            await self._come_again(message, CALM)  # another one has just begun to read
            return
        async with held_lease(self.mailboxes, held) as lease:
            await self._read_and_commit(message, arranged, mailbox, lease, now)

    async def _read_and_commit(
        self,
        message: SyncMailbox,
        links: Sequence[ArrangedLink],
        mailbox: StoredMailbox,
        lease: HeldLease,
        now: datetime,
    ) -> None:
        try:
            readings = await self._reader.read(links, mailbox, lease, now)
        except Conflict:
            await self._come_again(message, CALM)  # it took so long that another one has begun
            return
        await self._note_users(readings, now)
        outcome = _outcome(message, readings, now, self.clock.now())
        changed = lease_after(lease.value, outcome)
        await self._announce(message, lease.value, changed, now)
        changes = [found.change for found in readings]
        suspicions = suspicions_of(mailbox, [(found.key, found.reading) for found in readings], now)
        await suspicions.send(self.queues)
        try:
            await suspicions.commit(lease, changes, changed, news_of(readings, self.clock.now()))
        except Conflict:
            await self._come_again(message, CALM)  # the lease was lost to somebody who may not have read
            return
        say("mailbox_synced", mailbox=message.mailbox, links=len(changes), changed=sum(len(c.packed) for c in changes))
        await self._list_again(changes)
        await self._follow_up(message, readings, now)

    @property
    def _reader(self) -> LinkReader:
        return LinkReader(self.calendars, self.clock, self.window_days)

    @property
    def _settling(self) -> Settling:
        return Settling(**vars(self))  # the same work, of which it does another part

    async def _find_served(self, mailbox: StoredMailbox) -> list[ServedLink]:
        """Those links that may be read; those whose connection is over are released."""
        links = await find_connections(self.organizations, self.users, mailbox.links)
        for found in links:
            if found.access.is_over:
                await self.queues.send(release_of(found.link.value.key))
        return served(links)

    async def _note_users(self, readings: Sequence[LinkReading], now: datetime) -> None:
        """Before the commit: if it fails, the next read says the same once more."""
        for each in readings:
            if each.reading.closed is not None:
                await self._troubles.closed(each.key, each.found.giver, each.reading.closed, now)
            if each.reading.disconnected is not None:
                await self._troubles.disconnected(each.key, each.found.giver, each.reading.disconnected, now)

    async def _announce(self, message: SyncMailbox, before: Lease, after: Lease, now: datetime) -> None:
        """Before the commit: who comes to do nothing does no harm, and nobody is missing after a crash."""
        if after.is_behind:
            if not before.is_behind:
                await self.upkeep.set(_turn(message, now))
            return
        if after.echo_at is not None:
            await self._send_echo(message, after.echo_at, now)
        if after.suspected_at == now:
            await self.queues.send(_drift_order(message, now), TOLD_WITHIN)

    async def _follow_up(self, message: SyncMailbox, readings: Sequence[LinkReading], now: datetime) -> None:
        passing = passing_fault(readings)
        if passing is None or passing.reading.retry_after is None:
            return
        if passing.reading.whole_tenant:
            until = self.clock.now() + passing.reading.retry_after
            for each in readings:
                await self._troubles.pause(each.found.giver, until)
        await self._retry(message, passing.reading.retry_after, now)

    async def _list_again(self, changes: Sequence[LinkChange]) -> None:
        """A mailbox whose default calendar is gone is looked into anew, at each turn until there is another one."""
        for change in changes:
            if change.changed is not None and has_lost_calendar(change.changed):
                await self.queues.send(connect_of(change.changed.key))

    async def _drop(self, message: SyncMailbox, mailbox: StoredMailbox, now: datetime) -> None:
        """A later read has seen what it speaks of, or was too early; and now somebody has told."""
        lease = mailbox.lease.value
        if message.cause == "notified" and lease.suspected_at is not None and not await self._clear(mailbox, now):
            await self._come_again(message, CALM)
            return
        if message.cause == "notified" and lease.started_at and may_have_lagged(message.queued_at, lease):
            await self._send_echo(message, lease.started_at + LAG, now)
        say("sync_dropped", mailbox=message.mailbox, reason="read_since")

    async def _clear(self, mailbox: StoredMailbox, now: datetime) -> bool:
        """Take the suspicion away that nobody tells of this mailbox's changes; not while somebody reads it."""
        if mailbox.lease.value.is_held(now):
            return False
        try:
            await self.mailboxes.save_lease(mailbox.lease, replace(mailbox.lease.value, suspected_at=None))
        except Conflict:
            return False
        return True

    async def _send_echo(self, message: SyncMailbox, due: datetime, now: datetime) -> None:
        await self.queues.send(sync_order(message.mailbox, due, "echo"), max(due - now, timedelta(0)))

    async def _put_off(self, message: SyncMailbox, delay: timedelta, mailbox: StoredMailbox, now: datetime) -> None:
        throttled_until = mailbox.lease.value.not_before
        if throttled_until is not None and now < throttled_until and message.cause in CHOSEN:
            await self._settling.put_off(message, mailbox, delay, now)
        elif throttled_until is not None and now < throttled_until:
            await self._fall_behind(message, mailbox, delay, now)
        else:
            await self._come_again(message, delay)

    async def _fall_behind(self, message: SyncMailbox, mailbox: StoredMailbox, delay: timedelta, now: datetime) -> None:
        """It cannot be read now: its turn comes every quarter of an hour from now on, should the message give up."""
        if not mailbox.lease.value.is_behind and not mailbox.lease.value.is_held(now):
            await self.upkeep.set(_turn(message, now))
            try:
                await self.mailboxes.save_lease(mailbox.lease, replace(mailbox.lease.value, is_behind=True))
            except Conflict:
                delay = CALM  # somebody is at it; look again
        await self._retry(message, delay, now)

    async def _retry(self, message: SyncMailbox, delay: timedelta, now: datetime) -> None:
        """Send a successor, unless the next turn comes anyhow: otherwise a long outage would breed messages."""
        if timedelta(0) < delay and now + delay < message.queued_at + SYNC_EVERY:
            await self._come_again(message, delay)

    async def _come_again(self, message: SyncMailbox, delay: timedelta) -> None:
        await self.queues.send(message, min(delay, MAX_MESSAGE_DELAY))


def _outcome(message: SyncMailbox, readings: Sequence[LinkReading], now: datetime, ended_at: datetime) -> Outcome:
    """``Retry-After`` counts from the answer, which may have come long after the read began."""
    passing = passing_fault(readings)
    after = passing.reading.retry_after if passing is not None and passing.reading.throttled else None
    return Outcome(
        message.cause,
        now,
        is_whole=all(found.reading.is_whole for found in readings),
        has_news=any(found.has_news for found in readings),
        is_one_of_several=message.several,
        not_before=None if after is None else ended_at + after,
    )


def _turn(message: SyncMailbox, now: datetime) -> Due:
    subject = str(message.mailbox)
    return Due(next_turn(subject, now), "mailbox", subject)


def _drift_order(message: SyncMailbox, now: datetime) -> ConfirmDrift:
    return ConfirmDrift(registration=message.registration, tenant=message.tenant, user_id=message.user_id, found_at=now)
