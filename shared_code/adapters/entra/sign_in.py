"""The authorization code becomes an ID token, by MSAL."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msal
import msgspec
import requests
from msal.exceptions import MsalError

from shared_code.adapters.entra.credentials import CONNECT_SECONDS, READ_SECONDS, Credentials
from shared_code.adapters.entra.refusals import code_error, read_refusal
from shared_code.core.ids import TenantId
from shared_code.errors import Forged, OrgcalError, TryLater
from shared_code.ports import Clock


@dataclass(frozen=True)
class CodeGrant:
    code: str
    code_verifier: str
    redirect_uri: str


@dataclass(frozen=True)
class CodeRedemption:
    authority: str
    client_id: str
    credentials: Credentials
    clock: Clock

    async def redeem(self, tenant: TenantId, grant: CodeGrant) -> str:
        """The ID token, not verified yet. Forged('code') for a wrong or spent code."""
        credential = await self.credentials.for_msal()
        try:
            answer = await asyncio.to_thread(self._ask, tenant, credential, grant)
        except (requests.RequestException, MsalError, ValueError) as error:
            # MSAL raises its own error for 5xx, ValueError when the authority's metadata or the answer cannot be read.
            raise TryLater(f"tenant {tenant}: Entra cannot be reached ({type(error).__name__})") from error
        if "error" in answer.body:
            raise self._refusal(tenant, answer)
        if not isinstance(token := answer.body.get("id_token"), str):
            raise Forged("no_id_token")
        return token

    def _ask(self, tenant: TenantId, credential: dict[str, Any], grant: CodeGrant) -> "_Answer":
        """MSAL is synchronous. An app object of its own each time, since it keeps the tokens it was given."""
        with _Http() as http:
            app = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=credential,
                authority=f"{self.authority}/{tenant}",
                instance_discovery=False,
                http_client=http,
                exclude_scopes=["offline_access"],  # nobody needs a refresh token of an administrator
            )
            body = _acquire(app, grant)
            return _Answer(body, http.status, http.retry_after)

    def _refusal(self, tenant: TenantId, answer: "_Answer") -> OrgcalError:
        refusal = read_refusal(msgspec.json.encode(answer.body))
        return code_error(tenant, answer.status, refusal, answer.retry_after, self.clock.now())


@dataclass(frozen=True)
class _Answer:
    body: dict[str, Any]
    status: int
    retry_after: str | None


class _Http(requests.Session):
    """What MSAL sends its requests with: bounded in time, no redirects, and the last answer's status is kept."""

    status = 0
    retry_after: str | None = None

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.update(timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False)
        answer = super().request(*args, **kwargs)
        self.status, self.retry_after = answer.status_code, answer.headers.get("Retry-After")
        return answer


def _acquire(app: msal.ConfidentialClientApplication, grant: CodeGrant) -> dict[str, Any]:
    """MSAL's newer call wants the dictionary of its own ``initiate_auth_code_flow``; state, nonce and verifier live in
    a table here, so the older call fits. It is deprecated for not checking them, which ``IdTokens`` does."""
    answer: dict[str, Any] = app.acquire_token_by_authorization_code(
        grant.code,
        scopes=[],  # MSAL adds ``openid profile`` by itself
        redirect_uri=grant.redirect_uri,
        data={"code_verifier": grant.code_verifier},
    )
    return answer
