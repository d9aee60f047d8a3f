"""The ``Subscriptions`` port over Microsoft Graph.

https://learn.microsoft.com/graph/api/resources/subscription (2026-09). Bodies are written here and not by the SDK's
model, which adds properties of web push that Graph refuses for webhooks.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation

from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.http import Asked, Question
from shared_code.core.ids import MailboxKey, TenantId
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

    def read(self) -> GivenSubscription:
        return GivenSubscription(
            self.id,
            self.expiration_date_time.astimezone(UTC),
            self.notification_url,
            self.lifecycle_notification_url,
            self.client_state,
        )


class GraphSubscriptions:
    """``base_url`` is this deployment's, to which Graph posts."""

    def __init__(self, client: GraphClient, base_url: str) -> None:
        self._client = client
        self.notification_url = f"{base_url}/graph/notifications"
        self.lifecycle_url = f"{base_url}/graph/lifecycle"

    async def create(self, mailbox: MailboxKey, client_state: str, expires_at: datetime) -> GivenSubscription:
        """Graph shakes hands with both addresses before it answers."""
        wish = {
            "changeType": CHANGES,
            "notificationUrl": self.notification_url,
            "lifecycleNotificationUrl": self.lifecycle_url,
            "resource": f"users/{mailbox.user_id}/events",
            "expirationDateTime": _instant(expires_at),
            "clientState": client_state,
            "latestSupportedTlsVersion": "v1_2",
        }
        request = _writing(Method.POST, self._client.builders.subscriptions, wish)
        request.headers.add_all(_PREFER)
        question = Question(mailbox.tenant, Asked.SUBSCRIBING, f"{mailbox}, subscribing")
        return (await self._client.send(question, request, WireSubscription)).read()

    async def read(self, tenant: TenantId, subscription: str) -> GivenSubscription:
        request = self._one(subscription).to_get_request_information()
        return (await self._client.send(_question(tenant, subscription), request, WireSubscription)).read()

    async def renew(self, tenant: TenantId, subscription: str, expires_at: datetime) -> datetime:
        request = _writing(Method.PATCH, self._one(subscription), {"expirationDateTime": _instant(expires_at)})
        renewed = await self._client.send(_question(tenant, subscription), request, WireSubscription)
        return renewed.read().expires_at

    async def delete(self, tenant: TenantId, subscription: str) -> None:
        request = self._one(subscription).to_delete_request_information()
        await self._client.tell(_question(tenant, subscription), request)

    def is_ours(self, given: GivenSubscription) -> bool:
        return (given.notification_url, given.lifecycle_url) == (self.notification_url, self.lifecycle_url)

    def _one(self, subscription: str) -> Any:
        return self._client.builders.subscriptions.by_subscription_id(subscription)


def _question(tenant: TenantId, subscription: str) -> Question:
    return Question(tenant, Asked.SUBSCRIPTION, f"{tenant}, subscription {subscription}")


def _writing(method: Method, builder: Any, body: dict[str, str]) -> RequestInformation:
    request = RequestInformation(method, builder.url_template, builder.path_parameters)
    request.headers.add("Accept", "application/json")
    request.set_stream_content(msgspec.json.encode(body), "application/json")
    return request


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()}Z"
