"""Subscriptions in memory: one a mailbox, with ids that are never used twice."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count

from shared_code.core.ids import LinkKey, MailboxKey, Through, tenant_of
from shared_code.errors import Gone, Occupied
from shared_code.subscription_ports import GivenSubscription
from tests.fakes.fake_calendars import said
from tests.fakes.script import Script

NOTIFICATIONS = "https://app.example/graph/notifications"
LIFECYCLE = "https://app.example/graph/lifecycle"


@dataclass
class FakeSubscriptions:
    """Behind the ``Subscriptions`` port. ``live`` may be changed as Graph, or somebody else, would change it;
    ``beside`` are those that Graph let in although there was one already."""

    script: Script = field(default_factory=Script)
    live: dict[MailboxKey, GivenSubscription] = field(default_factory=dict)
    beside: dict[MailboxKey, list[GivenSubscription]] = field(default_factory=dict)
    names_the_one_in_the_way: bool = True
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    async def create(self, link: LinkKey, client_state: str, expires_at: datetime) -> GivenSubscription:
        mailbox = link.mailbox
        self.script.enter("create", str(mailbox), said(link))
        if mailbox in self.live:
            taken_by = self.live[mailbox].subscription if self.names_the_one_in_the_way else None
            raise Occupied(f"{mailbox} is subscribed to", taken_by)
        name = f"subscription-{next(self._ids)}"
        given = GivenSubscription(name, expires_at, NOTIFICATIONS, LIFECYCLE, client_state, mailbox.user_id)
        self.live[mailbox] = given
        return given

    def add_beside(self, mailbox: MailboxKey, expires_at: datetime) -> GivenSubscription:
        """One more of ours, whoever made it."""
        name = f"subscription-{next(self._ids)}"
        given = GivenSubscription(name, expires_at, NOTIFICATIONS, LIFECYCLE, "said", mailbox.user_id)
        self.beside.setdefault(mailbox, []).append(given)
        return given

    async def read(self, through: Through, subscription: str) -> GivenSubscription:
        self.script.enter("read", *_said(through), subscription)
        return self._find(through, subscription)[1]

    async def list(self, through: Through) -> tuple[GivenSubscription, ...]:
        self.script.enter("list", *_said(through))
        return tuple(replace(given, client_state=None) for mailbox, given in self._seen(through))

    async def renew(self, through: Through, subscription: str, expires_at: datetime) -> datetime:
        self.script.enter("renew", *_said(through), subscription)
        mailbox, given = self._find(through, subscription)
        self.live[mailbox] = replace(given, expires_at=expires_at)
        return expires_at

    async def delete(self, through: Through, subscription: str) -> None:
        self.script.enter("delete", *_said(through), subscription)
        mailbox, given = self._find(through, subscription)
        if self.live.get(mailbox) is given:
            del self.live[mailbox]
        else:
            self.beside[mailbox].remove(given)

    def is_ours(self, given: GivenSubscription) -> bool:
        return (given.notification_url, given.lifecycle_url) == (NOTIFICATIONS, LIFECYCLE)

    def _all(self) -> Sequence[tuple[MailboxKey, GivenSubscription]]:
        beside = [(mailbox, given) for mailbox, several in self.beside.items() for given in several]
        return [*self.live.items(), *beside]

    def _seen(self, through: Through) -> Sequence[tuple[MailboxKey, GivenSubscription]]:
        """A person sees their own, an app those that it made in the tenant."""
        if isinstance(through, LinkKey) and through.mailbox.is_personal:
            return [each for each in self._all() if each[0] == through.mailbox]
        tenant = tenant_of(through)
        return [each for each in self._all() if each[0].tenant == tenant and not each[0].is_personal]

    def _find(self, through: Through, subscription: str) -> tuple[MailboxKey, GivenSubscription]:
        for mailbox, given in self._seen(through):
            if given.subscription == subscription:
                return mailbox, given
        raise Gone(f"no subscription {subscription}")


def _said(through: Through) -> tuple[str, ...]:
    return (tenant_of(through), said(through)) if isinstance(through, LinkKey) else (through,)
