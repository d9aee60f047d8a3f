"""Signing keys and ID tokens of a test's own making."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from shared_code.adapters.entra.signing_keys import SigningKeys
from shared_code.core.ids import TenantId

AUTHORITY = "https://authority.example"
CLIENT = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
OTHER_TENANT = TenantId("99999999-9999-4999-8999-999999999999")
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
USER = "22222222-2222-4222-8222-222222222222"
NONCE = "a-nonce"
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
ANY_TENANT = f"{AUTHORITY}/{{tenantid}}/v2.0"


@dataclass
class HandClock:
    instant: datetime = START

    def now(self) -> datetime:
        return self.instant

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


@cache
def private_key(name: str) -> RSAPrivateKey:
    """One for each name; making them is slow. ``name`` only tells them apart."""
    return generate_private_key(65537, 2048)


def published(kid: str, issuer: str | None = ANY_TENANT) -> dict[str, Any]:
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private_key(kid).public_key()))
    return {**public, "use": "sig", "kid": kid, **({"issuer": issuer} if issuer else {})}


@dataclass
class Publisher:
    """The authority's key endpoint."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [published("current")])
    answer: httpx.Response | Exception | None = None
    asked: list[str] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def signing_keys(self, clock: HandClock) -> SigningKeys:
        return SigningKeys(AUTHORITY, clock, self.client())

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or httpx.Response(200, json={"keys": self.keys})


def claims(**changes: Any) -> dict[str, Any]:
    """Of a good ID token; a claim set to ``...`` is left out."""
    good = {
        "aud": CLIENT,
        "iss": f"{AUTHORITY}/{TENANT}/v2.0",
        "tid": TENANT,
        "oid": USER,
        "sub": "pairwise",
        "nonce": NONCE,
        "iat": int(START.timestamp()) - 300,
        "nbf": int(START.timestamp()) - 300,
        "exp": int(START.timestamp()) + 3600,
        "preferred_username": "admin@contoso.example",
        "ver": "2.0",
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def token(*, kid: str | None = "current", key: str = "current", **changes: Any) -> str:
    return jwt.encode(claims(**changes), private_key(key), "RS256", {"kid": kid} if kid else {})
