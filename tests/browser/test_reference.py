"""The reference of the product API at ``/docs``: for every screen, without script, from this host alone."""

from typing import Literal
from urllib.parse import urlsplit

import pytest

from functions.operations import OPERATIONS
from local.stack import Stack
from tests.browser.axe import violations
from tests.browser.conftest import NewVisitor
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.stack, pytest.mark.asyncio(loop_scope="session")]

PHONE = 390


async def opened(visitor: Visitor, stack: Stack) -> Visitor:
    """With everything unfolded."""
    assert (await visitor.open(f"{stack.addresses.app_url}/docs")).status == 200
    await visitor.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    return visitor


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_either_colour_scheme(
    stack: Stack, new_visitor: NewVisitor, scheme: Literal["light", "dark"]
) -> None:
    visitor = await opened(await new_visitor(color_scheme=scheme), stack)

    assert await violations(visitor.page, {}) == []


async def test_it_does_not_scroll_sideways_on_a_phone(stack: Stack, new_visitor: NewVisitor) -> None:
    visitor = await opened(await new_visitor(viewport={"width": PHONE, "height": 800}), stack)

    assert await visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE


async def test_it_names_every_operation_and_every_link_in_it_leads_somewhere(stack: Stack, visitor: Visitor) -> None:
    await opened(visitor, stack)

    text = await visitor.text()
    dead = await visitor.page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1))"
        ".filter(id => !document.getElementById(id))"
    )

    assert [operation.path for operation in OPERATIONS if operation.path not in text] == []
    assert dead == []


async def test_it_asks_no_other_host_and_the_browser_has_nothing_to_complain_about(
    stack: Stack, visitor: Visitor
) -> None:
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))

    await opened(visitor, stack)

    assert {urlsplit(url).netloc for url in asked} == {urlsplit(stack.addresses.app_url).netloc}
    assert visitor.complaints == []


async def test_an_example_unfolds_without_script(stack: Stack, new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(java_script_enabled=False)
    await visitor.open(f"{stack.addresses.app_url}/docs")
    example = visitor.page.locator("#put_user details").first

    before = await example.locator("pre").is_visible()
    await example.locator("summary").click()

    assert (before, await example.locator("pre").is_visible()) == (False, True)


async def test_its_policy_lets_nothing_in_but_what_is_its_own(stack: Stack, visitor: Visitor) -> None:
    response = await visitor.open(f"{stack.addresses.app_url}/docs")

    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
