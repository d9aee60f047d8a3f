"""What Graph tells: one item of a change notification or of a lifecycle notification.

learn.microsoft.com/graph/api/resources/changenotification, …/graph/change-notifications-lifecycle-events
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import msgspec

from local.microsoft365.personal_accounts import PERSONAL_ACCOUNTS
from local.microsoft365.subscriptions import Subscription

type NoticeKind = Literal["change", "lifecycle"]
type LifecycleEvent = Literal["missed", "subscriptionRemoved", "reauthorizationRequired"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One item and the address it is for."""

    kind: NoticeKind
    subscription: str
    url: str
    item: dict[str, Any]


def change_notice(subscription: Subscription, change: str, event_id: str, etag: str) -> Notice:
    """``event_id`` in the format that the subscription was made with; of a series the master's."""
    path = f"Users/{subscription.user}/Events/{event_id}"
    item = {
        **_about(subscription),
        "changeType": change,
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": etag,
            "id": event_id,
        },
    }
    return Notice("change", subscription.id, subscription.notification_url, item)


def lifecycle_notice(subscription: Subscription, event: LifecycleEvent) -> Notice | None:
    """None when the subscription has no address for it."""
    if subscription.lifecycle_url is None:
        return None
    item = {**_about(subscription), "lifecycleEvent": event}
    return Notice("lifecycle", subscription.id, subscription.lifecycle_url, item)


def render_body(*notices: Notice) -> str:
    return msgspec.json.encode({"value": [notice.item for notice in notices]}).decode()


def render_instant(instant: datetime, zone: str) -> str:
    """Seven digits; ``zone`` is `Z` in a subscription and `+00:00` in a notification."""
    return f"{instant:%Y-%m-%dT%H:%M:%S.%f}0{zone}"


def _about(subscription: Subscription) -> dict[str, Any]:
    """Of a personal account's mailbox no tenant is named: microsoftgraph/microsoft-graph-docs#3055."""
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": render_instant(subscription.expires_at, "+00:00"),
        "clientState": subscription.client_state,
        "tenantId": "" if subscription.tenant == PERSONAL_ACCOUNTS else subscription.tenant,
    }
