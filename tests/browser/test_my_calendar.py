"""Somebody looks after their own calendar: chooses, disconnects, comes back."""

from collections.abc import Callable

import pytest
import pytest_asyncio

from local.stack import Stack
from shared_code.pages.languages import catalogue
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, settle_until
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


def link_of(organization: Organization, locale: str = "en") -> str:
    asked = {"user": "member", "locale": locale}
    return str(organization.product.call("POST", f"/{organization.id}/portal-sessions", asked)["link"])


def settings_of(organization: Organization) -> dict[str, object]:
    return dict(organization.product.call("GET", f"/{organization.id}/users/member/settings"))


def in_the_product(said: Callable[[str], str], text: str) -> str:
    return said(text) % {"product": "Example Scheduling"}


@pytest_asyncio.fixture(loop_scope="session")
async def connected(stack: Stack, new_visitor: NewVisitor, tenant: Tenant, organization: Organization) -> Organization:
    administrator = await new_visitor()
    await administrator.connect(organization.link, tenant.account())
    settle_until(stack, lambda: organization.state_of("member") == "connected")
    return organization


@pytest.mark.parametrize(("locale", "java_script_enabled"), [("en", True), ("fr", True), ("en", False)])
async def test_a_person_chooses_leaves_and_comes_back(
    stack: Stack, new_visitor: NewVisitor, connected: Organization, locale: str, *, java_script_enabled: bool
) -> None:
    visitor, said = await new_visitor(java_script_enabled=java_script_enabled), catalogue(locale).gettext
    await visitor.open(link_of(connected, locale))
    await visitor.click(said("Sign in"))
    calendars, zone = await visitor.text(), settings_of(connected)
    await visitor.page.get_by_label(said("Out of office")).check()
    await visitor.page.get_by_label(in_the_product(said, "Cancel them in %(product)s as well")).uncheck()
    await visitor.click(said("Save"))
    saved, chosen = await visitor.text(), settings_of(connected)
    await visitor.follow(said("Disconnect my calendar"))
    await visitor.click(said("Disconnect my calendar"))
    out = await visitor.text()
    await visitor.click(said("Connect again"))
    settle_until(stack, lambda: connected.state_of("member") == "connected")
    await visitor.open(visitor.page.url)

    assert said("main calendar") in calendars
    assert zone["chosen"] == []
    assert said("Saved.") in saved
    assert (chosen["busy_statuses"], chosen["cancellation_sync"]) == (["busy", "out_of_office"], False)
    assert said("Your calendar is disconnected.") in out
    assert await visitor.page.get_by_label(said("Out of office")).is_checked()
    assert visitor.complaints == []


async def test_checking_no_calendar_is_asked_about_in_the_persons_language(
    visitor: Visitor, connected: Organization
) -> None:
    await visitor.open(link_of(connected, "fr-FR"))
    await visitor.go_on()
    await visitor.page.locator("[name=checked_calendars]:checked").uncheck()
    await visitor.click("Enregistrer")
    asked, before = await visitor.heading(), settings_of(connected)["checked_calendars"]
    await visitor.page.locator("[name=means_nothing_checked]").check()
    await visitor.click("Enregistrer")

    assert asked == "Erreur\u00a0: vos choix n’ont pas été enregistrés"
    assert before != []
    assert "Aucun calendrier n’est coché" in await visitor.text()
    assert settings_of(connected)["checked_calendars"] == []


async def test_the_page_can_be_filled_in_and_saved_by_keyboard_alone(visitor: Visitor, connected: Organization) -> None:
    await visitor.open(link_of(connected))
    await visitor.click("Sign in")

    await _tab_to(visitor, "status-oof")
    await visitor.page.keyboard.press("Space")
    await _tab_to(visitor, "save")
    async with visitor.page.expect_navigation():
        await visitor.page.keyboard.press("Enter")

    assert settings_of(connected)["busy_statuses"] == ["busy", "out_of_office"]


async def _tab_to(visitor: Visitor, identity: str) -> None:
    for _ in range(40):
        await visitor.page.keyboard.press("Tab")
        if await visitor.page.evaluate("document.activeElement.id") == identity:
            return
    pytest.fail(f"the keyboard does not reach {identity}")
