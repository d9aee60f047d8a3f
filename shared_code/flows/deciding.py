"""The second step of a full match: everybody is judged at once, the guard is asked, and only then do users change."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.addresses import domain_of
from shared_code.core.candidates import fold, unpack
from shared_code.core.connection import Connection, ConnectionState, check_step
from shared_code.core.ids import ProductUserId, TenantId
from shared_code.core.match_outcomes import (
    after_first_match,
    ground_of,
    pending_reason,
    settle,
)
from shared_code.core.matching import judge_people
from shared_code.core.organization import AuditEntry, acted_by_administrator
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.roster import verified_addresses
from shared_code.core.sweep import Loss, Sweep
from shared_code.core.sweep_guard import is_confirmed, lets_through, needs_hold, recent_losses
from shared_code.core.sweep_rhythm import CHAIN_LOST_AFTER
from shared_code.core.told import told_of_connection
from shared_code.errors import Conflict, TryLater
from shared_code.flows.collecting import RUN_FOR
from shared_code.flows.match_flow import MatchFlow
from shared_code.flows.match_plan import MatchPlan, Sightings
from shared_code.flows.personal_hints import hint_at_all_accounts
from shared_code.flows.product_users import iter_users
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, ReadMailboxes
from shared_code.ports import Clock, OrganizationRecords, Stored

MOST_LOOKED_AT_AGAIN = 500  # directory users asked for by name, one request each, in one sweep


@dataclass(frozen=True)
class Deciding(MatchFlow):
    clock: Clock

    async def run(
        self, records: OrganizationRecords, stored: Stored[Connection], tenant: TenantId, sweep: Stored[Sweep]
    ) -> Stored[Sweep]:
        """The finished cursor, or one that still decides: then a successor goes on."""
        now = self.clock.now()
        plan = await self._plan(records, stored.value, tenant, sweep.value, now)
        is_first_try = sweep.value.decided_up_to is None
        if is_first_try and self._is_held_back(plan, stored.value, sweep.value, now):
            await self._applying.write_all(o for o in plan.outcomes if o.changed.state is UserState.DISABLED)
            await self._marks.held(stored, [outcome.user.user for outcome in plan.losing], plan.connected, now)
            return await self._finish(sweep, now)
        await self._look_again(plan, stored.value, tenant, now)
        if is_first_try:
            sweep = await self._let_through(plan, sweep, now)
        written = await self._write(plan, again=not is_first_try, now=now)
        if written is None:
            return sweep
        if plan.next_state is ConnectionState.ACTIVE and stored.value.state is not ConnectionState.ACTIVE:
            await self._read_again(stored.value)
        await self._activate(stored, plan.next_state, now)
        if plan.next_state is ConnectionState.ACTIVE:
            await self._feeding.order(written.connect, now)
            await self._applying.look_up(stored.value.organization, written.look_up)
        return await self._finish(sweep, now)

    async def _plan(
        self, records: OrganizationRecords, connection: Connection, tenant: TenantId, sweep: Sweep, now: datetime
    ) -> MatchPlan:
        users = [user async for user in iter_users(self.users, connection.organization)]
        domains = {domain_of(address) for user in users for address in verified_addresses(user.value)}
        policy = records.organization.value.policy
        next_state = after_first_match(connection, policy, domains, sweep.collected_domains)
        beside = [other.value for other in records.connections]
        ground = ground_of(connection, tenant, beside, pending_reason(next_state), policy)
        trusted = frozenset(sweep.collected_domains).union(connection.confirmed_domains)
        plan = MatchPlan(ground, next_state, trusted, sweep.started_at)
        sightings = await self._sightings(sweep)
        for user in users:
            plan.add(user, sightings, now)
        return plan

    async def _sightings(self, sweep: Sweep) -> Sightings:
        batches = await self.organizations.load_batches(sweep)
        return fold(sighting for batch in batches for sighting in unpack(batch))

    def _is_held_back(self, plan: MatchPlan, connection: Connection, sweep: Sweep, now: datetime) -> bool:
        losing = len(plan.losing)
        return not lets_through(connection, losing) and needs_hold(losing, plan.connected, sweep.losses, now)

    async def _look_again(self, plan: MatchPlan, connection: Connection, tenant: TenantId, now: datetime) -> None:
        """Pages shift while they are read: whoever seems to be gone is asked for by name before they lose anything.

        Of more than can be asked for, all others keep what they have until the next sweep, unless a person has seen
        how many they are and confirmed."""
        gone = plan.gone()
        if not is_confirmed(connection):
            for place, outcome in gone[MOST_LOOKED_AT_AGAIN:]:
                plan.correct(place, outcome.user)
        for place, outcome in gone[:MOST_LOOKED_AT_AGAIN]:
            match = outcome.user.match
            person = await self.directory.find_user(tenant, match.user_id) if match else None
            if person is not None:
                verdict = judge_people(outcome.user, [person], plan.ground.connection, tenant, plan.trusted)
                plan.correct(place, settle(outcome.user, verdict, plan.ground, now))

    async def _let_through(self, plan: MatchPlan, sweep: Stored[Sweep], now: datetime) -> Stored[Sweep]:
        """From here on the guard is not asked again: a message that comes twice would count the same losses twice."""
        losses = recent_losses(sweep.value.losses, now)
        if plan.losing:
            losses = (*losses, Loss(now, len(plan.losing)))
        changed = replace(sweep.value, decided_up_to="", losses=losses, quiet_until=now + CHAIN_LOST_AFTER, attempts=0)
        return await self.organizations.save_sweep(sweep, changed)

    async def _write(self, plan: MatchPlan, *, again: bool, now: datetime) -> "_Written | None":
        """None if the time ran out before everything was written."""
        until = now + RUN_FOR
        written = _Written(plan.asked_again(now, everybody=again), plan.left_alone)
        async for applied in self._applying.write(plan.outcomes):
            written.connect.extend(applied.connect)
            written.look_up.extend(applied.overtaken)
            if self.clock.now() >= until:
                return None
        return written

    async def _read_again(self, connection: Connection) -> None:
        """If it served before, until its tenant took its trust away."""
        if connection.recovered_at is None:
            return
        order = ReadMailboxes(organization=connection.organization, connection=connection.connection)
        await self.queues.send(order, HINT_DELAY)

    async def _activate(self, stored: Stored[Connection], state: ConnectionState, now: datetime) -> None:
        connection = stored.value
        changed = replace(connection, state=state)
        entry = None
        if state is not connection.state:
            check_step(connection.state, state)
            changed = replace(changed, reason=None)
            if state is ConnectionState.ACTIVE:
                changed = replace(changed, activated_at=now, recovered_at=now)
            by = acted_by_administrator(connection.activated_by) if connection.activated_by else "orgcal"
            action = "connection.activated" if state is ConnectionState.ACTIVE else "connection.review_needed"
            entry = AuditEntry(now, action, by, str(connection.connection))
        if connection.held is not None:
            changed = replace(changed, held=None, sweep_confirmed_at=None)
        if changed == connection:
            return
        try:
            await hint_at_all_accounts(self.queues, connection, changed)
            events = told_of_connection(connection, changed, now)
            await self.organizations.save_connection(stored, changed, entry, events)
        except Conflict as error:
            raise TryLater(f"connection {connection.connection} moved on while its users were matched") from error
        say("connection_decided", connection=connection.connection, state=state, tenant=connection.tenant)

    async def _finish(self, sweep: Stored[Sweep], now: datetime) -> Stored[Sweep]:
        value = sweep.value
        changed = replace(
            value,
            phase="idle",
            batches=0,
            decided_up_to=None,
            attempts=0,
            quiet_until=None,
            proven_domains=value.collected_domains,
            finished_at=now,
            asked_again_at=now,
        )
        finished = await self.organizations.save_sweep(sweep, changed)
        if value.batches:
            await self.organizations.drop_batches(value.organization, value.connection, None)
        say("sweep_finished", connection=value.connection, sweep=value.sweep, directory_users=value.directory_users)
        return finished


@dataclass
class _Written:
    connect: list[ProductUser]
    look_up: list[ProductUserId]
