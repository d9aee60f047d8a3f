"""Whoever Microsoft keeps on a page of its own: theirs here knows of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from local.stack import Stack
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.blocked_texts import REFUSALS
from shared_code.pages.languages import catalogue
from tests.browser.places import Organization, Tenant
from tests.browser.test_blocked_people import enter, organization, sign_in_at_microsoft
from tests.browser.visitor import Visitor
from tests.contract.personal import PERSONAL_ACCOUNTS, personal_id

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
    await visitor.go(visitor.page.locator('main a[href="/portal/me/blocked"]').first)

    assert left_at.startswith(stack.addresses.microsoft365_url)
    assert await visitor.heading() == said(REFUSALS[PersonalRefusal.NEVER_CAME_BACK].title)


@pytest.mark.parametrize("locale", ["en", "fr"])
async def test_who_declines_with_an_outlook_com_account_said_no_and_is_sent_to_nobody(
    stack: Stack, organization: Organization, visitor: Visitor, locale: str
) -> None:
    address = f"zoe-{uuid4().hex[:8]}@outlook.com"
    people = [{"id": personal_id(), "userPrincipalName": address, "mail": address}]
    stack.control.post(f"/tenants/{PERSONAL_ACCOUNTS}/people", json=people).raise_for_status()
    said = catalogue(locale).gettext
    await enter(visitor, organization, locale)

    await sign_in_at_microsoft(visitor, stack, address)
    await visitor.click("Cancel")

    assert await visitor.heading() == said(REFUSALS[PersonalRefusal.DECLINED].title)
    assert said(REFUSALS[PersonalRefusal.DECLINED].next) in await visitor.text()
    assert not await visitor.page.locator("#message").is_visible()
    assert visitor.complaints == []


async def test_the_browsers_back_from_microsofts_page_leads_to_a_page_that_links_to_the_help(
    stack: Stack, tenant: Tenant, organization: Organization, visitor: Visitor
) -> None:
    tenant.rule(user_consent="admin_only", return_link=False)
    await enter(visitor, organization)
    await sign_in_at_microsoft(visitor, stack, tenant.account("member"))

    while visitor.page.url.startswith(stack.addresses.microsoft365_url):
        await visitor.page.go_back()
    left_to = visitor.page.url
    await visitor.follow("If Microsoft does not let you through")

    assert left_to.endswith("/portal/me/connect")
    assert await visitor.heading() == REFUSALS[PersonalRefusal.NEVER_CAME_BACK].title
