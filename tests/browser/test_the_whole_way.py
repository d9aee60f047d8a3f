"""A Microsoft administrator goes from the activation link to the finished connection."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, settle, settle_until
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_an_administrator_consents_proves_confirms_and_sees_the_connection_finished(
    stack: Stack, visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.consent(organization.link, tenant.account())
    asked, before = await visitor.text(), organization.state
    await visitor.click("Connect these calendars")
    waiting = await visitor.heading()
    settle_until(stack, lambda: organization.state == "active")
    # No reload: the page that waits asks again by itself.
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Connected")

    assert all(told in asked for told in (organization.name, "owner", tenant.account(), tenant.id))
    assert before == "pending"
    assert waiting == "Checking the permissions"
    assert (organization.state, organization.connection["tenant"]) == ("active", tenant.id)
    assert visitor.complaints == []


async def test_a_privileged_role_administrator_may_connect_as_well(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.connect(organization.link, tenant.account("privileged"))

    assert await visitor.heading() == "Checking the permissions"
    assert organization.state == "verifying"


async def test_the_whole_way_works_without_javascript(
    stack: Stack, new_visitor: NewVisitor, tenant: Tenant, organization: Organization
) -> None:
    visitor = await new_visitor(java_script_enabled=False)

    await visitor.connect(organization.link, tenant.account())
    settle_until(stack, lambda: organization.state == "active")
    await visitor.page.reload()

    assert await visitor.heading() == "Connected"
    assert organization.state == "active"


async def test_the_whole_way_works_in_french_on_a_phone(
    stack: Stack, new_visitor: NewVisitor, tenant: Tenant, organization: Organization
) -> None:
    visitor = await new_visitor(
        locale="fr-FR",
        viewport={"width": 390, "height": 844},
        has_touch=True,
        permissions=["clipboard-read", "clipboard-write"],
    )
    headings, copied = [], []
    await visitor.open(organization.link)
    headings.append(await visitor.heading())
    await visitor.page.get_by_text("Limiter à certaines boîtes aux lettres").tap()
    await visitor.page.get_by_role("button", name="Copier ces commandes").first.tap()
    await expect(visitor.page.get_by_role("button", name="Copié")).to_be_visible()
    copied.append(await visitor.page.evaluate("navigator.clipboard.readText()"))
    await visitor.click("Continuer avec Microsoft")
    await visitor.sign_in(tenant.account())
    await visitor.click("Accept")
    headings.append(await visitor.heading())
    await visitor.click("Connecter ces calendriers")
    headings.append(await visitor.heading())
    settle_until(stack, lambda: organization.state == "active")
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Connecté")

    assert headings == [
        "Connecter Outlook à Example Scheduling",
        f"Connecter à {organization.name}\u00a0?",
        "Vérification des autorisations",
    ]
    assert "New-ManagementScope" in copied[0]
    assert (organization.state, visitor.complaints) == ("active", [])


async def test_what_somebody_has_unfolded_stays_so_while_the_page_looks_again(
    stack: Stack, visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    tenant.rule(propagation_seconds=300)
    await visitor.connect(organization.link, tenant.account())
    await visitor.page.get_by_text("Limit it to some mailboxes").click()

    async with visitor.page.expect_response("**/consent/progress"):
        pass
    async with visitor.page.expect_response("**/consent/progress"):
        pass

    assert await visitor.page.get_by_text("New-ManagementScope").is_visible()


async def test_the_whole_way_works_with_the_keyboard_alone(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.open(organization.link)
    await _tab_to(visitor, "Connect Outlook to Example Scheduling", "Continue with Microsoft")
    await visitor.page.keyboard.press("Enter")
    await _tab_to(visitor, "Sign in to Orgcal for organisations", "account")
    await visitor.page.keyboard.type(tenant.account())
    await visitor.page.keyboard.press("Enter")
    await _tab_to(visitor, "Permissions requested", "Accept")
    await visitor.page.keyboard.press("Enter")
    await _tab_to(visitor, f"Connect to {organization.name}?", "Connect these calendars")
    await visitor.page.keyboard.press("Enter")

    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Checking the permissions")
    assert organization.state == "verifying"


async def test_a_second_account_in_the_same_browser_is_the_one_that_counts(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.begin(organization.link)
    await visitor.sign_in(tenant.account("member"))
    await visitor.click("Have an admin account? Sign in with that account")
    await visitor.sign_in(tenant.account())
    await visitor.click("Accept")

    assert tenant.account() in await visitor.text()
    assert tenant.account("member") not in await visitor.text()


async def test_a_grant_that_is_slow_to_spread_is_waited_for(
    stack: Stack, visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    tenant.rule(propagation_seconds=300)
    await visitor.connect(organization.link, tenant.account())
    settle(stack, timedelta(seconds=20))
    early = await _heading_after_reload(visitor)
    settle(stack, timedelta(minutes=10))

    assert early == "Checking the permissions"
    assert await _heading_after_reload(visitor) == "Connected"


async def _heading_after_reload(visitor: Visitor) -> str:
    await visitor.page.reload()
    return await visitor.heading()


async def _tab_to(visitor: Visitor, heading: str, wanted: str) -> None:
    """On the page with this heading, press Tab until what is focused has this text or id."""
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text(heading)
    for _ in range(12):
        await visitor.page.keyboard.press("Tab")
        if wanted in await visitor.page.evaluate("[document.activeElement.innerText, document.activeElement.id]"):
            return
    pytest.fail(f"twelve tabs did not lead to “{wanted}” on the page “{heading}”")
