"""Has the consent reached the tenant? Asked again and again, for a day, without ever sleeping."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.connection import Connection, ConnectionState, check_step
from shared_code.core.consent import (
    GRANT_PATIENCE,
    LOOK_AGAIN_EVERY,
    READ_DIRECTORY,
    USE_CALENDARS,
    next_grant_check,
)
from shared_code.core.grant import KNOWN_GOOD, may_recover, needs_grant_check, needs_look, recovered
from shared_code.core.ids import TenantId
from shared_code.core.organization import AuditEntry
from shared_code.core.told import told_of_connection
from shared_code.core.trouble import Trouble
from shared_code.errors import Disconnected, TryLater
from shared_code.flows.access_check import AccessCheck
from shared_code.flows.personal_hints import hint_at_all_accounts
from shared_code.flows.probing import Probing
from shared_code.logs import say, warn
from shared_code.messages import HINT_DELAY, CheckGrant, ReadMailboxes, SweepUsers
from shared_code.ports import Authority, Calendars, Grant, Organizations, ProductUsers, Queues, Stored

AFTER_A_FAULT = timedelta(seconds=30)


@dataclass(frozen=True)
class GrantCheck:
    organizations: Organizations
    users: ProductUsers
    authority: Authority
    calendars: Calendars
    queues: Queues

    async def run(self, message: CheckGrant, now: datetime) -> None:
        """Look once; begin the first match, or come again later."""
        records = await self.organizations.find(message.organization)
        stored = records.connection(message.connection) if records else None
        if stored is None or stored.value.tenant is None or not needs_grant_check(stored.value, now):
            return  # seen already, or another message has just looked: two chains become one
        if needs_look(stored.value, now):
            await self._access_check.run(stored, stored.value.tenant, now)
            return
        if stored.value.state in KNOWN_GOOD:
            await self._learn_principal(stored, stored.value.tenant)
            return
        try:
            grant = await self.authority.read_grant(stored.value.tenant)
        except TryLater as error:
            await self._wait(stored, error.retry_after or AFTER_A_FAULT, "microsoft_unavailable", now)
            return
        except Disconnected as error:
            await self._not_yet(stored, error.reason, now)
            return
        await self._judge(stored, grant, now)

    @property
    def _probing(self) -> Probing:
        return Probing(self.users, self.calendars)

    @property
    def _access_check(self) -> AccessCheck:
        return AccessCheck(self.organizations, self.authority, self._probing, self.queues)

    async def _learn_principal(self, stored: Stored[Connection], tenant: TenantId) -> None:
        """The connection serves, so a refusal here decides nothing: the directory's next round says more."""
        try:
            grant = await self.authority.read_grant(tenant)
        except (TryLater, Disconnected) as error:
            say("grant_not_read", connection=stored.value.connection, error=type(error).__name__)
            return
        if READ_DIRECTORY in grant.roles:
            known = replace(stored.value, service_principal=grant.service_principal)
            await self.organizations.save_connection(stored, known)

    async def _judge(self, stored: Stored[Connection], grant: Grant, now: datetime) -> None:
        seen = replace(stored.value, service_principal=grant.service_principal)
        if READ_DIRECTORY not in grant.roles:
            await self._not_yet(stored, Trouble.ROLES_MISSING, now)
        elif not may_recover(stored.value, grant.service_principal):
            await self._not_yet(stored, Trouble.CONSENT_IS_ANOTHER, now)
        elif USE_CALENDARS in grant.roles:
            await self._judge_unscoped(stored, replace(seen, calendars_granted=True), now)
        elif (await self._probing.look_at_anybody(stored.value, now)).opened:
            await self._granted(stored, replace(seen, calendars_granted=False, scoped_by_exchange=True), now)
        else:
            # The directory may be read, so the match can run and tell which mailboxes to try next time.
            await self._send_sweep(stored.value)
            await self._not_yet(stored, Trouble.CALENDARS_NOT_GRANTED, now)

    async def _judge_unscoped(self, stored: Stored[Connection], granted: Connection, now: datetime) -> None:
        """Roles alone do not bring back a connection whose mailboxes were refused in spite of them."""
        if stored.value.reason == Trouble.ALL_MAILBOXES_REFUSED:
            look = await self._probing.look_at_anybody(stored.value, now)
            if not look.opened and (look.refused or look.unsure):
                await self._not_yet(stored, Trouble.ALL_MAILBOXES_REFUSED, now)
                return
        await self._granted(stored, granted, now)

    async def _granted(self, stored: Stored[Connection], changed: Connection, now: datetime) -> None:
        entry = None
        if changed.state is ConnectionState.ATTENTION:
            changed = recovered(changed, now)
            entry = AuditEntry(now, "connection.recovered", "orgcal", changed.connection, detail=changed.state)
            order = ReadMailboxes(organization=changed.organization, connection=changed.connection)
            await self.queues.send(order, HINT_DELAY)
        await self._send_sweep(changed)
        served = replace(changed, grant_next_at=None, reason=None)
        await hint_at_all_accounts(self.queues, stored.value, served)
        events = told_of_connection(stored.value, served, now)
        await self.organizations.save_connection(stored, served, entry, events)
        say("grant_seen", connection=changed.connection, state=changed.state, scoped=changed.scoped_by_exchange)

    async def _send_sweep(self, connection: Connection) -> None:
        await self.queues.send(SweepUsers(organization=connection.organization, connection=connection.connection))

    async def _not_yet(self, stored: Stored[Connection], reason: str, now: datetime) -> None:
        connection = stored.value
        delay = next_grant_check(connection.grant_attempts + 1, connection.verifying_since or now, now)
        if connection.state is ConnectionState.VERIFYING and reason == "credential_refused":
            await self._give_up(stored, reason, now)
        else:
            await self._wait(stored, delay or LOOK_AGAIN_EVERY, reason, now)

    async def _wait(self, stored: Stored[Connection], delay: timedelta, reason: str, now: datetime) -> None:
        """Come again after ``delay``; one who needs attention is come back to by the timer, without a message."""
        connection = stored.value
        if connection.state is ConnectionState.ATTENTION:
            again = replace(connection, grant_next_at=now + LOOK_AGAIN_EVERY)
        elif now - (connection.verifying_since or now) >= GRANT_PATIENCE:
            await self._give_up(stored, "grant_not_seen", now)
            return
        else:
            attempts = connection.grant_attempts + 1
            again = replace(connection, grant_attempts=attempts, grant_next_at=now + delay, reason=reason)
            order = CheckGrant(organization=connection.organization, connection=connection.connection)
            await self.queues.send(order, delay)
        await self.organizations.save_connection(stored, again)
        say("grant_not_seen_yet", connection=connection.connection, attempt=again.grant_attempts, reason=reason)

    async def _give_up(self, stored: Stored[Connection], reason: str, now: datetime) -> None:
        check_step(stored.value.state, ConnectionState.ATTENTION)
        again_at = now + LOOK_AGAIN_EVERY
        changed = replace(stored.value, state=ConnectionState.ATTENTION, reason=reason, grant_next_at=again_at)
        entry = AuditEntry(now, "connection.attention_needed", "orgcal", changed.connection, detail=reason)
        events = told_of_connection(stored.value, changed, now)
        await self.organizations.save_connection(stored, changed, entry, events)
        warn("connection_attention", connection=changed.connection, reason=reason)
