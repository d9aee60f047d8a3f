"""A Microsoft administrator's way from the activation link to the confirmation, held between redirects."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared_code.core.ids import ConnectionId, OrganizationId, TenantId, UserId

LIFETIME = timedelta(hours=1)

Step = Literal["consenting", "signing_in", "confirming", "done"]


@dataclass(frozen=True)
class SignIn:
    """One browser's attempt. Each step is taken once; a step taken twice is refused and changes nothing."""

    sign_in: str
    organization: OrganizationId
    connection: ConnectionId
    link_generation: int
    cookie_hash: str  # SHA-256 of the browser's cookie, hex
    step: Step
    created_at: datetime
    tenant: TenantId | None = None  # claimed by the callback, proven from ``confirming`` on
    nonce: str | None = None
    code_verifier: str | None = None
    user_id: UserId | None = None  # the proven administrator
    account: str | None = None  # shown on the confirmation page, deleted with this row

    def is_expired(self, now: datetime) -> bool:
        return now >= self.created_at + LIFETIME
