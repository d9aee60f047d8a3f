"""Microsoft's own clients and MSAL, set up for a place: only their endpoints are redirected."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import msal
import pytest
import requests
from azure.identity.aio import CertificateCredential
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # it is not marked as typed
from O365 import Account, MSGraphProtocol
from O365.utils.token import MemoryTokenBackend

from local.microsoft365.certificates import client_context
from tests.contract.places import Place

SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture
async def credential(place: Place) -> AsyncIterator[CertificateCredential]:
    async with CertificateCredential(
        place.tenant,
        place.client_id,
        certificate_data=place.pem.encode(),
        authority=place.authority,
        disable_instance_discovery=True,
        connection_verify=place.verify,
    ) as found:
        yield found


@pytest.fixture
async def transport(place: Place) -> AsyncIterator[httpx.AsyncHTTPTransport]:
    """Kiota wraps a transport and does not close it, so it is closed here."""
    verify = client_context(place.ca_file) if place.ca_file else True
    async with httpx.AsyncHTTPTransport(verify=verify) as found:
        yield found


@pytest.fixture
def graph(place: Place, credential: CertificateCredential, transport: httpx.AsyncHTTPTransport) -> GraphServiceClient:
    http = GraphClientFactory.create_with_default_middleware(client=httpx.AsyncClient(transport=transport))
    auth = AzureIdentityAuthenticationProvider(credential, scopes=[SCOPE], allowed_hosts=[place.graph_host])
    adapter = GraphRequestAdapter(auth, http)
    adapter.base_url = place.graph_url
    return GraphServiceClient(request_adapter=adapter)


@pytest.fixture
def session(place: Place) -> Iterator[requests.Session]:
    """What MSAL sends with; ``trust_env`` off, since REQUESTS_CA_BUNDLE would win over ``verify``."""
    with requests.Session() as plain:
        plain.verify = place.verify
        plain.trust_env = False
        yield plain


@contextmanager
def o365_account(place: Place, session: requests.Session, user: str) -> Iterator[Account]:
    """Signed in as the app; blocks, as all of O365 does."""

    class LocalProtocol(MSGraphProtocol):  # type: ignore[misc]  # O365 has no types
        _protocol_url = place.graph_url.removesuffix("v1.0")

    account = Account(
        (place.client_id, None),
        auth_flow_type="credentials",
        tenant_id=place.tenant,
        protocol=LocalProtocol(timezone="UTC"),
        token_backend=MemoryTokenBackend(),
        main_resource=user,
    )
    account.con._msal_client = confidential_client(place, session, account.con.token_backend)
    account.authenticate(scopes=[SCOPE])
    try:
        yield account
    finally:
        account.con.session.close()


def confidential_client(
    place: Place, session: requests.Session, token_cache: msal.TokenCache | None = None
) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        place.client_id,
        client_credential={"private_key": place.private_key, "public_certificate": place.certificate},
        authority=f"{place.authority}/{place.tenant}",
        instance_discovery=False,
        http_client=session,
        token_cache=token_cache,
    )
