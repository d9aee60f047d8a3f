"""Back, reload, a second tab, another browser: nobody breaks the way, and nothing is bound by it."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request

from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant, new_organization, settle
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

UNEXPECTED = "This page was not expected here"


async def test_every_page_can_be_reloaded(visitor: Visitor, tenant: Tenant, organization: Organization) -> None:
    headings = []
    await visitor.open(organization.link)
    headings.append(await _reloaded(visitor))
    await visitor.click("Continue with Microsoft")
    await visitor.page.reload()
    await visitor.sign_in(tenant.account())
    await visitor.click("Accept")
    headings.append(await _reloaded(visitor))
    before = organization.state
    await visitor.click("Connect these calendars")
    headings.append(await _reloaded(visitor))

    assert headings == [
        "Connect Outlook to Example Scheduling",
        f"Connect to {organization.name}?",
        "Checking the permissions",
    ]
    assert (before, organization.state) == ("pending", "verifying")


async def test_somebody_goes_back_to_the_first_page_and_begins_again(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.begin(organization.link)
    await visitor.heading()
    await visitor.page.go_back()

    await visitor.click("Continue with Microsoft")
    await visitor.sign_in(tenant.account())
    await visitor.click("Accept")
    await visitor.click("Connect these calendars")

    assert await visitor.heading() == "Checking the permissions"
    assert organization.state == "verifying"


async def test_going_back_after_the_confirmation_shows_no_second_one(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.connect(organization.link, tenant.account())
    bound = organization.connection

    await visitor.page.go_back()

    assert await visitor.page.get_by_role("button", name="Connect these calendars").count() == 0
    assert organization.connection == bound


async def test_the_callback_a_second_time_is_refused_and_the_way_goes_on(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    answers = _listen(visitor)
    await visitor.consent(organization.link, tenant.account())

    refused = [await visitor.open(answers[step]) for step in ("/consent/callback", "/consent/signed-in")]
    heading = await visitor.heading()
    await visitor.open(_progress(organization))
    state = organization.state
    await visitor.click("Connect these calendars")

    assert [response.status for response in refused] == [400, 400]
    assert (heading, state) == (UNEXPECTED, "pending")
    assert organization.state == "verifying"


async def test_a_refusal_that_is_reloaded_says_the_same_again_and_leads_back_to_the_link(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.begin(organization.link)
    await visitor.sign_in(tenant.account())
    await visitor.click("Cancel")

    heading = await _reloaded(visitor)
    await visitor.begin(organization.link)
    await visitor.click("Accept")
    await visitor.click("Connect these calendars")

    assert heading == "You declined"
    assert organization.state == "verifying"


async def test_a_consent_that_is_still_spreading_can_be_reloaded_and_the_link_still_works(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    tenant.rule(sign_in_spread_seconds=60)
    await visitor.consent(organization.link, tenant.account())

    heading, state = await _reloaded(visitor), organization.state
    await visitor.open(organization.link)

    assert (heading, state) == ("Microsoft is still spreading your consent", "pending")
    assert await visitor.heading() == "Connect Outlook to Example Scheduling"


async def test_a_consent_given_in_another_browser_than_the_one_that_began_binds_nothing(
    visitor: Visitor, new_visitor: NewVisitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.begin(organization.link)
    stranger = await new_visitor()

    await stranger.open(visitor.page.url)
    await stranger.sign_in(tenant.account())
    await stranger.click("Accept")

    assert await stranger.heading() == UNEXPECTED
    assert await stranger.cookie() is None
    assert (organization.state, organization.connection["tenant"]) == ("pending", None)


async def test_a_sign_in_taken_over_by_another_browser_binds_nothing(
    stack: Stack, visitor: Visitor, new_visitor: NewVisitor, tenant: Tenant, organization: Organization
) -> None:
    tenant.rule(sign_in_spread_seconds=60)
    await visitor.consent(organization.link, tenant.account())
    sign_in = await visitor.page.get_by_role("link", name="Try the sign-in again").get_attribute("href")
    settle(stack, timedelta(seconds=61))
    stranger = await new_visitor()

    await stranger.open(str(sign_in))
    await stranger.sign_in(tenant.account())

    assert await stranger.heading() == UNEXPECTED
    assert (organization.state, organization.connection["tenant"]) == ("pending", None)


async def test_of_two_organizations_begun_in_one_browser_only_the_last_goes_on(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    other = new_organization(organization.product, tenant)
    second_tab = Visitor(await visitor.context.new_page())
    await visitor.begin(organization.link)
    await visitor.sign_in(tenant.account())
    await second_tab.begin(other.link)

    await visitor.click("Accept")
    await second_tab.click("Accept")

    assert await visitor.heading() == UNEXPECTED
    assert await second_tab.heading() == f"Connect to {other.name}?"
    assert (organization.state, other.state) == ("pending", "pending")


async def _reloaded(visitor: Visitor) -> str:
    await visitor.page.reload()
    return await visitor.heading()


def _progress(organization: Organization) -> str:
    return organization.link.partition("/connect?")[0] + "/consent/progress"


def _listen(visitor: Visitor) -> dict[str, str]:
    """Collects the addresses to which Microsoft sends the browser, by path."""
    seen: dict[str, str] = {}

    def note(request: Request) -> None:
        seen.setdefault(urlsplit(request.url).path, request.url)

    visitor.page.on("request", note)
    return seen
