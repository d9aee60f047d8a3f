"""Authorization codes become tokens, by MSAL."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msal
import msgspec
import requests
from msal.exceptions import MsalError

from shared_code.adapters.entra.credentials import Credentials
from shared_code.adapters.entra.msal_http import MsalHttp
from shared_code.adapters.entra.refusals import TokenRefusal, code_error, read_refusal
from shared_code.core.ids import TenantId
from shared_code.errors import Forged, TryLater
from shared_code.ports import Clock


@dataclass(frozen=True)
class CodeGrant:
    code: str
    code_verifier: str
    redirect_uri: str


@dataclass(frozen=True)
class Exchanged:
    """What Entra answered, be it a refusal."""

    body: dict[str, Any]
    status: int
    retry_after: str | None

    @property
    def is_refused(self) -> bool:
        return "error" in self.body

    @property
    def refusal(self) -> TokenRefusal:
        return read_refusal(msgspec.json.encode(self.body))

    def text(self, name: str) -> str:
        """Forged if the answer has no such token."""
        if not isinstance(token := self.body.get(name), str):
            raise Forged(f"no_{name}")
        return token


@dataclass(frozen=True)
class CodeExchange:
    authority: str
    client_id: str
    credentials: Credentials

    async def run(self, segment: str, grant: CodeGrant, scopes: Sequence[str], without: Sequence[str]) -> Exchanged:
        """``segment``: a tenant, or ``common``. ``without``: scopes that MSAL adds by itself and nobody wants.

        TryLater if Entra cannot be reached."""
        credential = await self.credentials.for_msal()
        try:
            return await asyncio.to_thread(self._ask, segment, credential, grant, scopes, without)
        except (requests.RequestException, MsalError, ValueError) as error:
            # MSAL raises its own error for 5xx, ValueError when the authority's metadata or the answer cannot be read.
            raise TryLater(f"{segment}: Entra cannot be reached ({type(error).__name__})") from error

    def _ask(
        self,
        segment: str,
        credential: dict[str, Any],
        grant: CodeGrant,
        scopes: Sequence[str],
        without: Sequence[str],
    ) -> Exchanged:
        """MSAL is synchronous. An app object of its own each time, since it keeps the tokens it was given."""
        with MsalHttp() as http:
            app = msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=credential,
                authority=f"{self.authority}/{segment}",
                instance_discovery=False,
                http_client=http,
                exclude_scopes=list(without),
            )
            return Exchanged(_acquire(app, grant, scopes), http.status, http.retry_after)


@dataclass(frozen=True)
class CodeRedemption:
    exchange: CodeExchange
    clock: Clock

    async def redeem(self, tenant: TenantId, grant: CodeGrant) -> str:
        """The ID token, not verified yet. Forged('code') for a wrong or spent code."""
        # Nobody needs a refresh token of an administrator.
        answer = await self.exchange.run(tenant, grant, (), ("offline_access",))
        if answer.is_refused:
            raise code_error(tenant, answer.status, answer.refusal, answer.retry_after, self.clock.now())
        return answer.text("id_token")


def _acquire(app: msal.ConfidentialClientApplication, grant: CodeGrant, scopes: Sequence[str]) -> dict[str, Any]:
    """MSAL's newer call wants the dictionary of its own ``initiate_auth_code_flow``; state, nonce and verifier live in
    a table here, so the older call fits. It is deprecated for not checking them, which ``IdTokens`` does."""
    answer: dict[str, Any] = app.acquire_token_by_authorization_code(
        grant.code,
        scopes=list(scopes),  # MSAL adds ``openid profile offline_access`` by itself
        redirect_uri=grant.redirect_uri,
        data={"code_verifier": grant.code_verifier},
    )
    return answer
