"""A Microsoft administrator's way from the activation link to the confirmation, held between redirects."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared_code.core.consent import Refusal
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
    cookie_hash: str  # of the browser's cookie
    step: Step
    created_at: datetime
    attempt: int = 1  # of the sign-in; an answer to an earlier one is refused
    tenant: TenantId | None = None  # claimed by the callback, proven from ``confirming`` on
    nonce: str | None = None
    code_verifier: str | None = None
    user_id: UserId | None = None  # the proven administrator
    account: str | None = None  # shown on the confirmation page, forgotten with it
    refused: Refusal | None = None  # how the last step ended, so that its page can be shown again
    code: int | None = None  # Microsoft's AADSTS number for that

    def is_expired(self, now: datetime) -> bool:
        return now >= self.created_at + LIFETIME


def hash_cookie(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def code_challenge(code_verifier: str) -> str:
    """PKCE ``S256`` (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(code_verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
