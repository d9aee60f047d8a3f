"""Subscriptions at Graph that nobody has noted, and links that no user of the organisation holds any more.

Only what speaks to both of our addresses is ours to delete, and only if the mailbox's record leaves no doubt; the order
to delete looks at the record once more. Whatever else is there ends by itself within a week.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, TenantId, UserId
from shared_code.core.mended import Damage
from shared_code.core.repair import SETTLING, has_better, is_settled
from shared_code.core.sync_rules import holds
from shared_code.flows.mailbox_release import release_of
from shared_code.flows.mending import Remedy
from shared_code.flows.subscribing import drop_order
from shared_code.mailbox_ports import Mailboxes, StoredMailbox
from shared_code.ports import ProductUsers
from shared_code.subscription_ports import GivenSubscription, Subscriptions


@dataclass(frozen=True)
class AtGraph:
    """What speaks to us of one mailbox."""

    mailbox: MailboxKey
    given: tuple[GivenSubscription, ...]


@dataclass(frozen=True)
class StraySubscriptions:
    users: ProductUsers
    mailboxes: Mailboxes
    organization: OrganizationId
    now: datetime

    async def examine(self, at_graph: AtGraph) -> Sequence[Remedy]:
        mailbox = await self.mailboxes.find(at_graph.mailbox)
        if mailbox is not None and self._is_others(mailbox):
            return ()  # their own walk finds it, and nobody else is to learn of them
        strays = [
            Remedy(Damage.STRAY, drop_order(at_graph.mailbox, given, self.now))
            for given in self._superfluous(mailbox, at_graph.given)
            if is_settled(given.expires_at, self.now)
        ]
        return [*strays, *await self._left_links(mailbox)]

    def _is_others(self, mailbox: StoredMailbox) -> bool:
        """Whether only other organizations have links to it."""
        return bool(mailbox.links) and all(link.value.key.organization != self.organization for link in mailbox.links)

    def _superfluous(
        self, mailbox: StoredMailbox | None, given: Sequence[GivenSubscription]
    ) -> Sequence[GivenSubscription]:
        if mailbox is None:
            return given
        lease = mailbox.lease.value
        if not has_better(lease, [each.subscription for each in given], self.now):
            return ()
        return [
            each for each in given if lease.subscription is None or each.subscription != lease.subscription.subscription
        ]

    async def _left_links(self, mailbox: StoredMailbox | None) -> list[Remedy]:
        links = mailbox.links if mailbox is not None else ()
        ours = [link.value.key for link in links if link.value.key.organization == self.organization]
        return [Remedy(Damage.LINK, release_of(key)) for key in ours if await self._is_left(key)]

    async def _is_left(self, key: LinkKey) -> bool:
        user = await self.users.find(key.organization, key.user)
        if user is None:
            return True
        return not holds(user.value, key.mailbox) and self.now - user.value.changed_at >= SETTLING


def by_mailbox(
    tenant: TenantId, listed: Sequence[GivenSubscription], subscriptions: Subscriptions, after: str | None
) -> list[AtGraph]:
    """In the order of the users' ids, from the one behind ``after`` on."""
    grouped: dict[UserId, list[GivenSubscription]] = {}
    for each in listed:
        if each.user_id is not None and subscriptions.is_ours(each) and (after is None or each.user_id > after):
            grouped.setdefault(each.user_id, []).append(each)
    return [
        AtGraph(MailboxKey("organizations", tenant, user_id), tuple(given))
        for user_id, given in sorted(grouped.items())
    ]
