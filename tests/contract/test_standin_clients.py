"""Real clients against the stand-in: only their endpoints are redirected."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import msal
import pytest
import requests
from azure.identity.aio import CertificateCredential, ClientAssertionCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # it is not marked as typed
from O365 import Account, MSGraphProtocol
from O365.utils.token import MemoryTokenBackend

from tests.contract.standin import Contoso, Running

SCOPE = "https://graph.microsoft.com/.default"


def credential(contoso: Contoso, running: Running) -> CertificateCredential:
    pem = (contoso.certificate.private_pem + contoso.certificate.public_pem).encode()
    return CertificateCredential(
        contoso.id,
        contoso.client_id,
        certificate_data=pem,
        authority=contoso.base_url,
        disable_instance_discovery=True,
        connection_verify=str(running.ca_file),
    )


async def test_azure_identity_gets_a_token_with_a_certificate(contoso: Contoso, running: Running) -> None:
    async with credential(contoso, running) as certificate_credential:
        token = await certificate_credential.get_token(SCOPE)

    answer = await contoso.client.get(
        f"{contoso.base_url}/v1.0/users?$top=1", headers={"Authorization": f"Bearer {token.token}"}
    )
    assert answer.status_code == 200


async def test_azure_identity_gets_a_token_with_a_managed_identity(contoso: Contoso, running: Running) -> None:
    issuer = f"{contoso.base_url}/{contoso.id}/v2.0"
    await contoso.register(certificates=[], federated_credentials=[{"issuer": issuer, "subject": "identity-1"}])
    path = f"/tenants/{contoso.id}/managed-identity-tokens"
    assertion = (await contoso.control("POST", path, {"subject": "identity-1"}))["assertion"]

    async with ClientAssertionCredential(
        contoso.id,
        contoso.client_id,
        lambda: str(assertion),
        authority=contoso.base_url,
        disable_instance_discovery=True,
        connection_verify=str(running.ca_file),
    ) as assertion_credential:
        token = await assertion_credential.get_token(SCOPE)

    assert token.token.count(".") == 2


@pytest.fixture
def session(running: Running) -> Iterator[requests.Session]:
    """What MSAL and O365 send with; ``trust_env`` off, since REQUESTS_CA_BUNDLE would win over ``verify``."""
    with requests.Session() as plain:
        plain.verify = str(running.ca_file)
        plain.trust_env = False
        yield plain


def confidential_client(
    contoso: Contoso, session: requests.Session, token_cache: msal.TokenCache | None = None
) -> msal.ConfidentialClientApplication:
    certificate = contoso.certificate
    return msal.ConfidentialClientApplication(
        contoso.client_id,
        client_credential={"private_key": certificate.private_pem, "public_certificate": certificate.public_pem},
        authority=f"{contoso.base_url}/{contoso.id}",
        instance_discovery=False,
        http_client=session,
        token_cache=token_cache,
    )


async def test_msal_gets_a_token_for_the_app(contoso: Contoso, session: requests.Session) -> None:
    def acquire() -> dict[str, Any]:
        found: dict[str, Any] = confidential_client(contoso, session).acquire_token_for_client([SCOPE])
        return found

    answer = await asyncio.to_thread(acquire)

    assert answer["token_type"] == "Bearer"
    assert "error" not in answer


@pytest.fixture
async def graph(contoso: Contoso, running: Running) -> AsyncIterator[GraphServiceClient]:
    """Kiota wraps the transport and does not close it, so it is closed here."""
    transport = httpx.AsyncHTTPTransport(verify=running.context)
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
    async with credential(contoso, running) as certificate_credential, transport, http:
        auth = AzureIdentityAuthenticationProvider(certificate_credential, scopes=[SCOPE], allowed_hosts=["127.0.0.1"])
        adapter = GraphRequestAdapter(auth, http)
        adapter.base_url = f"{contoso.base_url}/v1.0"
        yield GraphServiceClient(request_adapter=adapter)


async def test_msgraph_pages_through_the_directory(graph: GraphServiceClient) -> None:
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id", "mail"], top=50)
    configuration = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)

    pages = [await graph.users.get(request_configuration=configuration)]
    while pages[-1].odata_next_link:
        pages.append(await graph.users.with_url(pages[-1].odata_next_link).get())

    assert [len(page.value) for page in pages] == [50, 50, 20]


async def test_msgraph_reads_the_directory_by_delta(graph: GraphServiceClient) -> None:
    page = await graph.users.delta.get()

    assert len(page.value) == 120
    assert page.odata_delta_link is not None


async def test_o365_lists_the_directory(
    contoso: Contoso, running: Running, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))

    class LocalProtocol(MSGraphProtocol):  # type: ignore[misc]  # O365 has no types
        _protocol_url = f"{contoso.base_url}/"

    def addresses() -> list[str]:
        account = Account(
            (contoso.client_id, None),
            auth_flow_type="credentials",
            tenant_id=contoso.id,
            protocol=LocalProtocol(),
            token_backend=MemoryTokenBackend(),
        )
        account.con._msal_client = confidential_client(contoso, session, account.con.token_backend)
        account.authenticate(scopes=[SCOPE])
        try:
            return [str(user.mail) for user in account.directory().get_users(limit=999)]
        finally:
            account.con.session.close()

    assert len(await asyncio.to_thread(addresses)) == 120
