"""Authorization codes become tokens, by MSAL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msal

from shared_code.adapters.entra.msal_exchange import Exchanged, MsalExchange
from shared_code.adapters.entra.refusals import code_error
from shared_code.core.ids import TenantId
from shared_code.ports import Clock


@dataclass(frozen=True)
class CodeGrant:
    code: str
    code_verifier: str
    redirect_uri: str


class CodeExchange(MsalExchange):
    async def run(self, segment: str, grant: CodeGrant, scopes: Sequence[str], without: Sequence[str]) -> Exchanged:
        """As ``ask``."""
        return await self.ask(segment, lambda app: _acquire(app, grant, scopes), without)


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
