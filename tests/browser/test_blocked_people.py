"""Somebody whom Microsoft does not let connect an account: back with us they read who can help, in their language."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.demo.product import Product
from local.stack import Stack
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.blocked_texts import MAY_BE, PLACES, REFUSALS
from shared_code.pages.languages import LANGUAGES, catalogue
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, settle, unconnected_organization
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

RETURN = "Return to the application without granting consent"
HOUR = 3600


@dataclass(frozen=True)
class Block:
    """How Microsoft stops somebody, by the rules of its tenant, and with which button they come back from its page."""

    refusal: PersonalRefusal
    rules: dict[str, Any] = field(default_factory=dict)
    sign_in_refusal: int | None = None
    consented: bool = False
    leave: str = RETURN


def stopped_at_consent(refusal: PersonalRefusal, code: int) -> Block:
    return Block(refusal, {"consent_refusal": code})


def stopped_at_sign_in(refusal: PersonalRefusal, code: int) -> Block:
    return Block(refusal, {"sign_in_refusals_return": True}, sign_in_refusal=code, leave="")


BLOCKS = {
    "65001": Block(PersonalRefusal.CONSENT_REQUIRED, {"sign_in_spread_seconds": HOUR}, consented=True, leave=""),
    "65001 at the code's redemption": Block(
        PersonalRefusal.CONSENT_REQUIRED,
        {"sign_in_spread_seconds": HOUR, "sign_in_refused_at": "token"},
        consented=True,
        leave="",
    ),
    "65004": Block(PersonalRefusal.DECLINED, leave="Cancel"),
    "90093": stopped_at_consent(PersonalRefusal.CONSENT_FORBIDDEN, 90093),
    "90094": Block(PersonalRefusal.ADMIN_APPROVAL, {"user_consent": "admin_only"}),
    "90095": Block(PersonalRefusal.REQUEST_SENT, {"user_consent": "request_workflow"}),
    "900941": stopped_at_consent(PersonalRefusal.RISKY_APP, 900941),
    "650052": stopped_at_consent(PersonalRefusal.NOT_SUBSCRIBED, 650052),
    "650056": stopped_at_consent(PersonalRefusal.CONSENT_INCOMPLETE, 650056),
    "50105": stopped_at_sign_in(PersonalRefusal.NOT_ASSIGNED, 50105),
    "53003": stopped_at_sign_in(PersonalRefusal.CONDITIONAL_ACCESS, 53003),
    "700016": stopped_at_sign_in(PersonalRefusal.APP_NOT_FOUND, 700016),
}


@pytest.fixture
def organization(product: Product, tenant: Tenant) -> Iterator[Organization]:
    """Nobody has asked for its tenant yet."""
    organization = unconnected_organization(product, tenant)
    yield organization
    organization.leave()


def impose(tenant: Tenant, block: Block) -> None:
    personal = tenant.stack.addresses.personal_client_id
    refused = {} if block.sign_in_refusal is None else {"sign_in_refusals": {personal: block.sign_in_refusal}}
    tenant.rule(**block.rules, **refused)
    if block.consented:
        consent_for_everybody(tenant)


def consent_for_everybody(tenant: Tenant) -> None:
    """As an administrator does, whose consent takes its time to be known everywhere."""
    addresses = tenant.stack.addresses
    asked = {
        "client_id": addresses.personal_client_id,
        "scope": "https://graph.microsoft.com/.default",
        "redirect_uri": f"{addresses.app_url}/personal/consented",
    }
    page = f"{addresses.microsoft365_url}/{tenant.id}/v2.0/adminconsent"
    with httpx.Client(verify=tenant.stack.trust()) as browser:
        for answer in ({"action": "sign_in", "account": tenant.account()}, {"action": "accept"}):
            browser.post(page, params=asked, data=answer)


async def enter(visitor: Visitor, organization: Organization, locale: str | None = "en") -> None:
    await visitor.open(organization.portal_link("member", locale))
    await visitor.go_on()


async def sign_in_at_microsoft(visitor: Visitor, stack: Stack, account: str) -> None:
    await visitor.open(f"{stack.addresses.app_url}/portal/me/connect")
    await visitor.go_on()
    await visitor.sign_in(account)


async def look_in(visitor: Visitor, locale: str) -> None:
    """The page where they are, in the language that their browser asks for."""
    await visitor.context.set_extra_http_headers({"Accept-Language": locale})
    await visitor.page.reload()


@pytest.mark.parametrize("code", BLOCKS)
async def test_each_way_of_being_stopped_leads_to_what_the_administrator_does_and_where_in_both_languages(
    stack: Stack, tenant: Tenant, organization: Organization, visitor: Visitor, code: str
) -> None:
    block = BLOCKS[code]
    impose(tenant, block)
    await enter(visitor, organization, None)

    await sign_in_at_microsoft(visitor, stack, tenant.account("member"))
    if block.leave:
        await visitor.click(block.leave)

    for locale in LANGUAGES:
        said = catalogue(locale).gettext
        await look_in(visitor, locale)
        assert await visitor.heading() == said(REFUSALS[block.refusal].title)
        if block.refusal is PersonalRefusal.DECLINED:
            await visitor.page.locator("summary").first.click()
        shown = await visitor.text()
        for place in PLACES[MAY_BE.get(block.refusal, block.refusal)]:
            assert said(place.where) in shown
        assert code.partition(" ")[0] in shown
        assert tenant.stack.addresses.personal_client_id in shown
    assert visitor.complaints == []


async def test_the_message_holds_the_organisations_own_link_if_its_admin_has_one_open(
    stack: Stack, tenant: Tenant, product: Product, organization: Organization, visitor: Visitor
) -> None:
    link = product.begin_connection(organization.id)["activation_link"]
    impose(tenant, BLOCKS["90094"])
    await enter(visitor, organization)

    await sign_in_at_microsoft(visitor, stack, tenant.account("member"))
    await visitor.click(RETURN)

    assert link in await visitor.page.locator("#message").inner_text()


async def test_whoever_never_came_back_is_helped_and_gets_in_once_an_administrator_opened_the_link_they_passed_on(
    stack: Stack, tenant: Tenant, organization: Organization, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    impose(tenant, BLOCKS["90094"])
    await enter(visitor, organization)
    mine = f"{stack.addresses.app_url}/portal/me"
    await sign_in_at_microsoft(visitor, stack, tenant.account("member"))  # and stays there, on "Need admin approval"
    settle(stack, timedelta(minutes=10))

    await visitor.open(mine)
    told = await visitor.text()
    await visitor.follow("What you can do then")
    message = await visitor.page.locator("#message").inner_text()
    administrator = await new_visitor()
    await administrator.open(next(line for line in message.splitlines() if "adminconsent" in line))
    await administrator.sign_in(tenant.account())
    await administrator.click("Accept")
    thanks = await administrator.heading()
    await visitor.follow("Try again")
    await visitor.go_on()
    await visitor.sign_in(tenant.account("member"))

    assert "Microsoft did not send you back" in told
    assert thanks == "Thank you"
    assert await visitor.heading() == "Connect this account?"
    assert visitor.complaints == administrator.complaints == []
