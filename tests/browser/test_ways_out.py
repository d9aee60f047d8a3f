"""Everything that ends the way early: who may not, who will not, and what Microsoft has not heard of yet."""

from datetime import timedelta

import pytest

from local.stack import Stack
from shared_code.core.consent import Refusal
from shared_code.pages.texts import REFUSALS
from tests.browser.places import Organization, Tenant, settle
from tests.browser.readers import Words, language, said, visitor
from tests.browser.visitor import Visitor

__all__ = ["language", "said", "visitor"]  # fixtures

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

RETURN = "Return to the application without granting consent"  # on Microsoft's page, which is always in English here


async def test_declining_changes_nothing_and_the_link_leads_in_again(
    visitor: Visitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    await visitor.begin(organization.link)
    await visitor.sign_in(tenant.account())

    await visitor.click("Cancel")
    declined, state = await visitor.heading(), organization.state
    await visitor.follow(said("Begin again"))

    assert (declined, state) == (said("You declined"), "pending")
    assert visitor.page.url == organization.link


async def test_an_application_administrator_sees_the_consent_and_cannot_finish_it(
    visitor: Visitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    await visitor.consent(organization.link, tenant.account("application-administrator"))

    on_microsofts_page = await visitor.heading()
    await visitor.click(RETURN)

    assert on_microsofts_page == "Need admin approval"
    assert await visitor.heading() == said("Your account may not grant this")
    assert organization.state == "pending"


async def test_an_ordinary_user_comes_back_with_nothing_granted(
    visitor: Visitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    await visitor.begin(organization.link)
    await visitor.sign_in(tenant.account("member"))

    await visitor.click(RETURN)

    assert await visitor.heading() == said("Your account may not grant this")
    assert said(REFUSALS[Refusal.NOT_ALLOWED].next) in await visitor.text()
    assert organization.state == "pending"


@pytest.mark.parametrize("name", ["member", "application-administrator"])
async def test_a_forged_callback_for_a_consented_tenant_binds_nothing_without_the_role(
    stack: Stack, visitor: Visitor, tenant: Tenant, organization: Organization, said: Words, name: str
) -> None:
    tenant.grant()
    await visitor.begin(organization.link)
    state = visitor.query()["state"]

    await visitor.open(
        f"{stack.addresses.app_url}/consent/callback?admin_consent=True&tenant={tenant.id}&state={state}"
    )
    await visitor.sign_in(tenant.account(name))
    refused = await visitor.heading()
    confirming = await visitor.open(f"{stack.addresses.app_url}/consent/progress")

    assert refused == said("This account is not an administrator who may connect")
    assert said("Connect these calendars") not in await confirming.text()
    assert (organization.state, organization.connection["tenant"]) == ("pending", None)


@pytest.mark.parametrize("where", ["authorize", "token"])
async def test_a_consent_that_has_not_spread_is_told_and_the_second_try_works(
    stack: Stack, visitor: Visitor, tenant: Tenant, organization: Organization, said: Words, where: str
) -> None:
    tenant.rule(sign_in_spread_seconds=60, sign_in_refused_at=where)
    await visitor.consent(organization.link, tenant.account())
    early, state = await visitor.heading(), organization.state
    settle(stack, timedelta(seconds=61))

    await visitor.follow(said("Try the sign-in again"))
    await visitor.click(said("Connect these calendars"))

    assert (early, state) == (said("Microsoft is still spreading your consent"), "pending")
    assert await visitor.heading() == said("Checking the permissions")
    assert organization.state == "verifying"


async def test_a_rule_of_the_tenant_is_named_as_what_stands_in_the_way(
    visitor: Visitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    tenant.rule(consent_refusal=900941)
    await visitor.consent(organization.link, tenant.account())

    await visitor.click(RETURN)

    assert await visitor.heading() == said("A rule of your Microsoft organization blocks this")
    assert "AADSTS900941" in await visitor.text()
    assert organization.state == "pending"


async def test_a_tenant_that_refuses_every_consent_gets_microsofts_number_to_pass_on(
    visitor: Visitor, tenant: Tenant, organization: Organization, said: Words
) -> None:
    tenant.rule(consent_refusal=90094)
    await visitor.consent(organization.link, tenant.account())

    await visitor.click(RETURN)

    assert "AADSTS90094" in await visitor.text()
    assert organization.state == "pending"
