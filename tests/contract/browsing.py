"""A browser without a screen: it opens Entra's pages, fills in their forms and reads where it is sent."""

import base64
import hashlib
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from tests.contract.standin import CALLBACK, SIGNED_IN, Contoso

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def consent_url(contoso: Contoso, segment: str | None = None, **query: str | None) -> str:
    good = {
        "client_id": contoso.client_id,
        "scope": "https://graph.microsoft.com/.default",
        "redirect_uri": CALLBACK,
        "state": "s-1",
    }
    return f"{contoso.base_url}/{segment or contoso.id}/v2.0/adminconsent?{_written(good, query)}"


def sign_in_url(contoso: Contoso, segment: str | None = None, **query: str | None) -> str:
    good = {
        "client_id": contoso.client_id,
        "response_type": "code",
        "response_mode": "query",
        "redirect_uri": SIGNED_IN,
        "scope": "openid profile",
        "state": "s-2",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return f"{contoso.base_url}/{segment or contoso.id}/oauth2/v2.0/authorize?{_written(good, query)}"


async def submit(client: httpx.AsyncClient, url: str, action: str, **fields: str) -> httpx.Response:
    return await client.post(url, data={"action": action, **fields})


async def sign_in(client: httpx.AsyncClient, url: str, account: str) -> httpx.Response:
    return await submit(client, url, "sign_in", account=account)


def sent_to(answer: httpx.Response) -> dict[str, str]:
    """The query of the address that the browser is sent to."""
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def shown_code(answer: httpx.Response) -> str:
    """The AADSTS code on the page."""
    found = re.search(r'data-code="(AADSTS\d+)"', answer.text)
    assert found, answer.text
    return found[1]


def _written(good: dict[str, str], query: dict[str, str | None]) -> str:
    return urlencode({name: value for name, value in {**good, **query}.items() if value is not None})
