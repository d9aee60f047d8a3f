"""Somebody who has signed in with an account of their own, against the stand-in as a process: MSAL all the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import msal

from shared_code.adapters.entra.credentials import CertificateCredentials, Credentials
from shared_code.adapters.entra.delegated_tokens import DelegatedTokens, RefreshTokenRequests
from shared_code.adapters.entra.msal_exchange import MsalExchange
from shared_code.adapters.entra.refreshing import EntraRefreshing
from shared_code.adapters.tables.rows import Rows
from shared_code.adapters.token_keys import NotWrapped, TokenKeys
from shared_code.adapters.token_vault import TableTokenVault
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.secret import Secret
from shared_code.core.token_key import TokenKey
from tests.contract.adapters import MachineClock
from tests.contract.browsing import CHALLENGE, VERIFIER, sign_in, submit
from tests.contract.personal import CONNECTED, PERSONAL_ACCOUNTS, SCOPES, personal_id
from tests.contract.standin import Contoso, Running

KEYS = (TokenKey("old", b"o" * 32), TokenKey("new", b"n" * 32))


@dataclass(frozen=True)
class Person:
    """A work account of the test's own tenant, or one of Outlook.com."""

    address: str
    tenant: str
    id: str

    @property
    def link(self) -> LinkKey:
        mailbox = MailboxKey("personal", TenantId(self.tenant), UserId(self.id))
        return LinkKey(mailbox, OrganizationId("acme"), ProductUserId("ann"))


@dataclass
class Worker:
    """One process of Orgcal: a cache, keys and a vault of its own; the storage is everybody's."""

    vault: TableTokenVault
    tokens: DelegatedTokens

    async def keep(self, link: LinkKey, refresh_token: str) -> None:
        await self.vault.keep(link, await self.vault.seal(link, Secret(refresh_token)))

    async def kept(self, link: LinkKey) -> tuple[str, str] | None:
        stored = await self.vault.find(link)
        return None if stored is None else (stored.value.key_id, (await self.vault.open(link, stored.value)).reveal())


@dataclass
class OwnAccounts:
    """The registration for them, and the people who sign in to it."""

    contoso: Contoso
    running: Running
    client_id: str = field(default_factory=lambda: str(uuid4()))

    async def register(self, **changes: Any) -> None:
        registration = {
            "name": "Orgcal",
            "redirect_uris": [CONNECTED],
            "delegated_scopes": SCOPES,
            "certificates": [self.contoso.certificate.public_pem],
            "sign_in_audience": "AzureADandPersonalMicrosoftAccount",
        }
        await self.contoso.control("PUT", f"/apps/{self.client_id}", {**registration, **changes})

    async def add(self, kind: str) -> Person:
        name = f"zoe-{uuid4().hex}"
        if kind == "work":
            domain = f"{self.contoso.id}.example"
            person = Person(f"{name}@{domain}", self.contoso.id, str(uuid4()))
            await self.change_tenant(verified_domains=[domain])
        else:
            person = Person(f"{name}@outlook.com", PERSONAL_ACCOUNTS, personal_id())
        entry = {"id": person.id, "userPrincipalName": person.address, "mail": person.address}
        await self.contoso.control("POST", f"/tenants/{person.tenant}/people", [entry])
        return person

    async def change_tenant(self, **rules: Any) -> None:
        await self.contoso.control("PATCH", f"/tenants/{self.contoso.id}", rules)

    async def change(self, person: Person, **properties: Any) -> None:
        await self.contoso.control("PATCH", f"/tenants/{person.tenant}/people/{person.id}", properties)

    async def happened(self, person: Person, what: str) -> None:
        path = f"/tenants/{person.tenant}/people/{person.id}/sign-ins"
        await self.contoso.control("POST", path, {"happened": what})

    async def sign_in(self, person: Person) -> str:
        """The refresh token."""
        async with httpx.AsyncClient(verify=self.running.context, timeout=60) as browser:
            sent = await sign_in(browser, self._url, person.address)
            if sent.status_code == 200:
                sent = await submit(browser, self._url, "accept")
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        handed = await asyncio.to_thread(self._redeem, code)
        assert "refresh_token" in handed, handed
        return str(handed["refresh_token"])

    @property
    def _url(self) -> str:
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": CONNECTED,
            "scope": " ".join(SCOPES),
            "state": "s",
            "nonce": "n",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return str(httpx.URL(f"{self.contoso.base_url}/common/oauth2/v2.0/authorize", params=asked))

    def _redeem(self, code: str) -> dict[str, Any]:
        pem = self.contoso.certificate
        app = msal.ConfidentialClientApplication(
            self.client_id,
            client_credential={"private_key": pem.private_pem, "public_certificate": pem.public_pem},
            authority=f"{self.contoso.base_url}/common",
            instance_discovery=False,
        )
        scopes = ["User.Read", "Calendars.ReadWrite"]
        handed: dict[str, Any] = app.acquire_token_by_authorization_code(
            code, scopes, redirect_uri=CONNECTED, data={"code_verifier": VERIFIER}
        )
        return handed

    @asynccontextmanager
    async def worker(
        self, rows: Rows, keys: tuple[TokenKey, ...] = KEYS, credentials: Credentials | None = None
    ) -> AsyncIterator[Worker]:
        used, clock = credentials or self.certificate(), MachineClock()
        vault = TableTokenVault(rows, TokenKeys(keys, NotWrapped()), clock)
        refreshing = EntraRefreshing(MsalExchange(self.contoso.base_url, self.client_id, used), clock)
        yield Worker(vault, DelegatedTokens(RefreshTokenRequests(vault, refreshing), clock))
        await used.close()

    def certificate(self, pem: str | None = None) -> CertificateCredentials:
        own = self.contoso.certificate
        text = pem or own.private_pem + own.public_pem
        return CertificateCredentials(self.contoso.base_url, self.client_id, Secret(text))

    async def profile(self, access_token: str) -> str:
        """Whose calendar it opens."""
        headers = {"Authorization": f"Bearer {access_token}"}
        async with httpx.AsyncClient(verify=self.running.context, headers=headers, timeout=60) as graph:
            answer = await graph.get(f"{self.contoso.base_url}/v1.0/me")
        assert answer.status_code == 200, answer.text
        return str(answer.json()["mail"])
