"""An admin looks for somebody among the people, takes the list along, and disconnects and connects somebody."""

import pytest
from playwright.async_api import expect

from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, settle_until
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def signed_in(visitor: Visitor, organization: Organization, locale: str = "en") -> None:
    asked = {"user": "owner", "locale": locale}
    await visitor.open(str(organization.product.call("POST", f"/{organization.id}/portal-sessions", asked)["link"]))
    await visitor.go_on()


async def test_an_admin_disconnects_somebody_and_connects_them_again(
    stack: Stack, visitor: Visitor, new_visitor: NewVisitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.connect(organization.link, tenant.account())
    settle_until(stack, lambda: organization.state_of("member") == "connected")
    admin = await new_visitor()
    await signed_in(admin, organization)
    badge = admin.page.locator("main .badge").first

    await admin.follow("Users")
    await admin.follow("member")
    await expect(badge).to_have_text("Connected")
    found = await admin.text()
    await admin.follow("Disconnect …")
    await admin.click("Disconnect")
    await expect(admin.page.get_by_role("status")).to_have_text("The user is disconnected.")
    await expect(badge).to_have_text("Disconnected")
    await admin.click("Connect again")
    await expect(badge).to_have_text("Waiting")
    settle_until(stack, lambda: organization.state_of("member") == "connected")

    # No reload: the page asks again by itself.
    await expect(badge).to_have_text("Connected")
    assert tenant.account("member") in found
    assert "1 is up to date" in found
    assert admin.complaints == []


async def test_the_list_is_searched_sorted_and_filtered_without_javascript_and_on_a_phone(
    new_visitor: NewVisitor, organization: Organization
) -> None:
    people = [{"user": f"person{number:02}", "addresses": []} for number in range(45)]
    organization.product.call("POST", f"/{organization.id}/users", {"users": people})
    visitor = await new_visitor(java_script_enabled=False, viewport={"width": 390, "height": 844})
    await signed_in(visitor, organization, "fr")
    first = visitor.page.locator("tbody tr a").first

    await visitor.follow("Utilisateurs")
    await visitor.follow("Page 2")
    await expect(visitor.page.locator("tbody tr")).to_have_count(22)
    await visitor.follow("Utilisateur")
    await expect(first).to_have_text("person44")
    await visitor.page.get_by_label("Rechercher un utilisateur ou une adresse").fill("PERSON0")
    await visitor.click("Rechercher")
    await expect(first).to_have_text("person09")
    assert visitor.query() == {"search": "PERSON0", "sort": "-user"}
    assert "Aucune correspondance 10" in await visitor.text()


async def test_the_list_is_taken_along_as_a_file(visitor: Visitor, organization: Organization) -> None:
    await signed_in(visitor, organization)
    await visitor.follow("Users")

    async with visitor.page.expect_download() as download:
        await visitor.page.get_by_role("link", name="Export as CSV").click()
    file = await download.value

    content = (await file.path()).read_bytes()
    assert file.suggested_filename.startswith(f"users-{organization.id}-")
    assert content.startswith(
        b"\xef\xbb\xbfUser,Address,Status,Reason,What to do,Microsoft account,Since,"
        b"Outlook accounts of their own\r\nmember,"
    )
    assert visitor.complaints == []
