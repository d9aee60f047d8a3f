"""The ``Authority`` port over Entra."""

from dataclasses import dataclass
from urllib.parse import urlencode

import jwt
import msgspec

from shared_code.adapters.entra.credentials import client_credentials
from shared_code.adapters.entra.id_tokens import Expected, IdTokens
from shared_code.adapters.entra.sign_in import CodeExchange, CodeGrant, CodeRedemption
from shared_code.adapters.entra.signing_keys import SigningKeys
from shared_code.adapters.entra.token_request import EntraTokenRequests
from shared_code.adapters.entra.tokens import TokenCache
from shared_code.core.ids import TenantId
from shared_code.errors import Unexpected
from shared_code.ports import Clock, Grant, Proof
from shared_code.settings import Settings

CONSENT_PATH = "/consent/callback"
SIGNED_IN_PATH = "/consent/signed-in"
_SIGN_IN_SCOPES = "openid profile"


def app_tokens(settings: Settings, clock: Clock) -> TokenCache:
    """The process's one cache of app-only tokens: the Graph client and the authority share it."""
    requests = EntraTokenRequests(settings.endpoints.graph, client_credentials(settings), clock)
    return TokenCache(requests, clock)


def entra_authority(settings: Settings, tokens: TokenCache, clock: Clock) -> "EntraAuthority":
    authority, client_id = settings.endpoints.authority, settings.client_id
    return EntraAuthority(
        settings,
        tokens,
        CodeRedemption(CodeExchange(authority, client_id, client_credentials(settings)), clock),
        IdTokens(authority, client_id, SigningKeys(authority, clock), clock),
    )


@dataclass(frozen=True)
class EntraAuthority:
    settings: Settings
    tokens: TokenCache
    codes: CodeRedemption
    id_tokens: IdTokens

    def admin_consent_url(self, state: str) -> str:
        """https://learn.microsoft.com/entra/identity-platform/v2-admin-consent: ``.default`` asks for all that the
        registration requires; ``organizations`` is the tenant of whoever signs in."""
        query = {
            "client_id": self.settings.client_id,
            "scope": f"{self.settings.endpoints.graph}/.default",
            "redirect_uri": f"{self.settings.base_url}{CONSENT_PATH}",
            "state": state,
        }
        return f"{self.settings.endpoints.authority}/organizations/v2.0/adminconsent?{urlencode(query)}"

    def sign_in_url(self, tenant: TenantId, state: str, nonce: str, code_challenge: str) -> str:
        """https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow. The tenant stands in the path,
        so that guests cannot end up in their own; ``query``, because a form post would lose the Lax cookie."""
        query = {
            "client_id": self.settings.client_id,
            "response_type": "code",
            "response_mode": "query",
            "redirect_uri": f"{self.settings.base_url}{SIGNED_IN_PATH}",
            "scope": _SIGN_IN_SCOPES,
            "state": state,
            "nonce": nonce,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.settings.endpoints.authority}/{tenant}/oauth2/v2.0/authorize?{urlencode(query)}"

    async def redeem(self, tenant: TenantId, code: str, code_verifier: str, nonce: str) -> Proof:
        grant = CodeGrant(code, code_verifier, f"{self.settings.base_url}{SIGNED_IN_PATH}")
        token = await self.codes.redeem(tenant, grant)
        return await self.id_tokens.verify(token, Expected(tenant, nonce))

    async def read_grant(self, tenant: TenantId) -> Grant:
        """Entra gives a token also when nothing was granted; its ``roles`` tell.

        The token is Graph's and opaque by contract, and its signature is not checked here. That is safe: it comes from
        the authority over TLS in answer to this very request, and nothing is opened by what is read. A wrong reading
        could only start or delay a sweep, which Graph itself then allows or refuses."""
        return _read(tenant, await self.tokens.get_fresh(tenant))

    def known_grant(self, tenant: TenantId) -> Grant | None:
        token = self.tokens.peek(tenant)
        try:
            return None if token is None else _read(tenant, token)
        except Unexpected:
            return None


def _read(tenant: TenantId, token: str) -> Grant:
    try:
        payload = jwt.decode_complete(token, options={"verify_signature": False})["payload"]
        read = msgspec.convert(payload, _Payload)
    except (jwt.PyJWTError, msgspec.ValidationError) as error:
        raise Unexpected(f"tenant {tenant}: the grant in Graph's token cannot be read") from error
    return Grant(frozenset(read.roles), read.oid)


class _Payload(msgspec.Struct):
    """In an app-only token ``oid`` is the service principal:
    https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference"""

    roles: list[str] = []
    oid: str | None = None
