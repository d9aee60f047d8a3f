"""Subscriptions in Graph's JSON: what an app may write, and what it reads.

learn.microsoft.com/graph/api/subscription-post-subscriptions, …/subscription-update, …/resources/subscription
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import httpx
import msgspec
from starlette.requests import Request

from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.notices import render_instant
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.world import World

_CHANGES = frozenset({"created", "updated", "deleted"})
_NOT_FOR_WEBHOOKS = ("vapid", "webPush")
_NOT_SERVED = frozenset(
    {
        "applicationId",
        "creatorId",
        "encryptionCertificate",
        "encryptionCertificateId",
        "id",
        "includeResourceData",
        "notificationContentType",
        "notificationQueryOptions",
        "notificationUrlAppId",
    }
)


class Wish(msgspec.Struct, rename="camel", frozen=True, forbid_unknown_fields=True):
    change_type: str
    notification_url: str
    resource: str
    expiration_date_time: datetime
    lifecycle_notification_url: str | None = None
    client_state: Annotated[str, msgspec.Meta(max_length=128)] | None = None
    latest_supported_tls_version: Literal["v1_0", "v1_1", "v1_2", "v1_3"] | None = "v1_2"


class Renewal(msgspec.Struct, rename="camel", frozen=True, forbid_unknown_fields=True):
    """All that a PATCH may change; another ``clientState`` or lifecycle address takes a new subscription."""

    expiration_date_time: datetime | None = None
    notification_url: str | None = None


async def read_wish(request: Request) -> Wish:
    wish = await _read(request, Wish)
    if not {each.strip().lower() for each in wish.change_type.split(",")} <= _CHANGES:
        raise _invalid(f"The value '{wish.change_type}' of changeType is not supported for this resource.")
    require_https(wish.notification_url)
    if wish.lifecycle_notification_url is not None:
        require_https(wish.lifecycle_notification_url)
    return wish


async def read_renewal(request: Request) -> Renewal:
    renewal = await _read(request, Renewal)
    if renewal.notification_url is not None:
        require_https(renewal.notification_url)
    return renewal


def require_https(url: str) -> None:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _invalid(f"The notification URL '{url}' is not valid.") from error
    if parsed.scheme != "https" or not parsed.host:
        raise _invalid(f"The notification URL '{url}' must be an absolute HTTPS URL.")


def accepted_expiry(world: World, wanted: datetime) -> datetime:
    """Too late is refused, too soon becomes the shortest life without a word."""
    settings, now = world.settings, world.now()
    wanted = wanted.replace(tzinfo=UTC) if wanted.tzinfo is None else wanted.astimezone(UTC)
    if wanted <= now:
        raise _invalid("Subscription expiration must be in the future.")
    if wanted > now + timedelta(minutes=settings.subscription_longest_minutes):
        longest = settings.subscription_longest_minutes
        raise GraphError(400, "ExtensionError", f"Subscription expiration can only be {longest} minutes in the future.")
    return max(wanted, now + timedelta(minutes=settings.subscription_shortest_minutes))


def render_subscription(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.app,
        "changeType": subscription.change_type,
        "clientState": subscription.client_state,
        "notificationUrl": subscription.notification_url,
        "notificationQueryOptions": None,
        "notificationContentType": None,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": render_instant(subscription.expires_at, "Z"),
        "creatorId": subscription.creator_id,
        "includeResourceData": None,
        "latestSupportedTlsVersion": subscription.tls_version,
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }


def _invalid(message: str) -> GraphError:
    return GraphError(400, "InvalidRequest", message)


async def _read[T](request: Request, kind: type[T]) -> T:
    try:
        members = msgspec.json.decode(await request.body(), type=dict[str, Any])
        _refuse_foreign(members)
        kept = {name: value for name, value in members.items() if name not in _NOT_SERVED and name[0:1] != "@"}
        return msgspec.convert(kept, kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise _invalid(f"The subscription cannot be read: {error}") from error


def _refuse_foreign(members: Mapping[str, Any]) -> None:
    """Members of web push must not be there at all; others that are not served may be null."""
    for name in members:
        if name.startswith(_NOT_FOR_WEBHOOKS):
            raise _invalid(f"The property '{name}' must not be used for webhooks.")
        if name in _NOT_SERVED and members[name] not in (None, False, ""):
            raise not_implemented(f"{name} of a subscription")
