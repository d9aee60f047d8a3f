"""Real clients against the stand-in, and against a real tenant where one is named: only endpoints are redirected."""

import asyncio
from typing import Any

import httpx
import pytest
import requests
from azure.identity.aio import CertificateCredential, ClientAssertionCredential
from msgraph import GraphServiceClient
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from O365 import Account, MSGraphProtocol
from O365.utils.token import MemoryTokenBackend

from tests.contract.clients import SCOPE, confidential_client, credential, graph, session, transport
from tests.contract.places import Place
from tests.contract.shapes import faults
from tests.contract.standin import Contoso, Running

__all__ = ["credential", "graph", "session", "transport"]  # fixtures


async def test_azure_identity_gets_a_token_with_a_certificate(
    place: Place, credential: CertificateCredential, transport: httpx.AsyncHTTPTransport
) -> None:
    token = await credential.get_token(SCOPE)

    headers = {"Authorization": f"Bearer {token.token}"}
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.get(f"{place.graph_url}/users?$top=1&$select=id", headers=headers)
    assert list(faults("users-page.json", answer.json())) == []


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
    ) as credential:
        token = await credential.get_token(SCOPE)

    assert token.token.count(".") == 2


async def test_msal_gets_a_token_for_the_app(place: Place, session: requests.Session) -> None:
    def acquire() -> dict[str, Any]:
        found: dict[str, Any] = confidential_client(place, session).acquire_token_for_client([SCOPE])
        return found

    answer = await asyncio.to_thread(acquire)

    assert answer["token_type"] == "Bearer"
    assert "error" not in answer


async def test_msgraph_pages_through_the_directory(graph: GraphServiceClient) -> None:
    query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(select=["id", "mail"], top=50, count=True)
    configuration = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration(query_parameters=query)
    configuration.headers.add("ConsistencyLevel", "eventual")

    pages = [await graph.users.get(request_configuration=configuration)]
    while link := pages[-1].odata_next_link:
        following = UsersRequestBuilder.UsersRequestBuilderGetRequestConfiguration()
        following.headers.add("ConsistencyLevel", "eventual")
        pages.append(await graph.users.with_url(link).get(request_configuration=following))

    ids = [user.id for page in pages for user in page.value]
    assert all(len(page.value) <= 50 for page in pages)
    assert len(set(ids)) == len(ids) == pages[0].odata_count


async def test_msgraph_reads_the_directory_by_delta(graph: GraphServiceClient) -> None:
    page = await graph.users.delta.get()
    while page.odata_next_link:
        page = await graph.users.delta.with_url(page.odata_next_link).get()

    assert "$deltatoken=" in page.odata_delta_link


async def test_o365_lists_the_directory(
    place: Place, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.ca_file:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.ca_file))

    class RedirectedProtocol(MSGraphProtocol):  # type: ignore[misc]  # O365 has no types
        _protocol_url = place.graph_url.removesuffix("v1.0")

    def addresses() -> list[str]:
        account = Account(
            (place.client_id, None),
            auth_flow_type="credentials",
            tenant_id=place.tenant,
            protocol=RedirectedProtocol(),
            token_backend=MemoryTokenBackend(),
        )
        account.con._msal_client = confidential_client(place, session, account.con.token_backend)
        account.authenticate(scopes=[SCOPE])
        try:
            return [str(user.user_principal_name) for user in account.directory().get_users(limit=999)]
        finally:
            account.con.session.close()

    found = await asyncio.to_thread(addresses)

    assert found
    assert all("@" in name for name in found)
