"""The product's customer and what it decided."""

from dataclasses import dataclass, field
from datetime import datetime

from shared_code.core.ids import OrganizationId
from shared_code.core.policy import Policy


@dataclass(frozen=True)
class Organization:
    organization: OrganizationId
    name: str
    created_at: datetime
    policy: Policy = field(default_factory=Policy)
    leaving: bool = False  # being forgotten: refuses everything but the forgetting


@dataclass(frozen=True)
class AuditEntry:
    """One act that changed consent, policy or connections, and who did it."""

    at: datetime
    action: str
    by: str  # a product user's id, or ``microsoft:{object id}`` of a proven administrator
    connection: str | None = None
    detail: str | None = None


def acted_by_administrator(user_id: str) -> str:
    return f"microsoft:{user_id}"
