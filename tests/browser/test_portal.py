"""A person of the product follows a one-time link into the signed-in pages, and leaves them."""

from datetime import timedelta

import pytest

from functions.page_answers import PORTAL_COOKIE
from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

BACK = "https://product.example/settings"


def new_link(organization: Organization) -> str:
    return organization.portal_link("owner", return_to=BACK)


async def cookie(visitor: Visitor) -> dict[str, object] | None:
    return next((dict(one) for one in await visitor.context.cookies() if one.get("name") == PORTAL_COOKIE), None)


async def test_a_person_signs_in_and_out(visitor: Visitor, organization: Organization) -> None:
    await visitor.open(new_link(organization))
    before = await cookie(visitor)
    await visitor.click("Sign in")
    foot, signed_in = await visitor.page.locator("footer").inner_text(), await cookie(visitor)
    back = await visitor.page.get_by_role("link", name="Back to Example Scheduling").get_attribute("href")
    await visitor.click("Sign out")

    assert before is None
    assert signed_in is not None
    assert (signed_in["secure"], signed_in["httpOnly"], signed_in["sameSite"]) == (True, True, "Lax")
    assert organization.name in foot
    assert back == BACK
    assert await visitor.heading() == "You are signed out"
    assert await cookie(visitor) is None
    assert visitor.complaints == []


async def test_the_token_leaves_the_address_bar_and_the_history_leads_nobody_else_in(
    visitor: Visitor, new_visitor: NewVisitor, organization: Organization
) -> None:
    link = new_link(organization)
    await visitor.open(link)
    await visitor.click("Sign in")
    other = await new_visitor()

    late = await other.open(link)

    assert "token" not in visitor.page.url
    assert (late.status, await other.heading()) == (410, "This link was used already")


async def test_going_back_to_the_link_leads_the_same_browser_in_again(
    visitor: Visitor, organization: Organization
) -> None:
    await visitor.open(new_link(organization))
    await visitor.click("Sign in")

    await visitor.page.go_back()

    assert await visitor.heading() == "Admin-managed Outlook Calendar"


async def test_signing_in_works_without_javascript_and_with_the_keyboard(
    new_visitor: NewVisitor, organization: Organization
) -> None:
    visitor = await new_visitor(java_script_enabled=False)
    await visitor.open(new_link(organization))

    async with visitor.page.expect_navigation():
        await visitor.tab(2)
        await visitor.page.keyboard.press("Enter")

    assert await visitor.heading() == "Admin-managed Outlook Calendar"


async def test_a_session_that_nobody_used_for_half_an_hour_is_over(
    stack: Stack, visitor: Visitor, organization: Organization
) -> None:
    await visitor.open(new_link(organization))
    await visitor.click("Sign in")
    stack.advance(timedelta(minutes=31))

    answer = await visitor.page.reload()

    assert answer is not None
    assert (answer.status, await visitor.heading()) == (401, "You are not signed in")
