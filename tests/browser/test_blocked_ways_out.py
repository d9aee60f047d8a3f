"""Ways out for somebody whom Microsoft keeps: their own page knows of it, and their administrator's consent ends it."""

from datetime import timedelta
from typing import Any

import pytest

from local.stack import Stack
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.blocked_texts import REFUSALS
from shared_code.pages.languages import catalogue
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant
from tests.browser.test_blocked_people import BLOCKS, RETURN, enter, impose, organization, sign_in_at_microsoft
from tests.browser.visitor import Visitor

__all__ = ["organization"]  # a fixture

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize(("code", "locale"), [(50105, "en"), (53003, "fr"), (90094, "fr")])
async def test_who_never_comes_back_reads_on_their_page_that_it_may_be_blocked(
    stack: Stack, tenant: Tenant, organization: Organization, visitor: Visitor, locale: str, code: int
) -> None:
    rules: dict[str, Any] = {"user_consent": "admin_only", "return_link": False}
    refused = {"sign_in_refusals": {stack.addresses.personal_client_id: code}}
    tenant.rule(**(rules if code == 90094 else refused))
    said = catalogue(locale).gettext
    await enter(visitor, organization, locale)

    await sign_in_at_microsoft(visitor, stack, tenant.account("member"))
    left_at = visitor.page.url
    stack.advance(timedelta(minutes=11))
    await visitor.open(f"{stack.addresses.app_url}/portal/me")
    await visitor.page.locator('main a[href="/portal/me/blocked"]').first.click()

    assert left_at.startswith(stack.addresses.microsoft365_url)
    assert await visitor.heading() == said(REFUSALS[PersonalRefusal.NEVER_CAME_BACK].title)


async def test_the_message_holds_a_link_with_which_an_administrator_allows_it_for_everybody(
    stack: Stack, tenant: Tenant, organization: Organization, new_visitor: NewVisitor
) -> None:
    visitor, administrator = await new_visitor(), await new_visitor()
    impose(tenant, BLOCKS["90094"])
    await enter(visitor, organization)
    await sign_in_at_microsoft(visitor, stack, tenant.account("member"))
    await visitor.click(RETURN)
    message = await visitor.page.locator("#message").inner_text()
    link = next(word for word in message.split() if "/adminconsent?" in word)

    await administrator.open(link)
    await administrator.sign_in(tenant.account())
    await administrator.click("Accept")
    allowed = administrator.page.url
    await visitor.follow("Try again")
    await visitor.go_on()
    await visitor.page.locator("#pick button").click()

    assert allowed.startswith(f"{stack.addresses.app_url}/personal/consented")
    assert await visitor.heading() == "Connect this account?"
    assert tenant.account("member") in await visitor.text()
