"""Client assertions and token requests, right ones and wrong ones."""

import base64
import hashlib
from typing import Any
from uuid import uuid4

import httpx
import jwt

from tests.contract.standin import Certificate, InProcess

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPE = "https://graph.microsoft.com/.default"


def thumbprint(certificate: Certificate, algorithm: str = "sha256") -> str:
    return base64.urlsafe_b64encode(hashlib.new(algorithm, certificate.der).digest()).rstrip(b"=").decode()


def assertion(
    inside: InProcess,
    *,
    certificate: Certificate | None = None,
    named_as: Certificate | None = None,
    algorithm: str = "PS256",
    **claims: Any,
) -> str:
    """A good assertion, but for what is given: a claim of None is left out."""
    contoso = inside.contoso
    signer = certificate or contoso.certificate
    now = inside.clock.now().timestamp()
    good = {
        "aud": contoso.token_url,
        "iss": contoso.client_id,
        "sub": contoso.client_id,
        "jti": str(uuid4()),
        "nbf": now,
        "exp": now + 600,
    }
    header = {"x5t#S256": thumbprint(named_as or signer)}
    if algorithm == "RS256":
        header = {"x5t": thumbprint(named_as or signer, "sha1")}
    kept = {name: value for name, value in {**good, **claims}.items() if value is not None}
    return jwt.encode(kept, signer.key, algorithm, header)


async def ask_token(inside: InProcess, url: str | None = None, **form: str | None) -> httpx.Response:
    """Client credentials unless ``form`` says otherwise; a field of None is left out."""
    contoso = inside.contoso
    good = {
        "grant_type": "client_credentials",
        "client_id": contoso.client_id,
        "scope": SCOPE,
        "client_assertion_type": ASSERTION_TYPE,
    }
    if "client_assertion" not in form and "client_secret" not in form:
        good["client_assertion"] = assertion(inside)
    data = {name: value for name, value in {**good, **form}.items() if value is not None}
    return await inside.client.post(url or contoso.token_url, data=data)


async def bearer(inside: InProcess) -> dict[str, str]:
    """The header of a good app-only token."""
    answer = await ask_token(inside)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def claims_of(answer: httpx.Response, name: str = "access_token") -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(answer.json()[name], options={"verify_signature": False})
    return claims
