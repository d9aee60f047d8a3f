"""App-only tokens from the stand-in's own token endpoint, asked for without the threads that MSAL brings along."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import count

import httpx
import jwt
import msgspec

from shared_code.adapters.entra.refusals import read_refusal, token_error
from shared_code.adapters.entra.token_request import Token
from shared_code.core.ids import TenantId
from shared_code.errors import TryLater
from shared_code.ports import Clock
from tests.contract.standin import Certificate, make_certificate
from tests.simulation.places import CLIENT, MICROSOFT

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MINUTES_10 = 600


@cache
def certificate() -> Certificate:
    return make_certificate()


class _Answer(msgspec.Struct):
    access_token: str
    expires_in: int


@dataclass(frozen=True)
class TokenRequests:
    """In place of azure-identity, with the adapter's own reading of refusals."""

    client: httpx.AsyncClient
    clock: Clock
    numbers: "count[int]"

    async def request(self, tenant: TenantId) -> Token:
        asked_at = self.clock.now()
        url = f"{MICROSOFT}/{tenant}/oauth2/v2.0/token"
        try:
            answer = await self.client.post(url, data=self._form(url))
        except httpx.HTTPError as error:
            raise TryLater(f"tenant {tenant}: Entra cannot be reached ({type(error).__name__})") from error
        if not answer.is_success:
            refusal = read_refusal(answer.content)
            raise token_error(tenant, answer.status_code, refusal, answer.headers.get("Retry-After"), asked_at)
        given = msgspec.json.decode(answer.content, type=_Answer)
        return Token(given.access_token, asked_at + timedelta(seconds=given.expires_in))

    def _form(self, url: str) -> dict[str, str]:
        return {
            **assertion_form(url, CLIENT, self.numbers, self.clock.now()),
            "grant_type": "client_credentials",
            "scope": f"{MICROSOFT}/.default",
        }


def assertion_form(url: str, client: str, numbers: "count[int]", now: datetime) -> dict[str, str]:
    """The app's own proof of who it is."""
    seconds = int(now.timestamp())
    claims = {
        "aud": url,
        "iss": client,
        "sub": client,
        "jti": str(next(numbers)),
        "nbf": seconds,
        "exp": seconds + _MINUTES_10,
    }
    signed = jwt.encode(claims, certificate().key, "PS256", headers={"x5t#S256": thumbprint()})
    return {"client_id": client, "client_assertion_type": _ASSERTION_TYPE, "client_assertion": signed}


@cache
def thumbprint() -> str:
    import base64
    import hashlib

    return base64.urlsafe_b64encode(hashlib.sha256(certificate().der).digest()).decode().rstrip("=")
