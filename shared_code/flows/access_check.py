"""Something that was open is shut, though the connection serves: is it one mailbox, or the whole tenant?"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.consent import LOOK_AGAIN_EVERY, READ_DIRECTORY, USE_CALENDARS
from shared_code.core.grant import Look, may_recover, verdict
from shared_code.core.ids import TenantId
from shared_code.core.trouble import Trouble
from shared_code.errors import Conflict, Disconnected, TryLater
from shared_code.flows.connection_marks import MarkConnection
from shared_code.flows.probing import Probing
from shared_code.logs import say
from shared_code.messages import ReadMailboxes
from shared_code.ports import Authority, Grant, Organizations, Queues, Stored


@dataclass(frozen=True)
class AccessCheck:
    organizations: Organizations
    authority: Authority
    probing: Probing
    queues: Queues

    async def run(self, stored: Stored[Connection], tenant: TenantId, now: datetime) -> None:
        """Look at a fresh token and at up to five mailboxes; what is not sure is looked at again by the timer."""
        connection = stored.value
        try:
            grant = await self.authority.read_grant(tenant)
        except TryLater as error:
            say("access_not_seen", connection=connection.connection, error=type(error).__name__)
            return
        except Disconnected as error:
            await self._stop(stored, error.reason, now)
            return
        if READ_DIRECTORY not in grant.roles:
            await self._stop(stored, Trouble.ROLES_MISSING, now)
        elif not may_recover(connection, grant.service_principal):
            await self._stop(stored, Trouble.CONSENT_IS_ANOTHER, now)
        else:
            await self._judge(stored, grant, now)

    async def _judge(self, stored: Stored[Connection], grant: Grant, now: datetime) -> None:
        look = await self.probing.look(stored.value, now)
        trouble = verdict(stored.value, grant.roles, look)
        if trouble is not None:
            await self._stop(stored, trouble, now)
            return
        if look.calls_for_everybody:
            order = ReadMailboxes(organization=stored.value.organization, connection=stored.value.connection)
            await self.queues.send(order)
        await self._note(stored, grant, look, now)

    async def _note(self, stored: Stored[Connection], grant: Grant, look: Look, now: datetime) -> None:
        """The doubt stays until a mailbox opened, or none was refused."""
        is_settled = look.opened > 0 or not (look.refused or look.unsure)
        changed = replace(
            stored.value,
            looked_at=now,
            doubted_at=None if is_settled else stored.value.doubted_at,
            service_principal=grant.service_principal,
        )
        if look.opened:
            has_role = USE_CALENDARS in grant.roles
            is_scoped = stored.value.scoped_by_exchange or not has_role
            changed = replace(changed, calendars_granted=has_role, scoped_by_exchange=is_scoped)
        try:
            await self.organizations.save_connection(stored, changed)
        except Conflict:
            say("connection_moved_on", connection=changed.connection)
        say("access_seen", connection=changed.connection, opened=look.opened, refused=look.refused, unsure=look.unsure)

    async def _stop(self, stored: Stored[Connection], reason: str, now: datetime) -> None:
        marks = MarkConnection(self.organizations, self.queues)
        await marks.attention(stored, reason, now, look_again_at=now + LOOK_AGAIN_EVERY)
