"""What is written on a connection when the tenant, or the guard, says stop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import SWEEPING, Connection, ConnectionState, HeldSweep, check_step
from shared_code.core.ids import ProductUserId
from shared_code.core.organization import AuditEntry
from shared_code.core.sweep_guard import is_confirmed
from shared_code.core.told import told_of_connection
from shared_code.errors import Conflict, Disconnected, Throttled
from shared_code.flows.personal_hints import hint_at_all_accounts
from shared_code.flows.tenant_pause import pause_tenant
from shared_code.logs import say, warn
from shared_code.ports import Organizations, Queues, Stored

MOST_NAMED = 100  # of those who would lose their calendar


@dataclass(frozen=True)
class MarkConnection:
    """A mark is not worth a quarrel: if the connection moved on meanwhile, the next look sets it, if still true."""

    organizations: Organizations
    queues: Queues

    async def disconnected(self, stored: Stored[Connection], error: Disconnected, now: datetime) -> None:
        """The tenant no longer trusts this deployment. Until a grant was seen, the grant check has its own patience."""
        connection = stored.value
        warn("directory_refused", connection=connection.connection, tenant=connection.tenant, reason=error.reason)
        awaits_grant = connection.state is ConnectionState.VERIFYING and connection.grant_next_at is not None
        if connection.state not in SWEEPING or awaits_grant:
            return
        await self.attention(stored, error.reason, now)

    async def attention(
        self, stored: Stored[Connection], reason: str, now: datetime, look_again_at: datetime | None = None
    ) -> None:
        """From now on nobody is served through it and nothing is asked of its tenant but, by the hour, the grant;
        first at ``look_again_at``, or at the connection's next turn."""
        connection = stored.value
        check_step(connection.state, ConnectionState.ATTENTION)
        changed = replace(
            connection,
            state=ConnectionState.ATTENTION,
            reason=str(reason),
            grant_next_at=look_again_at,
            doubted_at=None,
        )
        entry = AuditEntry(now, "connection.attention_needed", "orgcal", str(connection.connection), detail=str(reason))
        if not await self._save(stored, changed, entry):
            return
        # Behind the commit: as many try as there are reads under way, and for each that loses everybody would be walked
        # through. A hint that is lost here is made good by the daily look.
        await hint_at_all_accounts(self.queues, connection, changed)
        warn("connection_attention", connection=connection.connection, tenant=connection.tenant, reason=reason)

    async def throttled(self, stored: Stored[Connection], error: Throttled, now: datetime) -> None:
        """A limit of the whole tenant holds for its mailboxes as well."""
        if not error.whole_tenant or error.retry_after is None:
            return
        not_before = now + error.retry_after
        if stored.value.not_before is None or stored.value.not_before < not_before:
            await pause_tenant(self.organizations, stored, not_before)

    async def held(
        self, stored: Stored[Connection], people: Sequence[ProductUserId], connected: int, now: datetime
    ) -> None:
        """Kept back until a person confirms; said once, however often the same sweep is tried, unless it grows."""
        connection, losing = stored.value, len(people)
        say("sweep_held", connection=connection.connection, losing=losing, connected=connected)
        held = connection.held
        if held is not None and not is_confirmed(connection) and losing <= held.losing:
            return
        named = HeldSweep(now, losing, connected, tuple(people[:MOST_NAMED]))
        changed = replace(connection, held=named, sweep_confirmed_at=None)
        detail = f"losing={losing} connected={connected}"
        entry = AuditEntry(now, "sweep.held", "orgcal", str(connection.connection), detail=detail)
        await self._save(stored, changed, entry)

    async def _save(self, stored: Stored[Connection], changed: Connection, entry: AuditEntry) -> bool:
        try:
            events = told_of_connection(stored.value, changed, entry.at)
            await self.organizations.save_connection(stored, changed, entry, events)
        except Conflict:
            say("connection_moved_on", connection=changed.connection)
            return False
        return True
