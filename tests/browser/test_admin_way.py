"""An organisation's admin goes the whole way: connects, sees people come, decides, and disconnects."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.async_api import expect

from local.demo.product import Product
from local.stack import Stack
from shared_code.pages.languages import catalogue
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, settle_until, unconnected_organization
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

OURS = {"localhost", "127.0.0.1"}  # the app, and the stand-in for Microsoft
DESK: dict[str, object] = {"locale": "en", "viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, object] = {"locale": "fr", "viewport": {"width": 390, "height": 844}, "has_touch": True}

type Words = Callable[[str], str]


@pytest.fixture
def unconnected(product: Product, tenant: Tenant) -> Iterator[Organization]:
    organization = unconnected_organization(product, tenant)
    yield organization
    organization.leave()


@dataclass
class Admin:
    """Somebody at the portal, who reads one language."""

    visitor: Visitor
    words: Words

    async def press(self, button: str) -> None:
        await self.visitor.click(self.words(button))

    async def follow(self, link: str) -> None:
        await self.visitor.follow(self.words(link))

    async def is_told(self, text: str) -> None:
        await expect(self.visitor.page.get_by_role("status")).to_have_text(self.words(text))

    async def reads(self, badge: str) -> None:
        """Without a reload: a page that waits asks again by itself."""
        first = self.visitor.page.locator("main .badge").first
        await expect(first).to_have_text(self.words(badge))


async def sign_in(visitor: Visitor, organization: Organization, language: str) -> Admin:
    await visitor.open(organization.portal_link("owner", language))
    await visitor.go_on()
    return Admin(visitor, catalogue(language).gettext)


@pytest.mark.parametrize("person", [DESK, PHONE], ids=["in English at a desk", "in French on a phone"])
async def test_an_admin_connects_outlook_and_ends_it(
    stack: Stack, new_visitor: NewVisitor, tenant: Tenant, unconnected: Organization, person: dict[str, object]
) -> None:
    visitor = await new_visitor(**person, permissions=["clipboard-read", "clipboard-write"])
    admin = await sign_in(visitor, unconnected, str(person["locale"]))
    begun = await visitor.heading()

    await admin.press("Connect Outlook")
    await admin.is_told("The activation link is ready. Send it to a Microsoft administrator.")
    copied, (issued,) = await _copied_link(admin), unconnected.connections
    administrator = await _opened_by_themself(admin)
    await administrator.go_on()
    await administrator.sign_in(tenant.account())
    await administrator.click("Accept")
    await administrator.go_on()
    await visitor.page.reload()
    settle_until(stack, lambda: unconnected.state_of("member") == "connected")
    await admin.reads("Connected")
    await expect(administrator.page.get_by_role("heading", level=1)).to_have_text(admin.words("Connected"))
    await _look_at_the_user(admin, tenant)
    await _forbid_disconnecting(admin)
    await _disconnect(admin, tenant)

    assert begun == admin.words("Admin-managed Outlook Calendar")
    assert copied == issued["activation_link"]
    assert {one["state"] for one in unconnected.connections} <= {"disconnecting", "disconnected"}
    assert (visitor.complaints, administrator.complaints) == ([], [])
    assert visitor.hosts | administrator.hosts == OURS


async def _copied_link(admin: Admin) -> str:
    page = admin.visitor.page
    await page.get_by_role("button", name=admin.words("Copy link"), exact=True).click()
    await expect(page.get_by_role("button", name=admin.words("Copied"), exact=True)).to_be_visible()
    copied = str(await page.evaluate("navigator.clipboard.readText()"))
    assert copied == await page.get_by_label(admin.words("Link"), exact=True).input_value()
    return copied


async def _opened_by_themself(admin: Admin) -> Visitor:
    """The link, in a new tab of the same browser."""
    async with admin.visitor.context.expect_page() as opened:
        await admin.visitor.page.get_by_role("link", name=admin.words("Open it myself")).click()
    visitor = Visitor(await opened.value)
    await visitor.page.wait_for_load_state()
    return visitor


async def _look_at_the_user(admin: Admin, tenant: Tenant) -> None:
    await admin.follow("Users")
    await admin.visitor.page.get_by_label(admin.words("Search by user or address")).fill("MEMBER@")
    await admin.press("Search")
    await admin.visitor.follow("member")
    assert tenant.account("member") in await admin.visitor.text()
    await admin.reads("Connected")


async def _forbid_disconnecting(admin: Admin) -> None:
    await admin.follow("Policy")
    forbidden = admin.visitor.page.locator("#allow_user_disconnect-no")
    await forbidden.check()
    await admin.press("Save")
    await admin.is_told("Saved.")
    assert await forbidden.is_checked()


async def _disconnect(admin: Admin, tenant: Tenant) -> None:
    """Only for whoever types whom it is about."""
    visitor = admin.visitor
    await admin.follow("Outlook calendars")
    await visitor.go(visitor.page.locator("article h2 a"))
    await admin.follow("Disconnect …")
    typed = visitor.page.locator("#typed")
    await typed.fill("something else")
    await admin.press("Disconnect")
    assert await visitor.page.locator("#typed-error").inner_text() == admin.words(
        "That is not the name. Nothing was disconnected."
    )
    await typed.fill(tenant.domain.upper())
    await admin.press("Disconnect")
    assert "1" in await visitor.page.get_by_role("status").inner_text()


async def test_the_admin_connects_without_javascript(
    stack: Stack, new_visitor: NewVisitor, tenant: Tenant, unconnected: Organization
) -> None:
    visitor = await new_visitor(java_script_enabled=False)
    admin = await sign_in(visitor, unconnected, "en")
    await admin.press("Connect Outlook")
    link = await visitor.page.get_by_label("Link", exact=True).input_value()
    administrator = await new_visitor(java_script_enabled=False)
    await administrator.connect(link, tenant.account())
    settle_until(stack, lambda: unconnected.state_of("member") == "connected")

    await visitor.page.reload()
    await admin.reads("Connected")
    buttons = [
        await one.inner_text() for one in await visitor.page.get_by_role("button").all() if await one.is_visible()
    ]

    assert "Copy link" not in buttons
    assert "Match again now" in buttons
    assert [one["state"] for one in unconnected.connections] == ["active"]


async def test_the_admin_begins_and_revokes_with_the_keyboard_alone(
    visitor: Visitor, unconnected: Organization
) -> None:
    admin = await sign_in(visitor, unconnected, "en")
    await _press_by_keyboard(visitor, "Connect Outlook")
    await admin.is_told("The activation link is ready. Send it to a Microsoft administrator.")
    await _press_by_keyboard(visitor, "Revoke the link")

    await admin.is_told("The link was revoked.")
    assert visitor.complaints == []


async def _press_by_keyboard(visitor: Visitor, button: str) -> None:
    for _ in range(40):
        await visitor.page.keyboard.press("Tab")
        if await visitor.page.evaluate("document.activeElement.innerText") == button:
            async with visitor.page.expect_navigation():
                await visitor.page.keyboard.press("Enter")
            return
    pytest.fail(f"forty tabs did not lead to “{button}”")
