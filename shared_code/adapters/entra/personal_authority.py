"""The ``PersonalAuthority`` port over Entra: whoever signs in, of any organisation or of Outlook.com.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow (read 2026-11). A code of ``common`` is
redeemed at ``common``: whose it is, nobody knows before.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from shared_code.adapters.entra.credentials import personal_credentials
from shared_code.adapters.entra.id_tokens import SHARED, IdTokens
from shared_code.adapters.entra.refreshing import GRAPH_SCOPES
from shared_code.adapters.entra.refusals import sign_in_error
from shared_code.adapters.entra.sign_in import CodeExchange, CodeGrant
from shared_code.adapters.entra.signing_keys import SigningKeys
from shared_code.core.ids import TenantId
from shared_code.core.secret import Secret
from shared_code.personal_ports import PersonalProof
from shared_code.ports import Clock
from shared_code.settings import Settings

CALLBACK_PATH = "/personal/callback"
CONSENTED_PATH = "/personal/consented"
_SCOPES = ("offline_access", "openid", "profile", *GRAPH_SCOPES)


def personal_authority(settings: Settings, clock: Clock) -> "EntraPersonalAuthority":
    authority, client_id = settings.endpoints.authority, settings.personal_client_id
    return EntraPersonalAuthority(
        settings,
        CodeExchange(authority, client_id, personal_credentials(settings)),
        IdTokens(authority, client_id, SigningKeys(authority, clock), clock),
        clock,
    )


@dataclass(frozen=True)
class EntraPersonalAuthority:
    settings: Settings
    codes: CodeExchange
    id_tokens: IdTokens
    clock: Clock

    def sign_in_url(self, state: str, nonce: str, code_challenge: str, login_hint: str | None) -> str:
        """``select_account``: whoever is signed in at work may well want another account here. ``query``, because a
        form post would lose the Lax cookies."""
        query = {
            "client_id": self.settings.personal_client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": self._callback,
            "scope": " ".join(_SCOPES),
            "state": state,
            "nonce": nonce,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
            **({"login_hint": login_hint} if login_hint else {}),
        }
        return f"{self.settings.endpoints.authority}/{SHARED}/oauth2/v2.0/authorize?{urlencode(query)}"

    async def redeem(self, code: str, code_verifier: str, nonce: str) -> PersonalProof:
        answer = await self.codes.run(SHARED, CodeGrant(code, code_verifier, self._callback), GRAPH_SCOPES, ())
        if answer.is_refused:
            raise sign_in_error(answer.status, answer.refusal, answer.retry_after, self.clock.now())
        proof = await self.id_tokens.verify_of_any_tenant(answer.text("id_token"), nonce)
        token = Secret(answer.text("refresh_token"))
        return PersonalProof(proof.tenant, proof.user_id, proof.account or str(proof.user_id), token)

    def consent_url(self, tenant: TenantId | None) -> str:
        """https://learn.microsoft.com/entra/identity-platform/v2-admin-consent: all that the registration asks for."""
        query = {
            "client_id": self.settings.personal_client_id,
            "scope": f"{self.settings.endpoints.graph}/.default",
            "redirect_uri": f"{self.settings.base_url}{CONSENTED_PATH}",
        }
        segment = tenant or "organizations"
        return f"{self.settings.endpoints.authority}/{segment}/v2.0/adminconsent?{urlencode(query)}"

    @property
    def _callback(self) -> str:
        return f"{self.settings.base_url}{CALLBACK_PATH}"
