"""The stand-in's pages for people who connect their own calendar, as a browser goes through them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.browser.conftest import NewVisitor
from tests.browser.visitor import Visitor
from tests.contract.personal import PERSONAL_ACCOUNTS, SCOPES, personal_id
from tests.contract.standin import GLOBAL_ADMINISTRATOR, Contoso, Running, make_certificate, person, running

__all__ = ["running"]  # a fixture

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNT = "Account (userPrincipalName)"


@dataclass(frozen=True)
class Door:
    """Where the app sends people to sign in."""

    contoso: Contoso
    client_id: str

    @property
    def back(self) -> str:
        """The app's own address, and any that answers will do: Playwright cannot answer at the end of a redirect."""
        return f"{self.contoso.base_url}/control/clock"

    @property
    def url(self) -> str:
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "redirect_uri": self.back,
            "scope": " ".join(SCOPES),
            "prompt": "select_account",
        }
        return str(httpx.URL(f"{self.contoso.base_url}/common/oauth2/v2.0/authorize", params=asked))


@pytest_asyncio.fixture(loop_scope="session")
async def door(running: Running) -> AsyncIterator[Door]:
    async with httpx.AsyncClient(verify=running.context) as client:
        contoso = Contoso(client, make_certificate(), running.url)
        door = Door(contoso, str(uuid4()))
        admin = person("admin", directory_roles=[GLOBAL_ADMINISTRATOR])
        await contoso.settle([person("ann"), admin], user_consent="request_workflow", requires_mfa=True)
        registration = {
            "name": "Orgcal",
            "redirect_uris": [door.back],
            "delegated_scopes": SCOPES,
            "sign_in_audience": "AzureADandPersonalMicrosoftAccount",
        }
        await contoso.control("PUT", f"/apps/{door.client_id}", registration)
        yield door


async def sign_in(visitor: Visitor, door: Door, account: str) -> None:
    await visitor.open(door.url)
    await visitor.page.get_by_label(ACCOUNT).fill(account)
    await visitor.click("Next")


def brought_back(visitor: Visitor, door: Door) -> dict[str, str]:
    assert visitor.page.url.startswith(door.back)
    return {name: values[0] for name, values in parse_qs(urlsplit(visitor.page.url).query).items()}


async def test_a_blocked_person_asks_and_gets_in_once_an_administrator_consented_for_everybody(
    door: Door, new_visitor: NewVisitor
) -> None:
    ann, admin = await new_visitor(), await new_visitor()

    await sign_in(ann, door, "ann@contoso.example")
    await ann.click("Approve the sign-in on my phone")
    blocked = await ann.heading()
    await ann.page.get_by_label("Enter justification for requesting this app").fill("my bookings")
    await ann.click("Request approval")
    await ann.click("Back to the application")
    refused = brought_back(ann, door)
    await sign_in(admin, door, "admin@contoso.example")
    await admin.click("Approve the sign-in on my phone")
    await admin.page.get_by_label("Consent on behalf of your organization").check()
    await admin.click("Accept")
    await ann.open(door.url)
    await ann.click("Ann ann@contoso.example, signed in")

    assert (blocked, refused["error"]) == ("Need admin approval", "access_denied")
    assert refused["error_description"].startswith("AADSTS90095")
    assert "code" in brought_back(admin, door)
    assert "code" in brought_back(ann, door)


async def test_a_personal_account_consents_for_itself(door: Door, new_visitor: NewVisitor) -> None:
    address = f"zoe-{uuid4().hex[:8]}@outlook.com"
    people = [{"id": personal_id(), "userPrincipalName": address, "mail": address}]
    await door.contoso.control("POST", f"/tenants/{PERSONAL_ACCOUNTS}/people", people)
    zoe = await new_visitor()

    await sign_in(zoe, door, address)
    asked = await zoe.text()
    await zoe.click("Accept")

    assert "Calendars.ReadWrite" in asked
    assert "behalf" not in asked
    assert "code" in brought_back(zoe, door)
