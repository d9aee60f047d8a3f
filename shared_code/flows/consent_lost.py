"""What the answer of one mailbox says of the whole tenant: nothing for sure, but it is a reason to look.

Thousands of mailboxes meet it at once when a tenant closes them: the first one writes, all others find it written.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.grant import may_be_doubted, needs_look
from shared_code.errors import Conflict, Disconnected
from shared_code.flows.connection_marks import MarkConnection
from shared_code.logs import say
from shared_code.messages import CheckGrant
from shared_code.ports import Organizations, Queues, Stored

TRIES = 3


@dataclass(frozen=True)
class ConsentLost:
    organizations: Organizations
    queues: Queues

    async def disconnected(self, stored: Stored[Connection], error: Disconnected, now: datetime) -> None:
        """The tenant no longer trusts this deployment: nothing more is asked of it."""
        if stored.value.state is ConnectionState.ACTIVE:
            await MarkConnection(self.organizations, self.queues).attention(stored, error.reason, now)

    async def refused(self, stored: Stored[Connection], now: datetime) -> None:
        """A mailbox that was open is shut: for its own sake, or with all others? A look at the grant tells.

        Looks are a quarter of an hour apart; by what is written here the timer orders one that must wait, or was lost.
        """
        doubted = await self._doubt(stored, now)
        if doubted is not None and needs_look(doubted, now):
            await self.queues.send(CheckGrant(organization=doubted.organization, connection=doubted.connection))

    async def _doubt(self, stored: Stored[Connection] | None, now: datetime) -> Connection | None:
        """The connection as it was written; None if nothing was to be written."""
        for _ in range(TRIES):
            if stored is None or not may_be_doubted(stored.value):
                return None
            try:
                changed = replace(stored.value, doubted_at=now)
                doubted = (await self.organizations.save_connection(stored, changed)).value
            except Conflict:
                records = await self.organizations.find(stored.value.organization)
                stored = records.connection(stored.value.connection) if records is not None else None
                continue
            say("connection_doubted", connection=doubted.connection, tenant=doubted.tenant)
            return doubted
        return None  # whoever is refused next writes it
