"""Notifications become orders to read: whose client_state does not hold is dropped, each mailbox is read once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import MailboxKey
from shared_code.core.notices import Notice, calls_for_reading, occasion_of
from shared_code.core.personal_account import CONSUMERS
from shared_code.errors import Forged
from shared_code.flows.subscribing import keep_order
from shared_code.logs import say, warn
from shared_code.messages import KeepSubscription, sync_order
from shared_code.ports import Queues
from shared_code.subscription_ports import ClientStates


@dataclass(frozen=True)
class Notified:
    states: ClientStates
    queues: Queues

    async def take(self, notices: Sequence[Notice], now: datetime) -> None:
        """One order a mailbox, whatever was told of it and how often. TryLater if the queue refused one: Graph then
        tells all of it again, and no table was asked."""
        mailboxes = [self._mailbox_of(notice) for notice in notices]
        told = list(zip(notices, mailboxes, strict=True))
        to_read = Counter(mailbox for notice, mailbox in told if mailbox is not None and calls_for_reading(notice))
        tell = warn if None in mailboxes else say
        tell(
            "notifications_taken",
            items=len(notices),
            dropped=mailboxes.count(None),
            lifecycle=_lifecycle(told),
            mailboxes=len(to_read),
        )
        orders = [sync_order(mailbox, now, "notified", several=times > 1) for mailbox, times in to_read.items()]
        await self.queues.send_many([*orders, *_lifecycle_orders(told, now)])

    def _mailbox_of(self, notice: Notice) -> MailboxKey | None:
        """The mailbox that a notice is about, None if nobody vouches for it. Of Outlook.com's accounts Graph names no
        tenant (recorded, microsoftgraph/microsoft-graph-docs#3055), and Exchange's is another than Entra's."""
        try:
            mailbox = self.states.read(notice.client_state or "").mailbox
        except Forged:
            return None
        return mailbox if mailbox.tenant in {notice.tenant, CONSUMERS} else None


def _lifecycle(told: Sequence[tuple[Notice, MailboxKey | None]]) -> int | None:
    """How many were about subscriptions; None, which is not logged, if none was."""
    return sum(1 for notice, mailbox in told if mailbox is not None and notice.lifecycle is not None) or None


def _lifecycle_orders(told: Sequence[tuple[Notice, MailboxKey | None]], now: datetime) -> list[KeepSubscription]:
    """One a subscription and occasion."""
    orders = [
        keep_order(mailbox, now, occasion, notice.subscription)
        for notice, mailbox in told
        if mailbox is not None and (occasion := occasion_of(notice)) is not None
    ]
    return list(dict.fromkeys(orders))
