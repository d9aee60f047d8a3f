"""The keys that a tenant's tokens are signed with, fetched from the authority and kept for a day.

https://learn.microsoft.com/entra/identity-platform/access-tokens: look for new keys about once a day, and when a token
names an unknown one; here not more than once a minute, so that forged tokens cannot make Orgcal ask for ever.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
import jwt
import msgspec

from shared_code.core.ids import TenantId
from shared_code.errors import TryLater
from shared_code.ports import Clock

FETCH_AGAIN_AFTER = timedelta(hours=24)
FETCH_AGAIN_FOR_UNKNOWN_KEY = timedelta(minutes=1)
MOST_TENANTS = 200
_TIMEOUT = httpx.Timeout(30, connect=10)


@dataclass(frozen=True)
class SigningKey:
    key: jwt.PyJWK
    issuer: str | None  # for whom the key may sign; may hold ``{tenantid}``


@dataclass(frozen=True)
class _Fetched:
    at: datetime
    keys: dict[str, SigningKey]


class SigningKeys:
    def __init__(self, authority: str, clock: Clock, http: httpx.AsyncClient | None = None) -> None:
        self._authority = authority
        self._clock = clock
        self._http = http or httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False)
        self._fetched: OrderedDict[TenantId, _Fetched] = OrderedDict()

    async def find(self, tenant: TenantId, kid: str) -> SigningKey | None:
        """None if the authority publishes no such key; TryLater if it cannot be asked."""
        fetched = self._fetched.get(tenant)
        if fetched is None or self._must_fetch(fetched, kid):
            fetched = await self._fetch(tenant)
        return fetched.keys.get(kid)

    async def close(self) -> None:
        await self._http.aclose()

    def _must_fetch(self, fetched: _Fetched, kid: str) -> bool:
        age = self._clock.now() - fetched.at
        return age >= (FETCH_AGAIN_AFTER if kid in fetched.keys else FETCH_AGAIN_FOR_UNKNOWN_KEY)

    async def _fetch(self, tenant: TenantId) -> _Fetched:
        fetched = _Fetched(self._clock.now(), _read_keys(await self._get(tenant)))
        self._fetched[tenant] = fetched
        self._fetched.move_to_end(tenant)
        while len(self._fetched) > MOST_TENANTS:
            self._fetched.popitem(last=False)
        return fetched

    async def _get(self, tenant: TenantId) -> bytes:
        try:
            answer = await self._http.get(f"{self._authority}/{tenant}/discovery/v2.0/keys")
        except httpx.HTTPError as error:
            raise TryLater(f"tenant {tenant}: the signing keys cannot be had ({type(error).__name__})") from error
        if answer.status_code != HTTPStatus.OK:
            raise TryLater(f"tenant {tenant}: the signing keys cannot be had (status {answer.status_code})")
        return answer.content


class _KeySet(msgspec.Struct):
    keys: list[dict[str, Any]]


def _read_keys(body: bytes) -> dict[str, SigningKey]:
    """RSA keys for signatures only; TryLater if it is no key set, since a front end may have answered instead."""
    try:
        published = msgspec.json.decode(body, type=_KeySet).keys
        usable = [key for key in published if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"]
        return {str(key["kid"]): _read_key(key) for key in usable if key.get("kid")}
    except (msgspec.DecodeError, UnicodeDecodeError, jwt.PyJWTError) as error:
        raise TryLater("the authority's signing keys cannot be read") from error


def _read_key(published: dict[str, Any]) -> SigningKey:
    issuer = published.get("issuer")
    return SigningKey(jwt.PyJWK(published, algorithm="RS256"), issuer if isinstance(issuer, str) else None)
