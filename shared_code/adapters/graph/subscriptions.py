"""The ``Subscriptions`` port over Microsoft Graph.

https://learn.microsoft.com/graph/api/resources/subscription (2026-09). Bodies are written here and not by the SDK's
model, which adds properties of web push that Graph refuses for webhooks.
"""

import re
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.http import Asked, Question
from shared_code.core.ids import LinkKey, MailboxKey, Through, UserId
from shared_code.subscription_ports import GivenSubscription

CHANGES = "created,updated,deleted"
# Ids in notifications are of the kind that was asked for here. https://learn.microsoft.com/graph/outlook-immutable-id
_PREFER = {"Prefer": 'IdType="ImmutableId"'}


class WireSubscription(msgspec.Struct, rename="camel"):
    id: str
    resource: str
    notification_url: str
    expiration_date_time: datetime
    lifecycle_notification_url: str | None = None
    client_state: str | None = None

    def read(self, through: Through) -> GivenSubscription:
        return GivenSubscription(
            self.id,
            self.expiration_date_time.astimezone(UTC),
            self.notification_url,
            self.lifecycle_notification_url,
            self.client_state,
            _whose_events(self.resource, through),
        )


class WirePage(msgspec.Struct):
    value: list[WireSubscription]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)


class Warmth(Protocol):
    """Of our own addresses, which Graph is about to call."""

    async def warm(self) -> None: ...


class GraphSubscriptions:
    """``base_url`` is this deployment's, to which Graph posts; without ``warmth`` it is warm already."""

    def __init__(self, client: GraphClient, base_url: str, warmth: Warmth | None = None) -> None:
        self._client = client
        self._warmth = warmth
        self.notification_url, self.lifecycle_url = addresses_of(base_url)

    async def create(self, link: LinkKey, client_state: str, expires_at: datetime) -> GivenSubscription:
        """Graph shakes hands with both addresses before it answers."""
        if self._warmth is not None:
            await self._warmth.warm()
        wish = {
            "changeType": CHANGES,
            "notificationUrl": self.notification_url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "resource": _resource(link.mailbox),
            "expirationDateTime": _instant(expires_at),
            "clientState": client_state,
            "latestSupportedTlsVersion": "v1_2",
        }
        request = _writing(Method.POST, self._client.builders.subscriptions, wish)
        request.headers.add_all(_PREFER)
        question = Question(link, Asked.SUBSCRIBING, f"{link.mailbox}, subscribing")
        return (await self._client.send(question, request, WireSubscription)).read(link)

    async def read(self, through: Through, subscription: str) -> GivenSubscription:
        request = self._one(subscription).to_get_request_information()
        return (await self._client.send(_question(through, subscription), request, WireSubscription)).read(through)

    async def list(self, through: Through) -> tuple[GivenSubscription, ...]:
        question = Question(through, Asked.SUBSCRIPTION, f"{_place(through)}, all subscriptions")
        request = self._client.builders.subscriptions.to_get_request_information()
        page = await self._client.send(question, request, WirePage)
        found = [*page.value]
        while page.next_link is not None:
            page = await self._client.follow(question, page.next_link, WirePage)
            found += page.value
        return tuple(one.read(through) for one in found)

    async def renew(self, through: Through, subscription: str, expires_at: datetime) -> datetime:
        request = _writing(Method.PATCH, self._one(subscription), {"expirationDateTime": _instant(expires_at)})
        renewed = await self._client.send(_question(through, subscription), request, WireSubscription)
        return renewed.read(through).expires_at

    async def delete(self, through: Through, subscription: str) -> None:
        request = self._one(subscription).to_delete_request_information()
        await self._client.tell(_question(through, subscription), request)

    def is_ours(self, given: GivenSubscription) -> bool:
        return (given.notification_url, given.lifecycle_url) == (self.notification_url, self.lifecycle_url)

    def _one(self, subscription: str) -> Any:
        return self._client.builders.subscriptions.by_subscription_id(subscription)


def addresses_of(base_url: str) -> tuple[str, str]:
    """Where Graph posts: what changed, and what becomes of subscriptions."""
    return f"{base_url}/graph/notifications", f"{base_url}/graph/lifecycle"


# As it was written by whoever subscribed: with or without a slash, and in any case.
_EVENTS = re.compile(r"/?users/([^/]+)/events/?", re.IGNORECASE)
_MINE = re.compile(r"/?me/events/?", re.IGNORECASE)  # of whoever asks: a person sees no subscription but their own


def _resource(mailbox: MailboxKey) -> str:
    return "me/events" if mailbox.is_personal else f"users/{mailbox.user_id}/events"


def _whose_events(resource: str, through: Through) -> UserId | None:
    if isinstance(through, LinkKey) and through.mailbox.is_personal and _MINE.fullmatch(resource):
        return through.mailbox.user_id
    found = _EVENTS.fullmatch(resource)
    return UserId(found[1].lower()) if found else None


def _question(through: Through, subscription: str) -> Question:
    return Question(through, Asked.SUBSCRIPTION, f"{_place(through)}, subscription {subscription}")


def _place(through: Through) -> str:
    return str(through.mailbox) if isinstance(through, LinkKey) else through


def _writing(method: Method, builder: Any, body: dict[str, str]) -> RequestInformation:
    request = RequestInformation(method, builder.url_template, builder.path_parameters)
    request.headers.add("Accept", "application/json")
    request.set_stream_content(msgspec.json.encode(body), "application/json")
    return request


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}Z"
