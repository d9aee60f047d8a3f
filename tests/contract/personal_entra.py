"""The ``PersonalAuthority`` adapter, with the real MSAL, pointed at the running stand-in."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from shared_code.adapters.entra.credentials import personal_credentials
from shared_code.adapters.entra.id_tokens import IdTokens
from shared_code.adapters.entra.personal_authority import EntraPersonalAuthority
from shared_code.adapters.entra.sign_in import CodeExchange
from shared_code.adapters.entra.signing_keys import SigningKeys
from shared_code.core.secret import Secret
from tests.contract.adapters import MachineClock, settings_for
from tests.contract.personal import CONNECTED, PERSONAL_ACCOUNTS, SCOPES, personal_id
from tests.contract.standin import Contoso, Running, person

CONSENTED = "https://app.example/personal/consented"
NONCE = "n-0S6_WzA2Mj"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class PersonalEntra:
    """An authority at which a test can sign in people of Contoso and of Outlook.com."""

    contoso: Contoso
    authority: EntraPersonalAuthority
    name: str = field(default_factory=lambda: uuid4().hex[:12])  # the stand-in is shared

    @property
    def outlook(self) -> str:
        return f"{self.name}@outlook.com"

    @property
    def work(self) -> str:
        return f"{self.name}@contoso.example"

    @property
    def client_id(self) -> str:
        return self.authority.settings.personal_client_id

    async def settle(self) -> dict[str, str]:
        """Object ids by account."""
        at_work, at_home = person(self.name), {"id": personal_id(), "userPrincipalName": self.outlook}
        await self.contoso.control("PUT", f"/tenants/{self.contoso.id}/people/{at_work['id']}", at_work)
        await self.contoso.control("POST", f"/tenants/{PERSONAL_ACCOUNTS}/people", [{**at_home, "mail": self.outlook}])
        registration = {
            "name": "Orgcal",
            "redirect_uris": [CONNECTED, CONSENTED],
            "delegated_scopes": SCOPES,
            "certificates": [self.contoso.certificate.public_pem],
            "sign_in_audience": "AzureADandPersonalMicrosoftAccount",
        }
        await self.contoso.control("PUT", f"/apps/{self.client_id}", registration)
        return {self.work: at_work["id"], self.outlook: at_home["id"]}

    async def back(self, account: str, nonce: str = NONCE) -> dict[str, str]:
        """The query with which the browser comes back after the sign-in, and the consent where that is asked."""
        url = self.authority.sign_in_url("a-state", nonce, CHALLENGE, None)
        self.contoso.client.cookies.clear()
        answer = await self.contoso.client.post(url, data={"action": "sign_in", "account": account})
        if answer.status_code == 200:
            answer = await self.contoso.client.post(url, data={"action": "accept"})
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    async def code(self, account: str, nonce: str = NONCE) -> str:
        return (await self.back(account, nonce))["code"]

    async def fault(self, answer: dict[str, Any]) -> None:
        await self.contoso.control("POST", "/faults", {"match": {"kind": "token"}, "answer": answer, "times": 1})


@pytest.fixture
async def entra(contoso: Contoso, running: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PersonalEntra]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))  # MSAL's
    known = settings_for(contoso)
    pem = Secret(known.client_certificate.reveal())
    settings = replace(known, personal_client_id=str(uuid4()), personal_client_certificate=pem)
    clock, credentials = MachineClock(), personal_credentials(settings)
    authority = EntraPersonalAuthority(
        settings,
        CodeExchange(contoso.base_url, settings.personal_client_id, credentials),
        IdTokens(
            contoso.base_url, settings.personal_client_id, SigningKeys(contoso.base_url, clock, contoso.client), clock
        ),
        clock,
    )
    yield PersonalEntra(contoso, authority)
    await credentials.close()
    await contoso.control("DELETE", "/faults")
