"""Keep a mailbox's calendars true: read the whole window of each, link by link, and replace what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.calendar import CalendarState
from shared_code.core.connection import Connection
from shared_code.core.ids import OrganizationId
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.mailbox import Link
from shared_code.core.sync_rules import CALM, SYNC_EVERY, Drop, PutOff, decide, has_lost_calendar, is_read, may_read
from shared_code.core.windows import read_window
from shared_code.errors import Conflict
from shared_code.flows.calendar_reading import CalendarReader, Reading, changed_events
from shared_code.flows.mailbox_connect import connect_of
from shared_code.flows.mailbox_lease import held_lease, hold
from shared_code.flows.mailbox_release import OVER, release_of
from shared_code.flows.tenant_pause import pause_tenant
from shared_code.flows.user_states import UserStates
from shared_code.logs import say
from shared_code.messages import SyncMailbox
from shared_code.ports import (
    Calendars,
    Chance,
    LinkChange,
    Mailboxes,
    OrganizationRecords,
    Organizations,
    ProductUsers,
    Queues,
    Stored,
    StoredMailbox,
)


@dataclass(frozen=True)
class LinkReading:
    """A link, the connection it was read with, and what came of it."""

    link: Stored[Link]
    connection: Stored[Connection]
    reading: Reading


@dataclass(frozen=True)
class MailboxSync:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    calendars: Calendars
    queues: Queues
    chance: Chance
    window_days: int

    async def run(self, message: SyncMailbox, now: datetime) -> None:
        """Drop the message, put it off, or read the mailbox now."""
        mailbox = await self.mailboxes.find(message.mailbox)
        if mailbox is None:
            say("sync_dropped", mailbox=message.mailbox, reason="forgotten")
            return
        decision = decide(message.queued_at, message.cause == "first_read", mailbox.lease.value, now)
        if isinstance(decision, Drop):
            say("sync_dropped", mailbox=message.mailbox, reason="read_since")
        elif isinstance(decision, PutOff):
            await self._put_off(message, decision.delay, mailbox, now)
        else:
            await self._sync(message, mailbox, now)

    async def _sync(self, message: SyncMailbox, mailbox: StoredMailbox, now: datetime) -> None:
        links = await self._servable(mailbox.links)
        waits = [connection.value.not_before for _, connection in links if connection.value.not_before]
        delay = max(waits, default=now) - now
        if not links or delay > timedelta(0):
            await self._retry(message, delay, now)
            return
        try:
            held = await self.mailboxes.save_lease(mailbox.lease, hold(mailbox.lease.value, self.chance.new_id(), now))
        except Conflict:
            await self._come_again(message, CALM)  # another one has just begun to read
            return
        async with held_lease(self.mailboxes, held) as lease:
            readings = await self._read(links, mailbox, now)
            await self._note_users(readings, now)
            changes = [_change(found, mailbox) for found in readings]
            passing = _passing_fault(readings)
            try:
                await lease.commit(changes, *_times(passing, now))
            except Conflict:
                say("sync_dropped", mailbox=message.mailbox, reason="lease_lost")
                return
        say("mailbox_synced", mailbox=message.mailbox, links=len(changes), changed=sum(len(c.packed) for c in changes))
        await self._list_again(changes)
        if passing is not None and passing.reading.retry_after is not None:
            if passing.reading.whole_tenant:
                await pause_tenant(self.organizations, passing.connection, now + passing.reading.retry_after)
            await self._retry(message, passing.reading.retry_after, now)

    async def _servable(self, links: Sequence[Stored[Link]]) -> list[tuple[Stored[Link], Stored[Connection]]]:
        """Those links whose connection may be used; those whose connection is over are released."""
        records: dict[OrganizationId, OrganizationRecords | None] = {}
        servable = []
        for link in links:
            organization = link.value.key.organization
            if organization not in records:
                records[organization] = await self.organizations.find(organization)
            connection = _connection(records[organization], link.value)
            if connection is None or connection.value.state in OVER:
                await self.queues.send(release_of(link.value.key))
            elif may_read(connection.value, link.value.key.mailbox):
                servable.append((link, connection))
        return servable

    async def _read(
        self, links: Sequence[tuple[Stored[Link], Stored[Connection]]], mailbox: StoredMailbox, now: datetime
    ) -> list[LinkReading]:
        """Link by link; a passing fault ends it, because the next link would meet the same."""
        reader = CalendarReader(self.calendars, mailbox.lease.value.mailbox, read_window(now, self.window_days), now)
        readings: list[LinkReading] = []
        for link, connection in links:
            readings.append(LinkReading(link, connection, await reader.read(link.value.calendars, is_read)))
            if readings[-1].reading.retry_after is not None:
                break
        return readings

    async def _note_users(self, readings: Sequence[LinkReading], now: datetime) -> None:
        """Before the commit: if it fails, the next read says the same once more."""
        states = UserStates(self.users)
        for found in readings:
            key = found.link.value.key
            if found.reading.closed is not None:
                await states.close(key, found.reading.closed, now)
            elif found.reading.packed and _was_denied(found.link.value):
                await states.open(key, now)

    async def _list_again(self, changes: Sequence[LinkChange]) -> None:
        """A mailbox whose default calendar is gone is looked into anew, at each turn until there is another one."""
        for change in changes:
            if change.changed is not None and has_lost_calendar(change.changed):
                await self.queues.send(connect_of(change.changed.key))

    async def _put_off(self, message: SyncMailbox, delay: timedelta, mailbox: StoredMailbox, now: datetime) -> None:
        throttled_until = mailbox.lease.value.not_before
        if throttled_until is not None and now < throttled_until:
            await self._retry(message, delay, now)
        else:
            await self._come_again(message, delay)

    async def _retry(self, message: SyncMailbox, delay: timedelta, now: datetime) -> None:
        """Send a successor, unless the next turn comes anyhow: otherwise a long outage would breed messages."""
        if timedelta(0) < delay and now + delay < message.queued_at + SYNC_EVERY:
            await self._come_again(message, delay)

    async def _come_again(self, message: SyncMailbox, delay: timedelta) -> None:
        await self.queues.send(message, min(delay, MAX_MESSAGE_DELAY))


def _connection(records: OrganizationRecords | None, link: Link) -> Stored[Connection] | None:
    if records is None or records.organization.value.leaving:
        return None
    return records.connection(link.connection)


def _change(found: LinkReading, mailbox: StoredMailbox) -> LinkChange:
    link = found.link.value
    stored = {calendar: packed for (key, calendar), packed in mailbox.packed.items() if key == link.key}
    changed = replace(link, calendars=tuple(found.reading.calendars))
    return LinkChange(found.link, changed, changed_events(stored, found.reading))


def _passing_fault(readings: Sequence[LinkReading]) -> LinkReading | None:
    return next((found for found in readings if found.reading.retry_after is not None), None)


def _times(passing: LinkReading | None, now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the whole mailbox was read, and until when it is to be left alone."""
    if passing is None:
        return now, None
    after = passing.reading.retry_after
    return None, now + after if passing.reading.throttled and after is not None else None


def _was_denied(link: Link) -> bool:
    return any(calendar.state is CalendarState.DENIED for calendar in link.calendars)
