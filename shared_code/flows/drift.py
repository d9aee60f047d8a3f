"""A change that the safety net caught and that nobody told: counted, because it should never happen.

Of an organisation's mailbox the daily walk sees whether Graph still has its subscription. Of a person's own account
nobody is shown that but themself, and no ``subscriptionRemoved`` may come either (recorded after new passwords, and of
Outlook.com altogether: microsoftgraph/microsoft-graph-docs#12762, #10449): so what was untold has it looked after.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.sync_rules import CALM
from shared_code.errors import Conflict
from shared_code.flows.subscribing import keep_order
from shared_code.logs import warn
from shared_code.mailbox_ports import Mailboxes
from shared_code.messages import ConfirmDrift
from shared_code.ports import Queues


@dataclass(frozen=True)
class Drift:
    mailboxes: Mailboxes
    queues: Queues

    async def confirm(self, message: ConfirmDrift, now: datetime) -> None:
        """Count it, unless a notification has come meanwhile."""
        mailbox = await self.mailboxes.find(message.mailbox)
        if mailbox is None or mailbox.lease.value.suspected_at != message.found_at:
            return
        if mailbox.lease.value.is_held(now):
            await self.queues.send(message, CALM)
            return
        try:
            await self.mailboxes.save_lease(mailbox.lease, replace(mailbox.lease.value, suspected_at=None))
        except Conflict:
            await self.queues.send(message, CALM)
            return
        if message.mailbox.is_personal:
            await self.queues.send(keep_order(message.mailbox, now, "recovered"))
        warn("drift", mailbox=message.mailbox, found_at=message.found_at.isoformat(), after=now - message.found_at)
