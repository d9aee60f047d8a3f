"""Who is let in where: sessions, roles, other organisations, forms from elsewhere, frames."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import expect

from local.demo.product import Product
from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, new_organization
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

OF_ADMINS = (
    "/portal/outlook",
    "/portal/users",
    "/portal/users.csv",
    "/portal/users/owner",
    "/portal/policy",
    "/portal/held",
)
GUARDS = {
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


async def sign_in(visitor: Visitor, organization: Organization, user: str = "owner") -> str:
    """Where the app is."""
    await visitor.open(organization.portal_link(user))
    await visitor.click("Sign in")
    return "{0.scheme}://{0.netloc}".format(urlsplit(visitor.page.url))


async def test_nobody_is_let_in_without_a_session(stack: Stack, visitor: Visitor) -> None:
    answers = [await visitor.open(f"{stack.addresses.app_url}{path}") for path in (*OF_ADMINS, "/portal/me")]

    assert {answer.status for answer in answers} == {401}
    assert await visitor.heading() == "You are not signed in"


async def test_a_member_meets_a_closed_door_on_every_page_of_admins(
    visitor: Visitor, organization: Organization
) -> None:
    app = await sign_in(visitor, organization, "member")
    at_home = await visitor.heading()
    ways = await visitor.page.get_by_role("navigation").first.inner_text()

    answers = [await visitor.open(app + path) for path in OF_ADMINS]

    assert (at_home, ways.strip()) == ("My Outlook calendar", "My calendar")
    assert {answer.status for answer in answers} == {403}


async def test_a_session_of_an_owner_that_was_asked_for_a_user_acts_as_a_user(
    visitor: Visitor, organization: Organization
) -> None:
    await visitor.open(organization.portal_link("owner", role="user"))
    await visitor.click("Sign in")

    answer = await visitor.open(visitor.page.url.replace("/portal/me", "/portal/policy"))

    assert answer.status == 403


async def test_whose_role_was_taken_away_is_no_longer_let_in(visitor: Visitor, organization: Organization) -> None:
    organization.product.call("PUT", f"/{organization.id}/users/deputy", {"addresses": [], "role": "admin"})
    app = await sign_in(visitor, organization, "deputy")
    organization.product.call("PUT", f"/{organization.id}/users/deputy", {"addresses": [], "role": "user"})

    answer = await visitor.open(f"{app}/portal/policy")

    assert answer.status == 401


async def test_another_organizations_connection_and_people_are_not_there(
    product: Product, visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    other = new_organization(product, tenant)
    other.product.call("PUT", f"/{other.id}/users/theirs", {"addresses": []})
    app = await sign_in(visitor, organization)

    own = await visitor.open(f"{app}/portal/outlook/{organization.connection_id}")
    foreign = [
        await visitor.open(f"{app}/portal/{path}") for path in (f"outlook/{other.connection_id}", "users/theirs")
    ]

    assert (own.status, [answer.status for answer in foreign]) == (200, [404, 404])


async def test_signing_in_to_a_second_organization_ends_what_the_first_ones_pages_may(
    product: Product, visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await sign_in(visitor, organization)
    stale = visitor.page
    await stale.goto(stale.url.replace("/portal/outlook", "/portal/policy"))
    second = Visitor(await visitor.context.new_page())
    await sign_in(second, new_organization(product, tenant))

    await visitor.click("Save")

    assert await visitor.heading() == "This page was not expected here"


async def test_a_form_of_another_site_changes_nothing(
    stack: Stack, visitor: Visitor, organization: Organization
) -> None:
    app = await sign_in(visitor, organization)
    attacker = Visitor(await visitor.context.new_page())
    await attacker.open(f"{stack.addresses.microsoft365_url}/nowhere")
    target = f"{app}/portal/outlook/{organization.connection_id}/revoke"
    await attacker.page.set_content(f'<main><form method="post" action="{target}"><button>Win</button></form></main>')

    await attacker.click("Win")

    assert await attacker.heading() != "Admin-managed Outlook Calendar"
    assert organization.connection["activation_link"] is not None


async def test_a_form_without_its_token_changes_nothing(visitor: Visitor, organization: Organization) -> None:
    app = await sign_in(visitor, organization)
    await visitor.open(f"{app}/portal/outlook/{organization.connection_id}")
    await visitor.page.evaluate("for (const one of document.querySelectorAll('[name=form]')) one.remove()")

    await visitor.click("Revoke the link")

    assert organization.connection["activation_link"] is not None
    assert await visitor.page.get_by_role("status").count() == 0


async def test_a_link_leads_nobody_in_again_who_has_signed_out(visitor: Visitor, organization: Organization) -> None:
    link = organization.portal_link("owner")
    await visitor.open(link)
    await visitor.click("Sign in")
    await visitor.click("Sign out")

    answer = await visitor.open(link)

    assert answer.status in {404, 410}
    assert await visitor.page.get_by_role("button").count() == 0


async def test_no_signed_in_page_can_be_put_into_a_frame_or_kept(visitor: Visitor, organization: Organization) -> None:
    app = await sign_in(visitor, organization)

    headers = [(await visitor.open(app + path)).headers for path in ("/portal/outlook", "/portal/me")]
    attacker = Visitor(await visitor.context.new_page())
    async with attacker.page.expect_event("console"):
        await attacker.page.set_content(f'<iframe src="{app}/portal/policy"></iframe>')

    assert [{name: found.get(name) for name in GUARDS} for found in headers] == [GUARDS, GUARDS]
    assert all("frame-ancestors 'none'" in found["content-security-policy"] for found in headers)
    assert "frame-ancestors" in attacker.complaints[0]


async def test_a_page_that_was_left_is_not_shown_again_by_going_back(
    new_visitor: NewVisitor, organization: Organization
) -> None:
    visitor = await new_visitor()
    await sign_in(visitor, organization)
    await visitor.click("Sign out")

    await visitor.page.go_back()

    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text("You are not signed in")
