"""Microsoft has refused something outside the mailbox's own read, which alone writes down what that means."""

from datetime import datetime

from shared_code.core.ids import MailboxKey
from shared_code.errors import Disconnected, NoMailbox, Refused, TryLater
from shared_code.logs import warn
from shared_code.messages import sync_order
from shared_code.ports import Queues

SHUT = (Disconnected, Refused, NoMailbox)  # a mailbox, a whole tenant or an account may be, and for long


async def find_out(queues: Queues, mailbox: MailboxKey, now: datetime) -> None:
    """Order that read. Whoever was refused answers so either way, also while the order cannot be sent."""
    try:
        await queues.send(sync_order(mailbox, now, "interactive"))
    except TryLater:
        warn("read_not_ordered", mailbox=mailbox)
