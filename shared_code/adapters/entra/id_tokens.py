"""What an ID token must be before anybody believes it.

https://learn.microsoft.com/entra/identity-platform/access-tokens (issuer rule of multi-tenant apps) and
…/id-token-claims-reference. PyJWT checks signature, audience and issuer; the times are checked here, by the Clock port.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt
import msgspec

from shared_code.adapters.entra.signing_keys import SigningKey, SigningKeys
from shared_code.core.ids import TenantId, UserId
from shared_code.errors import Forged
from shared_code.ports import Clock, Proof

LEEWAY = timedelta(minutes=2)
SHARED = TenantId("common")  # not a tenant: where the keys of all of them are published
_ALGORITHM = "RS256"
_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII)


class Claims(msgspec.Struct):
    """``wids`` is there only if the registration's ``groupMembershipClaims`` asks for it."""

    tid: str
    oid: str
    nonce: str
    exp: int
    nbf: int
    iat: int
    preferred_username: str | None = None
    wids: list[str] | None = None
    roles: list[str] = []


@dataclass(frozen=True)
class Expected:
    tenant: TenantId
    nonce: str


@dataclass(frozen=True)
class IdTokens:
    authority: str
    client_id: str
    keys: SigningKeys
    clock: Clock

    async def verify(self, token: str, expected: Expected) -> Proof:
        """Forged with the reason; TryLater if the signing keys cannot be had."""
        key = await self.keys.find(expected.tenant, _key_id(token))
        if key is None:
            raise Forged("key")
        return self._believe(token, key, expected)

    async def verify_of_any_tenant(self, token: str, nonce: str) -> Proof:
        """The same for whoever may sign in: the issuer must be that of the token's own tenant, and the key must name
        an issuer for which it signs."""
        key = await self.keys.find(SHARED, _key_id(token))
        if key is None:
            raise Forged("key")
        if key.issuer is None:
            raise Forged("key_issuer")
        return self._believe(token, key, Expected(_named_tenant(token), nonce))

    def _believe(self, token: str, key: SigningKey, expected: Expected) -> Proof:
        claims = self._open(token, key, f"{self.authority}/{expected.tenant}/v2.0")
        _check_times(claims, self.clock.now())
        _check_identity(claims, expected)
        return Proof(
            tenant=TenantId(claims.tid),
            user_id=UserId(claims.oid),
            account=claims.preferred_username,
            directory_roles=None if claims.wids is None else frozenset(claims.wids),
            app_roles=frozenset(claims.roles),
        )

    def _open(self, token: str, key: SigningKey, issuer: str) -> Claims:
        """The token must come from ``issuer``, and its key must be allowed to speak for ``issuer``: the key of
        personal accounts stands in every tenant's list, and signs for one fixed issuer only."""
        payload = _decode(token, key.key, self.client_id, issuer)
        tenant = issuer.removeprefix(f"{self.authority}/").removesuffix("/v2.0")
        if key.issuer is not None and key.issuer.replace("{tenantid}", tenant) != issuer:
            raise Forged("key_issuer")
        try:
            return msgspec.convert(payload, Claims)
        except msgspec.ValidationError as error:
            raise Forged("claims") from error


def _key_id(token: str) -> str:
    """The header is not proven yet; it only says which key to look for."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise Forged("malformed") from error
    if header.get("alg") != _ALGORITHM:
        raise Forged("algorithm")
    if not isinstance(kid := header.get("kid"), str):
        raise Forged("key")
    return kid


def _named_tenant(token: str) -> TenantId:
    """Not proven yet either; it only says which issuer to ask for."""
    try:
        tenant = jwt.decode_complete(token, options={"verify_signature": False})["payload"].get("tid")
    except jwt.PyJWTError as error:
        raise Forged("malformed") from error
    if not isinstance(tenant, str):
        raise Forged("claims")
    if not _GUID.fullmatch(tenant):
        raise Forged("tenant")
    return TenantId(tenant)


_FAULTS: dict[type[jwt.PyJWTError], str] = {
    jwt.InvalidSignatureError: "signature",
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidAlgorithmError: "algorithm",
    jwt.MissingRequiredClaimError: "claims",
}
_OPTIONS: Any = {
    "require": ["aud", "iss", "exp", "nbf", "iat"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "strict_aud": True,
}


def _decode(token: str, key: jwt.PyJWK, client_id: str, issuer: str) -> dict[str, Any]:
    try:
        return jwt.decode(token, key, [_ALGORITHM], options=_OPTIONS, audience=client_id, issuer=issuer)
    except jwt.PyJWTError as error:
        raise Forged(_FAULTS.get(type(error), "malformed")) from error


def _check_times(claims: Claims, now: datetime) -> None:
    instant, leeway = now.timestamp(), LEEWAY.total_seconds()
    if claims.exp + leeway <= instant:
        raise Forged("expired")
    if max(claims.nbf, claims.iat) - leeway > instant:
        raise Forged("not_yet_valid")


def _check_identity(claims: Claims, expected: Expected) -> None:
    if claims.nonce != expected.nonce:
        raise Forged("nonce")
    if not _GUID.fullmatch(claims.tid) or claims.tid != expected.tenant:
        raise Forged("tenant")
    if not _GUID.fullmatch(claims.oid):
        raise Forged("user_id")
