"""What Graph tells on its own account: a change in a mailbox, or something about the subscription itself."""

from dataclasses import dataclass

from shared_code.core.ids import TenantId

REAUTHORIZATION_REQUIRED = "reauthorizationRequired"


@dataclass(frozen=True)
class Notice:
    """One item of a collection, as claimed; nothing of it counts before its ``client_state`` is checked."""

    client_state: str | None
    tenant: TenantId | None
    lifecycle: str | None = None  # None: a change; else what happens to the subscription


def calls_for_reading(notice: Notice) -> bool:
    """Whether a change may have been told, lost or kept from us: of an event unknown to us, too.

    ``missed`` and ``subscriptionRemoved`` say that changes went by untold; ``reauthorizationRequired`` only that they
    will (https://learn.microsoft.com/graph/change-notifications-lifecycle-events, 2026-03).
    """
    return notice.lifecycle != REAUTHORIZATION_REQUIRED
