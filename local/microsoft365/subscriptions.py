"""Subscriptions to changes of mailboxes, as Graph keeps them.

learn.microsoft.com/graph/api/resources/subscription
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from local.microsoft365.settings import Settings

type Act = Literal["created", "renewed", "reauthorized", "told"]
REMIND_EVERY = timedelta(minutes=15)
"""How often reauthorizationRequired comes again (learn.microsoft.com/graph/change-notifications-lifecycle-events)."""


@dataclass(slots=True)
class Subscription:
    """``tenant``, ``user`` and ``app`` are ids; ``resource`` and ``change_type`` as they were written by the app.

    ``is_delegated``: it rests on what a person, who is then its creator, may see, and not on the app's own roles.
    ``token_expires_at``: until when the access token behind it lets notifications through.
    """

    id: str
    tenant: str
    user: str
    app: str
    creator_id: str
    resource: str
    change_type: str
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    tls_version: str
    expires_at: datetime
    token_expires_at: datetime
    immutable_ids: bool
    is_delegated: bool = False
    acts: list[tuple[datetime, Act]] = field(default_factory=list)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(each.strip().lower() for each in self.change_type.split(","))

    def wants_what(self, change_type: str, resource: str) -> bool:
        """The same app's subscription to the same changes of the same resource, however both are spelled."""
        kinds = frozenset(each.strip().lower() for each in change_type.split(","))
        return self.kinds == kinds and _folded(self.resource) == _folded(resource)

    def remind_at(self, settings: Settings) -> datetime:
        """When reauthorizationRequired is due next: near the end of token or subscription, then repeatedly."""
        notice = timedelta(seconds=settings.reauthorization_notice_seconds)
        near_the_end = min(self.token_expires_at, self.expires_at) - notice
        told = next((at for at, act in reversed(self.acts) if act == "told"), None)
        return near_the_end if told is None else max(near_the_end, told + REMIND_EVERY)

    def looks_up_at(self, settings: Settings) -> datetime:
        """The next instant at which time alone does something to it."""
        return self.expires_at if self.lifecycle_url is None else min(self.expires_at, self.remind_at(settings))


class Subscriptions:
    """All of them, by id and by mailbox, with the earliest instant at which one needs a look."""

    def __init__(self) -> None:
        self._by_id: dict[str, Subscription] = {}
        self._by_mailbox: dict[tuple[str, str], dict[str, Subscription]] = {}
        self.next_look_at: datetime | None = None

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._by_id.values()))

    def find(self, subscription_id: str) -> Subscription | None:
        return self._by_id.get(subscription_id)

    def of_mailbox(self, tenant: str, user: str) -> list[Subscription]:
        return list(self._by_mailbox.get((tenant, user), {}).values())

    def put(self, subscription: Subscription, settings: Settings) -> None:
        """Add it, or take note that its times have changed."""
        self._by_id[subscription.id] = subscription
        self._by_mailbox.setdefault((subscription.tenant, subscription.user), {})[subscription.id] = subscription
        self.look_at(subscription.looks_up_at(settings))

    def remove(self, subscription: Subscription) -> None:
        self._by_id.pop(subscription.id, None)
        self._by_mailbox.get((subscription.tenant, subscription.user), {}).pop(subscription.id, None)

    def look_at(self, instant: datetime) -> None:
        self.next_look_at = instant if self.next_look_at is None else min(self.next_look_at, instant)


def _folded(resource: str) -> str:
    return resource.strip("/").lower()
