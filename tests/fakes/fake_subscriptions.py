"""Subscriptions in memory: one a mailbox, with ids that are never used twice."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from shared_code.core.ids import MailboxKey, TenantId
from shared_code.errors import Gone, Occupied
from shared_code.subscription_ports import GivenSubscription
from tests.fakes.script import Script

NOTIFICATIONS = "https://app.example/graph/notifications"
LIFECYCLE = "https://app.example/graph/lifecycle"


@dataclass
class FakeSubscriptions:
    """Behind the ``Subscriptions`` port. ``live`` may be changed as Graph, or somebody else, would change it."""

    script: Script = field(default_factory=Script)
    live: dict[MailboxKey, GivenSubscription] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    async def create(self, mailbox: MailboxKey, client_state: str, expires_at: datetime) -> GivenSubscription:
        self.script.enter("create", str(mailbox))
        if mailbox in self.live:
            raise Occupied(f"{mailbox} is subscribed to", self.live[mailbox].subscription)
        name = f"subscription-{next(self._ids)}"
        self.live[mailbox] = GivenSubscription(name, expires_at, NOTIFICATIONS, LIFECYCLE, client_state)
        return self.live[mailbox]

    async def read(self, tenant: TenantId, subscription: str) -> GivenSubscription:
        self.script.enter("read", tenant, subscription)
        return self.live[self._find(tenant, subscription)]

    async def renew(self, tenant: TenantId, subscription: str, expires_at: datetime) -> datetime:
        self.script.enter("renew", tenant, subscription)
        mailbox = self._find(tenant, subscription)
        self.live[mailbox] = replace(self.live[mailbox], expires_at=expires_at)
        return expires_at

    async def delete(self, tenant: TenantId, subscription: str) -> None:
        self.script.enter("delete", tenant, subscription)
        del self.live[self._find(tenant, subscription)]

    def is_ours(self, given: GivenSubscription) -> bool:
        return (given.notification_url, given.lifecycle_url) == (NOTIFICATIONS, LIFECYCLE)

    def _find(self, tenant: TenantId, subscription: str) -> MailboxKey:
        for mailbox, given in self.live.items():
            if mailbox.tenant == tenant and given.subscription == subscription:
                return mailbox
        raise Gone(f"no subscription {subscription}")
