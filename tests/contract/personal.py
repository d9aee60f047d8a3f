"""The second app, which people connect themselves, and a browser that goes through Microsoft's pages for them."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import msgspec

from tests.contract.browsing import CHALLENGE, VERIFIER, sent_to, sign_in, submit
from tests.contract.standin import Contoso, InProcess

PERSONAL_ACCOUNTS = "9188040d-6c67-4c5b-b112-36a304b66dad"
SCOPES = ["offline_access", "openid", "profile", "User.Read", "Calendars.ReadWrite"]
CONNECTED = "https://app.example/personal/callback"
OUTLOOK = "zoe@outlook.com"


@dataclass
class PersonalApp:
    """Registered beside the app for organisations, with a certificate of its own kind and delegated scopes only."""

    microsoft: InProcess
    client_id: str = field(default_factory=lambda: str(uuid4()))

    @property
    def contoso(self) -> Contoso:
        return self.microsoft.contoso

    async def register(self, **changes: Any) -> None:
        registration = {
            "name": "Orgcal",
            "redirect_uris": [CONNECTED],
            "delegated_scopes": SCOPES,
            "certificates": [self.contoso.certificate.public_pem],
            "sign_in_audience": "AzureADandPersonalMicrosoftAccount",
        }
        await self.contoso.control("PUT", f"/apps/{self.client_id}", {**registration, **changes})

    def url(self, segment: str = "common", **query: str) -> str:
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": CONNECTED,
            "scope": " ".join(SCOPES),
            "state": "s-3",
            "nonce": "n-3",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            "prompt": "select_account",
            "client_info": "1",
            **query,
        }
        return str(httpx.URL(f"{self.contoso.base_url}/{segment}/oauth2/v2.0/authorize", params=asked))

    async def opened(self, account: str, segment: str = "common", **query: str) -> httpx.Response:
        """The page, or the redirect, after the account was given."""
        return await sign_in(self.microsoft.client, self.url(segment, **query), account)

    async def back(self, account: str, segment: str = "common") -> dict[str, str]:
        """Where the browser is sent when nothing is left to ask."""
        return sent_to(await self.opened(account, segment))

    async def pressed(self, action: str, segment: str = "common", **fields: str) -> httpx.Response:
        return await submit(self.microsoft.client, self.url(segment), action, **fields)

    async def code(self, account: str, segment: str = "common") -> str:
        """Signed in and consented, where that is asked."""
        answer = await self.opened(account, segment)
        if answer.status_code == 200:
            answer = await self.pressed("accept", segment)
        assert answer.status_code == 302, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    async def redeem(self, assertion: str, segment: str = "common", **form: str) -> httpx.Response:
        url = f"{self.contoso.base_url}/{segment}/oauth2/v2.0/token"
        common = {
            "client_id": self.client_id,
            "client_info": "1",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }
        return await self.microsoft.client.post(url, data={**common, **form})


def redeeming(code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CONNECTED,
        "code_verifier": VERIFIER,
        "scope": " ".join(SCOPES),
    }


def refreshing(token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token, "scope": " ".join(SCOPES)}


def read_client_info(text: str) -> dict[str, str]:
    return msgspec.json.decode(base64.urlsafe_b64decode(text + "=="), type=dict[str, str])


def personal_id() -> str:
    """The object id of a personal account: sixteen digits that count, behind zeros."""
    digits = uuid4().hex[:16]
    return f"00000000-0000-0000-{digits[:4]}-{digits[4:]}"
