"""What the browser is told to enforce, and does: the cookie, the Content-Security-Policy, nothing kept."""

import pytest
from playwright.async_api import Route

from local.stack import Stack
from tests.browser.conftest import NewVisitor
from tests.browser.places import Organization, Tenant
from tests.browser.visitor import COOKIE, Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]


async def test_the_cookie_is_locked_to_the_host_and_survives_the_way_over_microsofts_pages(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.begin(organization.link)
    begun = await visitor.cookie()
    await visitor.sign_in(tenant.account())
    await visitor.click("Accept")
    returned = await visitor.cookie()

    assert begun is not None
    assert (begun["secure"], begun["httpOnly"], begun["sameSite"], begun["path"]) == (True, True, "Lax", "/")
    assert (begun["domain"], begun["name"]) == ("localhost", COOKIE)
    assert returned == begun


async def test_the_app_and_microsoft_are_different_sites_in_these_tests(stack: Stack) -> None:
    # Otherwise SameSite would be tried by nothing here.
    assert stack.addresses.app_url.startswith("https://localhost:")
    assert stack.addresses.microsoft365_url.startswith("https://127.0.0.1:")


async def test_no_script_of_a_page_sees_the_cookie(visitor: Visitor, organization: Organization) -> None:
    await visitor.begin(organization.link)
    await visitor.open(organization.link)

    assert await visitor.cookie() is not None
    assert await visitor.page.evaluate("document.cookie") == ""


async def test_the_browser_says_nothing_about_the_policy_on_the_way_or_off_it(
    visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.begin(organization.link)
    await visitor.sign_in(tenant.account())
    await visitor.click("Cancel")
    await visitor.begin(organization.link)
    await visitor.click("Accept")
    await visitor.click("Connect these calendars")
    await visitor.open(organization.link)
    await visitor.open(organization.link + "x")

    assert visitor.complaints == []


INJECTED = (
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "<svg onload=\"document.title = 'owned'\"></svg>",
    "<script src=\"data:text/javascript,document.title='owned'\"></script>",
)


async def test_script_that_finds_its_way_into_a_page_does_not_run(visitor: Visitor, organization: Organization) -> None:
    await _change_pages(visitor, "</main>", "".join(INJECTED) + "</main>")

    await visitor.open(organization.link)

    assert await visitor.page.title() == "Connect Outlook to Example Scheduling"
    assert len([one for one in visitor.complaints if "Content Security Policy" in one]) >= len(INJECTED)


async def test_style_that_finds_its_way_into_a_page_is_not_applied(
    visitor: Visitor, organization: Organization
) -> None:
    await _change_pages(visitor, "</main>", "<style>main { display: none }</style></main>")

    await visitor.open(organization.link)

    assert await visitor.page.locator("main").is_visible()
    assert "Content Security Policy" in visitor.complaints[0]


async def test_a_form_that_is_turned_towards_another_site_is_not_sent(
    visitor: Visitor, organization: Organization
) -> None:
    await _change_pages(visitor, 'action="/connect?', 'action="https://evil.example/connect?')
    await visitor.open(organization.link)

    async with visitor.page.expect_event("console"):
        # Playwright would wait for a navigation that never comes.
        await visitor.page.get_by_role("button", name="Continue with Microsoft").click(no_wait_after=True)

    assert "form-action" in visitor.complaints[0]
    assert visitor.page.url == organization.link


async def test_a_page_cannot_be_put_into_the_frame_of_another_site(
    visitor: Visitor, organization: Organization
) -> None:
    async with visitor.page.expect_event("console"):
        await visitor.page.set_content(f'<iframe src="{organization.link}"></iframe>')

    assert "frame-ancestors" in visitor.complaints[0]
    assert organization.name not in await visitor.page.frames[1].content()


async def test_a_confirmation_posted_from_another_site_is_refused(
    stack: Stack, visitor: Visitor, tenant: Tenant, organization: Organization
) -> None:
    await visitor.consent(organization.link, tenant.account())
    attacker = Visitor(await visitor.context.new_page())
    await attacker.open(stack.addresses.microsoft365_url + "/nowhere")
    target = f"{stack.addresses.app_url}/consent/confirm"
    await attacker.page.set_content(f'<main><form method="post" action="{target}"><button>Win</button></form></main>')

    await attacker.click("Win")

    assert await attacker.heading() == "This page was not expected here"
    assert organization.state == "pending"


async def test_neither_the_link_nor_where_somebody_came_from_is_told_to_microsoft(
    new_visitor: NewVisitor, organization: Organization
) -> None:
    visitor = await new_visitor()
    referrers: list[str | None] = []
    visitor.page.on("request", lambda request: referrers.append(request.headers.get("referer")))

    await visitor.begin(organization.link)

    assert set(referrers) <= {None, ""}


async def _change_pages(visitor: Visitor, old: str, new: str) -> None:
    """As if a page held something that it should not; its headers stay what they are."""

    async def change(route: Route) -> None:
        response = await route.fetch()
        await route.fulfill(response=response, body=(await response.text()).replace(old, new))

    await visitor.page.route("**/connect?**", change)
