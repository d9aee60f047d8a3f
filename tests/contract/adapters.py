"""Orgcal's real adapters for Microsoft, pointed at the running stand-in.

aiohttp reads SSL_CERT_FILE only when it is first imported, so here the certificate is handed over; the app itself has
no setting for it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from azure.core.credentials import AccessToken

from shared_code.adapters.entra.authority import EntraAuthority
from shared_code.adapters.entra.credentials import CertificateCredentials, Credentials, FederatedCredentials
from shared_code.adapters.entra.graph_tokens import GraphTokens
from shared_code.adapters.entra.id_tokens import IdTokens
from shared_code.adapters.entra.sign_in import CodeExchange, CodeRedemption
from shared_code.adapters.entra.signing_keys import SigningKeys
from shared_code.adapters.entra.token_request import EntraTokenRequests
from shared_code.adapters.entra.tokens import TokenCache
from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.directory import GraphDirectory
from shared_code.adapters.graph.event_search import GraphEventSearch
from shared_code.adapters.graph.events import GraphEvents
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.secret import Secret
from shared_code.settings import Endpoints, Settings, read_settings
from tests.contract.standin import Contoso, Running, person


class MachineClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class Identity:
    """A managed identity whose token the stand-in hands out."""

    contoso: Contoso
    subject: str

    async def get_token(self, *scopes: str) -> AccessToken:
        wish = {"subject": self.subject, "audience": scopes[0].removesuffix("/.default")}
        answer = await self.contoso.control("POST", f"/tenants/{self.contoso.id}/managed-identity-tokens", wish)
        return AccessToken(answer["assertion"], 0)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Adapters:
    contoso: Contoso
    settings: Settings
    tokens: TokenCache
    authority: EntraAuthority
    client: GraphClient

    @property
    def tenant(self) -> TenantId:
        return TenantId(self.contoso.id)

    @property
    def directory(self) -> GraphDirectory:
        return GraphDirectory(self.client)

    @property
    def calendars(self) -> GraphCalendars:
        return GraphCalendars(self.client)

    @property
    def events(self) -> GraphEvents:
        return GraphEvents(self.client)

    @property
    def search(self) -> GraphEventSearch:
        return GraphEventSearch(self.client)

    def mailbox(self, user_id: str) -> MailboxKey:
        return MailboxKey("organizations", self.tenant, UserId(user_id))

    async def add_person(self, **properties: Any) -> MailboxKey:
        somebody = person("adele", **properties)
        await self.contoso.control("PUT", f"/tenants/{self.tenant}/people/{somebody['id']}", somebody)
        return self.mailbox(somebody["id"])

    async def close(self, mailbox: MailboxKey) -> None:
        scope = {self.contoso.client_id: {"denied": [mailbox.user_id]}}
        await self.contoso.control("PATCH", f"/tenants/{mailbox.tenant}", {"access_policy": scope})

    async def fault(self, match: dict[str, Any], answer: dict[str, Any], times: int | None = None) -> None:
        limit = {} if times is None else {"times": times}
        wanted = {"match": {"tenant": self.contoso.id, **match}, "answer": answer, **limit}
        await self.contoso.control("POST", "/faults", wanted)

    async def requests(self, kind: str) -> list[dict[str, Any]]:
        logged = (await self.contoso.control("GET", "/requests?after=0"))["requests"]
        return [entry for entry in logged if entry["tenant"] == self.contoso.id and entry["kind"] == kind]

    async def sign_in(self, account: str, nonce: str, challenge: str) -> str:
        """Go through the authority's page as ``account`` and come back with a code."""
        url = self.authority.sign_in_url(self.tenant, "a-state", nonce, challenge)
        self.contoso.client.cookies.clear()
        answer = await self.contoso.client.post(url, data={"action": "sign_in", "account": account})
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        assert back["state"] == ["a-state"]
        return back["code"][0]


def link_to(mailbox: MailboxKey) -> LinkKey:
    return LinkKey(mailbox, OrganizationId("acme"), ProductUserId("ursula"))


def settings_for(contoso: Contoso) -> Settings:
    pem = contoso.certificate.private_pem + contoso.certificate.public_pem
    return read_settings(
        {
            "AzureWebJobsStorage": "UseDevelopmentStorage=true",
            "ORGCAL_BASE_URL": "https://app.example",
            "ORGCAL_PRODUCT_NAME": "Meetings",
            "ORGCAL_AUTHORITY_URL": contoso.base_url,
            "ORGCAL_GRAPH_URL": contoso.base_url,
            "ORGCAL_CLIENT_ID": contoso.client_id,
            "ORGCAL_CLIENT_CERTIFICATE": pem,
            "ORGCAL_SIGNING_KEYS": "k" * 40,
        }
    )


def certificate_credentials(contoso: Contoso, running: Running, pem: Secret) -> CertificateCredentials:
    trust = {"connection_verify": str(running.ca_file)}
    return CertificateCredentials(contoso.base_url, contoso.client_id, pem, trust)


def federated_credentials(contoso: Contoso, running: Running, subject: str, endpoints: Endpoints) -> Credentials:
    trust = {"connection_verify": str(running.ca_file)}
    identity = Identity(contoso, subject)
    return FederatedCredentials(contoso.base_url, contoso.client_id, identity, endpoints.token_exchange_audience, trust)


@asynccontextmanager
async def assembled(contoso: Contoso, running: Running, credentials: Credentials) -> AsyncIterator[Adapters]:
    settings, clock = settings_for(contoso), MachineClock()
    tokens = TokenCache(EntraTokenRequests(settings.endpoints.graph, credentials, clock), clock)
    keys = SigningKeys(contoso.base_url, clock, contoso.client)
    authority = EntraAuthority(
        settings,
        tokens,
        CodeRedemption(CodeExchange(contoso.base_url, contoso.client_id, credentials), clock),
        IdTokens(contoso.base_url, contoso.client_id, keys, clock),
    )
    transport = httpx.AsyncHTTPTransport(verify=running.context)
    client = GraphClient(contoso.base_url, GraphTokens(tokens, None), clock, transport)
    yield Adapters(contoso, settings, tokens, authority, client)
    await client.close()
    await credentials.close()


@pytest.fixture
async def adapters(contoso: Contoso, running: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Adapters]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))  # MSAL's
    pem = settings_for(contoso).client_certificate
    async with assembled(contoso, running, certificate_credentials(contoso, running, pem)) as orgcal:
        yield orgcal
    await contoso.control("DELETE", "/faults")
