"""Somebody connects an Outlook.com account of their own: from their page to Microsoft, back, and confirmed."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, settle, settle_until
from tests.browser.visitor import Visitor
from tests.contract.personal import PERSONAL_ACCOUNTS, personal_id

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


@dataclass(frozen=True)
class Words:
    """What the pages say, in one language."""

    locale: str
    connect: str
    go_on: str
    confirm_title: str
    confirm: str
    done: str
    mine: str
    cancel: str
    cancelled: str
    disconnect: str
    disconnected: str


ENGLISH = Words(
    "en",
    "Connect an Outlook account of yours",
    "Continue with Microsoft",
    "Connect this account?",
    "Connect this account",
    "Your account is connected",
    "To my calendar",
    "Cancel",
    "You did not connect the account",
    "Disconnect this account",
    "The account is disconnected.",
)
FRENCH = Words(
    "fr",
    "Connecter votre propre compte Outlook",
    "Continuer avec Microsoft",
    "Connecter ce compte\u00a0?",
    "Connecter ce compte",
    "Votre compte est connecté",
    "Vers mon calendrier",
    "Annuler",
    "Vous n’avez pas connecté le compte",
    "Déconnecter ce compte",
    "Le compte est déconnecté.",
)


@pytest.fixture
def outlook(stack: Stack) -> str:
    """The address of an Outlook.com account."""
    address = f"zoe-{uuid4().hex[:8]}@outlook.com"
    people = [{"id": personal_id(), "userPrincipalName": address, "mail": address}]
    stack.control.post(f"/tenants/{PERSONAL_ACCOUNTS}/people", json=people).raise_for_status()
    return address


async def led_to_connect(visitor: Visitor, organization: Organization, words: Words) -> None:
    """On the page that names the product's account."""
    await visitor.open(organization.portal_link("member", words.locale))
    await visitor.go_on()
    await visitor.open(f"{visitor.page.url.partition('/portal')[0]}/portal/me/connect")


async def went_to_microsoft(visitor: Visitor, words: Words, account: str) -> None:
    """Back from there, with the consent given where it is asked."""
    await visitor.click(words.go_on)
    await visitor.sign_in(account)
    if await visitor.page.get_by_role("button", name="Accept", exact=True).count():
        await visitor.click("Accept")


@pytest.mark.parametrize("words", [ENGLISH, FRENCH], ids=["English", "French"])
@pytest.mark.parametrize("java_script_enabled", [True, False])
async def test_an_outlook_com_account_is_connected_cancelled_and_disconnected(
    stack: Stack,
    new_visitor: NewVisitor,
    tenant: Tenant,
    organization: Organization,
    outlook: str,
    words: Words,
    *,
    java_script_enabled: bool,
) -> None:
    visitor = await new_visitor(java_script_enabled=java_script_enabled)
    await led_to_connect(visitor, organization, words)
    title = await visitor.heading()
    await went_to_microsoft(visitor, words, outlook)
    asked, both = await visitor.heading(), await visitor.text()
    await visitor.click(words.cancel)
    cancelled = await visitor.heading()

    await visitor.open(f"{visitor.page.url.partition('/portal')[0]}/portal/me/connect")
    await visitor.click(words.go_on)
    await visitor.page.get_by_role("button", name=outlook).click()
    await visitor.page.wait_for_url("**/portal/me/connect/answer")
    await visitor.click(words.confirm)
    done = await visitor.heading()
    settle(stack)
    await visitor.follow(words.mine)
    mine = await visitor.text()
    await visitor.follow(f"{words.disconnect} {outlook}")
    await visitor.click(words.disconnect)

    assert (title, asked, cancelled, done) == (words.connect, words.confirm_title, words.cancelled, words.done)
    assert outlook in both
    assert tenant.account("member") in both
    assert outlook in mine
    assert outlook not in await visitor.text()
    assert words.disconnected in await visitor.page.get_by_role("status").inner_text()
    assert visitor.complaints == []


async def test_the_product_begins_it_and_is_told_what_came_of_it(
    stack: Stack, visitor: Visitor, organization: Organization, outlook: str
) -> None:
    """As a sign-up would: one link, whose session begins on the way to Microsoft."""
    asked = {"login_hint": outlook, "return_to": "https://product.example/welcome?step=2", "locale": "en"}
    begun = organization.product.call("POST", f"/{organization.id}/users/member/personal-connections", asked)
    await visitor.open(str(begun["url"]))
    await visitor.click("Sign in")
    named = await visitor.heading()
    await visitor.click(ENGLISH.go_on)
    hinted = await visitor.page.get_by_label("Account").input_value()
    await visitor.click("Next")
    await visitor.click("Accept")
    await visitor.click(ENGLISH.confirm)
    settle_until(stack, lambda: _account(organization)["state"] == "connected")
    back = visitor.page.locator("main").get_by_role("link", name="Back to Example Scheduling")

    connected = _account(organization)
    assert (connected["state"], connected["account"]) == ("connected", None)
    assert (named, hinted) == (ENGLISH.connect, outlook)
    assert await back.get_attribute("href") == (
        f"https://product.example/welcome?step=2&personal_connection={connected['connection']}"
    )


def _account(organization: Organization) -> dict[str, Any]:
    """The only one that they have."""
    listed = organization.product.call("GET", f"/{organization.id}/users/member/personal-connections")
    (account,) = listed["personal_connections"]
    return dict(account)


async def test_going_back_and_reloading_connects_nothing_twice(
    visitor: Visitor, organization: Organization, outlook: str
) -> None:
    await led_to_connect(visitor, organization, ENGLISH)
    await went_to_microsoft(visitor, ENGLISH, outlook)
    await visitor.page.reload()
    again = await visitor.heading()
    await visitor.click(ENGLISH.confirm)
    await visitor.page.reload()
    reloaded = await visitor.heading()
    await visitor.page.go_back()

    listed = organization.product.call("GET", f"/{organization.id}/users/member/personal-connections")
    assert (again, reloaded) == (ENGLISH.confirm_title, ENGLISH.done)
    assert await visitor.heading() in {ENGLISH.done, ENGLISH.connect, "Pick an account"}
    assert len(listed["personal_connections"]) == 1


async def test_an_answer_that_somebody_was_lured_to_brings_them_nobodys_account(
    new_visitor: NewVisitor, organization: Organization
) -> None:
    """The state is another browser's, however genuine it is."""
    lured, luring = await new_visitor(), await new_visitor()
    await led_to_connect(lured, organization, ENGLISH)
    await led_to_connect(luring, organization, ENGLISH)
    await luring.click(ENGLISH.go_on)
    app = lured.page.url.partition("/portal")[0]

    answer = await lured.open(f"{app}/personal/callback?state={luring.query()['state']}&code=anything")

    assert answer.status == 400
    assert await lured.heading() == "There is nothing to confirm"
