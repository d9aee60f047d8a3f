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

from tests.contract.browsing import sign_in, submit
from tests.contract.personal import CONNECTED, PERSONAL_ACCOUNTS, SCOPES, personal_id
from tests.contract.standin import Contoso, Running

ASKED = ["User.Read", "Calendars.ReadWrite"]
"""MSAL adds the others itself."""


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
