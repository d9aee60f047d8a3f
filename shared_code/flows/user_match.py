"""A full match of one connection: a chain of messages that collects the directory and then decides."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.backoff import wait_before
from shared_code.core.connection import SWEEPING, Connection
from shared_code.core.ids import TenantId
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.sweep import Sweep
from shared_code.core.sweep_rhythm import CHAIN_LOST_AFTER, is_too_early
from shared_code.errors import Conflict, Disconnected, StartAgain, Throttled, TryLater
from shared_code.flows.collecting import Collecting
from shared_code.flows.deciding import Deciding
from shared_code.flows.match_flow import MatchFlow
from shared_code.logs import say
from shared_code.messages import SweepUsers
from shared_code.ports import Chance, Clock, OrganizationRecords, Stored


@dataclass(frozen=True)
class UserMatch(MatchFlow):
    chance: Chance
    clock: Clock

    async def run(self, message: SweepUsers, now: datetime) -> None:
        """Go one message's worth further. A message of a sweep that was superseded or is finished does nothing."""
        records = await self.organizations.find(message.organization)
        stored = records.connection(message.connection) if records else None
        if records is None or stored is None or stored.value.state not in SWEEPING or stored.value.tenant is None:
            return
        not_before = stored.value.not_before
        if not_before is not None and now < not_before:
            await self.queues.send(message, min(not_before - now, MAX_MESSAGE_DELAY))
            return
        found = await self.organizations.find_sweep(message.organization, message.connection)
        if message.sweep is None:
            await self._begin(message, found, now)
            return
        sweep = _under_way(message, found, now)
        if sweep is None:
            return
        try:
            await self._go_on(records, stored, stored.value.tenant, sweep)
        except Conflict:
            say("sweep_overtaken", connection=message.connection, sweep=sweep.value.sweep)
        except Disconnected as error:
            await self._marks.disconnected(stored, error, now)
        except StartAgain:
            await self._put_off(sweep.value, None, now, is_dead=True)
        except TryLater as error:
            if isinstance(error, Throttled):
                await self._marks.throttled(stored, error, now)
            await self._put_off(sweep.value, error, now)

    @property
    def _collecting(self) -> Collecting:
        return Collecting(self.organizations, self.users, self.directory, self.clock)

    @property
    def _deciding(self) -> Deciding:
        return Deciding(self.organizations, self.users, self.directory, self.queues, self.clock)

    async def _begin(self, message: SweepUsers, found: Stored[Sweep] | None, now: datetime) -> None:
        """Read nothing yet: this message names no sweep, so its repeat would throw away whatever had been read."""
        earlier = found.value if found else None
        fresh = begin_sweep(message, earlier, self.chance.new_id(), now)
        try:
            await self.organizations.save_sweep(found, fresh)
        except Conflict:
            return  # another message began or went on just now; it reads the same directory
        if earlier is not None and earlier.batches:
            await self.organizations.drop_batches(message.organization, message.connection, fresh.sweep)
        await self.queues.send(successor(fresh))
        say("sweep_began", connection=message.connection, sweep=fresh.sweep)

    async def _go_on(
        self, records: OrganizationRecords, stored: Stored[Connection], tenant: TenantId, sweep: Stored[Sweep]
    ) -> None:
        if sweep.value.phase == "collecting":
            sweep = await self._collecting.run(stored.value, tenant, sweep)
        else:
            sweep = await self._deciding.run(records, stored, tenant, sweep)
        if sweep.value.phase != "idle":
            await self.queues.send(successor(sweep.value))

    async def _put_off(self, begun: Sweep, error: TryLater | None, now: datetime, *, is_dead: bool = False) -> None:
        """Come again when told, or after ever longer; from the first page under a new id if the link is dead."""
        found = await self.organizations.find_sweep(begun.organization, begun.connection)
        if found is None or found.value.sweep != begun.sweep:
            return
        attempts = found.value.attempts + 1
        delay = min((error.retry_after if error else None) or wait_before(attempts), MAX_MESSAGE_DELAY)
        changed = replace(found.value, attempts=attempts, quiet_until=now + delay + CHAIN_LOST_AFTER)
        if is_dead:
            order = SweepUsers(organization=begun.organization, connection=begun.connection)
            changed = replace(
                begin_sweep(order, found.value, self.chance.new_id(), now),
                attempts=attempts,
                quiet_until=changed.quiet_until,
            )
        try:
            await self.organizations.save_sweep(found, changed)
        except Conflict:
            return
        await self.queues.send(successor(changed), delay)
        say("sweep_put_off", connection=begun.connection, sweep=changed.sweep, attempt=attempts, delay=delay)


def _under_way(message: SweepUsers, found: Stored[Sweep] | None, now: datetime) -> Stored[Sweep] | None:
    if found is None or found.value.sweep != message.sweep or found.value.phase == "idle":
        say("sweep_superseded", connection=message.connection, sweep=message.sweep)
        return None
    if is_too_early(found.value, now):
        say("sweep_waits", connection=message.connection, sweep=message.sweep)
        return None
    return found


def successor(sweep: Sweep) -> SweepUsers:
    return SweepUsers(organization=sweep.organization, connection=sweep.connection, sweep=sweep.sweep)


def begin_sweep(message: SweepUsers, earlier: Sweep | None, sweep: str, now: datetime) -> Sweep:
    """A cursor before the first page; what the last finished sweep has learned goes on counting meanwhile."""
    fresh = Sweep(
        message.organization,
        message.connection,
        sweep,
        "collecting",
        started_at=now,
        quiet_until=now + CHAIN_LOST_AFTER,
    )
    if earlier is None:
        return fresh
    return replace(
        fresh,
        proven_domains=earlier.proven_domains,
        asked_domains=earlier.asked_domains,
        finished_at=earlier.finished_at,
        last_delta_at=earlier.last_delta_at,
        losses=earlier.losses,
    )
