"""MSAL connects a person's own calendar: code with PKCE, certificate, and the redirects of a browser."""

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import msal
import pytest
import requests
from kiota_abstractions.authentication.anonymous_authentication_provider import AnonymousAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event import Event
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.graph_request_adapter import options as SDK_OPTIONS  # noqa: N812 - a constant; without it `me` is no path
from msgraph_core import GraphClientFactory  # type: ignore[import-untyped]  # it is not marked as typed

from tests.contract.browsing import sign_in, submit
from tests.contract.personal import CONNECTED, PERSONAL_ACCOUNTS, SCOPES, personal_id
from tests.contract.standin import Contoso, Running

ASKED = ["User.Read", "Calendars.ReadWrite"]
"""MSAL adds the others itself."""
DAY = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
    start_date_time="2026-11-24T00:00:00Z", end_date_time="2026-11-25T00:00:00Z"
)


@pytest.fixture
def session(running: Running) -> Iterator[requests.Session]:
    with requests.Session() as plain:
        plain.verify = str(running.ca_file)
        plain.trust_env = False
        yield plain


@pytest.fixture
async def client(contoso: Contoso, session: requests.Session) -> msal.ConfidentialClientApplication:
    client_id = str(uuid4())
    registration = {
        "name": "Orgcal",
        "redirect_uris": [CONNECTED],
        "delegated_scopes": SCOPES,
        "certificates": [contoso.certificate.public_pem],
        "sign_in_audience": "AzureADandPersonalMicrosoftAccount",
    }
    await contoso.control("PUT", f"/apps/{client_id}", registration)
    credential = {"private_key": contoso.certificate.private_pem, "public_certificate": contoso.certificate.public_pem}
    return await asyncio.to_thread(
        msal.ConfidentialClientApplication,
        client_id,
        client_credential=credential,
        authority=f"{contoso.base_url}/common",
        instance_discovery=False,
        http_client=session,
    )


pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")
"""A posted answer would come without the cookies of the browser that asked."""


async def new_account(contoso: Contoso, kind: str) -> str:
    name = f"zoe-{uuid4().hex}"
    if kind == "work":
        address, tenant, object_id = f"{name}@contoso.example", contoso.id, str(uuid4())
        await contoso.control("PATCH", f"/tenants/{contoso.id}", {"verified_domains": ["contoso.example"]})
    else:
        address, tenant, object_id = f"{name}@outlook.com", PERSONAL_ACCOUNTS, personal_id()
    people = [{"id": object_id, "userPrincipalName": address, "mail": address}]
    await contoso.control("POST", f"/tenants/{tenant}/people", people)
    return address


async def through_the_browser(running: Running, url: str, account: str) -> dict[str, str]:
    async with httpx.AsyncClient(verify=running.context) as browser:
        await sign_in(browser, url, account)
        sent = await submit(browser, url, "accept")
    return {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}


@pytest.mark.parametrize("kind", ["work", "personal"])
async def test_msal_connects_an_account_reads_its_calendar_and_refreshes(
    running: Running, contoso: Contoso, client: msal.ConfidentialClientApplication, kind: str
) -> None:
    account = await new_account(contoso, kind)
    flow = client.initiate_auth_code_flow(ASKED, redirect_uri=CONNECTED, prompt="select_account", login_hint=account)

    back = await through_the_browser(running, flow["auth_uri"], account)
    handed = await asyncio.to_thread(client.acquire_token_by_auth_code_flow, flow, back)
    again = await asyncio.to_thread(client.acquire_token_by_refresh_token, handed["refresh_token"], ASKED)

    assert handed["id_token_claims"]["preferred_username"] == account
    assert client.get_accounts()[0]["username"] == account
    assert await profile(running, contoso, again) == account


async def profile(running: Running, contoso: Contoso, handed: dict[str, Any]) -> str:
    headers = {"Authorization": f"Bearer {handed['access_token']}"}
    async with httpx.AsyncClient(verify=running.context, headers=headers) as graph:
        view = "calendarView?startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-30T00:00:00Z"
        read = await graph.get(f"{contoso.base_url}/v1.0/me/{view}")
        assert read.status_code == 200, read.text
        return str((await graph.get(f"{contoso.base_url}/v1.0/me")).json()["mail"])


@pytest.mark.parametrize("kind", ["work", "personal"])
async def test_msgraph_reads_and_writes_below_me(
    running: Running, contoso: Contoso, client: msal.ConfidentialClientApplication, kind: str
) -> None:
    account = await new_account(contoso, kind)
    flow = client.initiate_auth_code_flow(ASKED, redirect_uri=CONNECTED)
    back = await through_the_browser(running, flow["auth_uri"], account)
    handed = await asyncio.to_thread(client.acquire_token_by_auth_code_flow, flow, back)

    headers = {"Authorization": f"Bearer {handed['access_token']}"}
    async with httpx.AsyncHTTPTransport(verify=running.context) as transport:
        plain = httpx.AsyncClient(transport=transport, headers=headers)
        http = GraphClientFactory.create_with_default_middleware(client=plain, options=SDK_OPTIONS)
        adapter = GraphRequestAdapter(AnonymousAuthenticationProvider(), http)
        adapter.base_url = f"{running.url}/v1.0"
        me = GraphServiceClient(request_adapter=adapter).me
        made = await me.events.post(Event(subject="Own", start=at("09"), end=at("10")))
        calendars = await me.calendars.get()
        seen = await me.calendar_view.get(request_configuration=RequestConfiguration(query_parameters=DAY))

    assert [each.is_default_calendar for each in calendars.value] == [True]
    assert [each.id for each in seen.value] == [made.id]


def at(hour: str) -> DateTimeTimeZone:
    return DateTimeTimeZone(date_time=f"2026-11-24T{hour}:00:00", time_zone="UTC")


async def test_msal_hears_why_a_refresh_was_refused(
    running: Running, contoso: Contoso, client: msal.ConfidentialClientApplication
) -> None:
    account = await new_account(contoso, "work")
    flow = client.initiate_auth_code_flow(ASKED, redirect_uri=CONNECTED)
    back = await through_the_browser(running, flow["auth_uri"], account)
    handed = await asyncio.to_thread(client.acquire_token_by_auth_code_flow, flow, back)

    await contoso.control("POST", f"/tenants/{contoso.id}/people/{account}/sign-ins", {"happened": "revoked"})
    refused = await asyncio.to_thread(client.acquire_token_by_refresh_token, handed["refresh_token"], ASKED)

    assert (refused["error"], refused["error_codes"]) == ("invalid_grant", [50173])
