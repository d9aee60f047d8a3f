"""What Graph tells on its own account: a change in a mailbox, or something about the subscription itself."""

from dataclasses import dataclass

from shared_code.core.ids import TenantId
from shared_code.core.subscription import Occasion

REAUTHORIZATION_REQUIRED = "reauthorizationRequired"


@dataclass(frozen=True)
class Notice:
    """One item of a collection, as claimed; nothing of it counts before its ``client_state`` is checked."""

    client_state: str | None
    tenant: TenantId | None
    lifecycle: str | None = None  # None: a change; else what happens to the subscription
    subscription: str | None = None


def calls_for_reading(notice: Notice) -> bool:
    """Whether a change may have been told, lost or kept from us: of an event unknown to us, too.

    ``missed`` and ``subscriptionRemoved`` say that changes went by untold; ``reauthorizationRequired`` only that they
    will (https://learn.microsoft.com/graph/change-notifications-lifecycle-events, 2026-03).
    """
    return notice.lifecycle != REAUTHORIZATION_REQUIRED


def occasion_of(notice: Notice) -> Occasion | None:
    """What is to be looked after in the subscription itself; None if nothing is."""
    if notice.subscription is None:
        return None
    match notice.lifecycle:
        case "reauthorizationRequired":
            return "authorization"
        case "subscriptionRemoved":
            return "removed"
        case _:
            return None
