"""The minute timer's work: what came due is set in motion again, whatever messages were lost."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from shared_code.core.connection import SERVING, SWEEPING, Connection, ConnectionState
from shared_code.core.grant import needs_grant_check
from shared_code.core.ids import ConnectionId, MailboxKey, OrganizationId, TenantId, UserId
from shared_code.core.leaving import OVER, needs_walk, next_look
from shared_code.core.repair import needs_repair, next_walk
from shared_code.core.sync_rules import next_turn
from shared_code.core.upkeep import Due, Settled
from shared_code.errors import OrgcalError, TryLater
from shared_code.flows.mailbox_turn import MailboxTurn
from shared_code.logs import say, warn
from shared_code.messages import CheckGrant, DisconnectUsers, RepairConnection, SettleEverybody, SweepChanges
from shared_code.ports import Clock, Organizations, Queues, SignIns, Upkeep

BUDGET = timedelta(seconds=45)  # a run ends before the next minute's begins
GROUP = 100  # rows fetched at once
AT_ONCE = 16  # rows worked on at the same time


class LinkExpiry(Protocol):
    async def expire(self, organization: OrganizationId, connection: ConnectionId, now: datetime) -> datetime | None:
        """Expire an activation link whose time is over. The instant to look again, None if never."""
        ...


class Tidying(Protocol):
    async def tidy(self, organization: OrganizationId, now: datetime) -> datetime | None:
        """Forget what an organisation has kept long enough. The instant to call again, None if never."""
        ...


class BookingLook(Protocol):
    async def look(self, subject: str, now: datetime) -> datetime | None:
        """Look after a booking, or forget it. The instant to look again, None if never."""
        ...


@dataclass(frozen=True)
class UpkeepRun:
    upkeep: Upkeep
    organizations: Organizations
    turns: MailboxTurn
    sign_ins: SignIns
    links: LinkExpiry
    tidying: Tidying
    bookings: BookingLook
    queues: Queues
    clock: Clock

    async def run(self, now: datetime) -> None:
        """Work through what is due, the oldest first, for at most 45 seconds."""
        done = 0
        while self.clock.now() - now < BUDGET:
            due = await self.upkeep.find_due(now, GROUP)
            done += await self._work(due, now)
            if len(due) < GROUP:
                await self.upkeep.advance(now)
                break
        say("upkeep_done", rows=done)

    async def _work(self, due: Sequence[Due], now: datetime) -> int:
        """TryLater, after all others had their turn, if storage or queues fail: the next minute goes on."""
        turn, drain = asyncio.Semaphore(AT_ONCE), replace(self, turns=self.turns.of_one_drain())

        async def work(row: Due) -> Settled:
            async with turn:
                return await drain._settle(row, now)

        outcomes = await asyncio.gather(*map(work, due), return_exceptions=True)
        try:
            await self.upkeep.settle([outcome for outcome in outcomes if not isinstance(outcome, BaseException)])
        finally:
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
        return len(due)

    async def _settle(self, row: Due, now: datetime) -> Settled:
        try:
            again_at = await self._carry_out(row, now)
        except TryLater:
            raise
        except OrgcalError as error:
            # One record that is broken must not hold up all that come after it.
            warn("upkeep_failed", kind=row.kind, subject=row.subject, error=type(error).__name__)
            again_at = next_turn(row.subject, now)
        return Settled(row, Due(again_at, row.kind, row.subject) if again_at is not None else None)

    async def _carry_out(self, row: Due, now: datetime) -> datetime | None:
        """Do what is due; the instant at which it is due again, None if never."""
        if row.kind == "mailbox":
            return await self.turns.take(parse_mailbox(row.subject), now)
        if row.kind == "sign_in":
            await self.sign_ins.forget(row.subject)
            return None
        if row.kind == "retention":
            return await self.tidying.tidy(OrganizationId(row.subject), now)
        if row.kind == "booking":
            return await self.bookings.look(row.subject, now)
        if row.kind == "accounts":
            await self.queues.send(SettleEverybody(organization=OrganizationId(row.subject)))
            return None  # the walk sets it again while there is anybody who waits
        return await self._carry_out_for_connection(row, now)

    async def _carry_out_for_connection(self, row: Due, now: datetime) -> datetime | None:
        organization, connection = row.subject.split("!")
        if row.kind == "repair":
            return await self._repair(OrganizationId(organization), ConnectionId(connection), now)
        if row.kind == "link_expiry":
            return await self.links.expire(OrganizationId(organization), ConnectionId(connection), now)
        return await self._sweep(row, OrganizationId(organization), ConnectionId(connection), now)

    async def _repair(self, organization: OrganizationId, connection: ConnectionId, now: datetime) -> datetime | None:
        """One that serves no longer is walked through by nobody, but its people's own accounts have come back: what
        should see to that may be lost. Of any other the row is set again by its sweep, once it is one of the two."""
        records = await self.organizations.find(organization)
        stored = records.connection(connection) if records is not None else None
        if stored is None or stored.value.state not in SERVING | {ConnectionState.ATTENTION}:
            return None
        if stored.value.state in SERVING:
            await self.queues.send(RepairConnection(organization=organization, connection=connection, began_at=now))
        else:
            await self.queues.send(SettleEverybody(organization=organization))
        return next_walk(stored.value, now).at

    async def _sweep(
        self, row: Due, organization: OrganizationId, connection: ConnectionId, now: datetime
    ) -> datetime | None:
        records = await self.organizations.find(organization)
        stored = records.connection(connection) if records is not None else None
        if stored is None:
            return None
        if stored.value.state in OVER:
            return await self._disconnect(row, stored.value, now)
        await self._set_in_motion(stored.value, now)
        if needs_repair(stored.value, now) or stored.value.state is ConnectionState.ATTENTION:
            # It may have gone while the connection neither served nor was in need of attention; the same all day long.
            await self.upkeep.set(next_walk(stored.value, now))
        return next_turn(row.subject, now)

    async def _disconnect(self, row: Due, connection: Connection, now: datetime) -> datetime | None:
        """The order may have been lost, or its time has come to walk through the users once more."""
        if needs_walk(connection, now):
            order = DisconnectUsers(organization=connection.organization, connection=connection.connection)
            await self.queues.send(order)
        return next_look(connection, now, next_turn(row.subject, now))

    async def _set_in_motion(self, connection: Connection, now: datetime) -> None:
        organization, name = connection.organization, connection.connection
        if needs_grant_check(connection, now):
            await self.queues.send(CheckGrant(organization=organization, connection=name))
        if connection.state in SWEEPING and connection.grant_next_at is None:
            # The round itself knows what the directory needs: its changes, a full match, or a broken chain revived.
            await self.queues.send(SweepChanges(organization=organization, connection=name))


def parse_mailbox(subject: str) -> MailboxKey:
    registration, tenant, user_id = subject.split("!")
    return MailboxKey("personal" if registration == "personal" else "organizations", TenantId(tenant), UserId(user_id))
