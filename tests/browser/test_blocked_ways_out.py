"""Whoever Microsoft keeps on a page of its own: theirs here knows of it."""

from datetime import timedelta
from typing import Any

import pytest

from local.stack import Stack
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.blocked_texts import REFUSALS
from shared_code.pages.languages import catalogue
from tests.browser.places import Organization, Tenant
from tests.browser.test_blocked_people import enter, organization, sign_in_at_microsoft
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
