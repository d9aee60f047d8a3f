"""Every page of the administrator's way, for everybody: axe-core, structure, small screens, keyboard."""

from typing import Any, Literal

import pytest
from playwright.async_api import Route

from local.stack import ROOT
from tests.browser.conftest import NewVisitor
from tests.browser.gallery import answered, gallery
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = gallery()
AXE = ROOT / "local" / "node_modules" / "axe-core" / "axe.min.js"
SITE = "https://pages.example"
# The page that waits asks again by itself: nothing is typed there that could be lost, and it can be closed.
LEFT_OUT = {"rules": {"meta-refresh": {"enabled": False}}}


async def test_axe_finds_nothing_in_any_page(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light")

    assert await _violations_of_all(visitor, LEFT_OUT) == {}
    assert visitor.complaints == []


async def test_axe_finds_every_contrast_strong_enough_in_the_dark(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "dark")

    assert await _violations_of_all(visitor, {"runOnly": ["color-contrast"]}) == {}


async def test_axe_would_find_text_that_is_too_pale(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light")
    await visitor.page.set_content("<main><h1 style='color: #ddd; background: #fff'>Pale</h1></main>")

    assert any("color-contrast" in violation for violation in await _violations(visitor, {}))


async def test_no_page_scrolls_sideways_on_a_small_phone(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light", viewport={"width": 360, "height": 640})
    widths = {}
    for name in PAGES:
        await visitor.open(f"{SITE}/{name}")
        await _open_details(visitor)
        widths[name] = await visitor.page.evaluate("document.documentElement.scrollWidth")

    assert {name: width for name, width in widths.items() if width > 360} == {}


async def test_every_page_has_its_language_its_title_and_one_heading_that_says_the_same(
    new_visitor: NewVisitor,
) -> None:
    visitor = await _reader(new_visitor, "light")
    structure = "[document.documentElement.lang, document.title, ...document.querySelectorAll('h1')]"
    for name in PAGES:
        await visitor.open(f"{SITE}/{name}")

        lang, title, *headings = await visitor.page.evaluate(f"{structure}.map(one => one.innerText ?? one)")
        assert (lang, headings) == ("en", [title]), name
        assert title


async def test_no_page_holds_script_foreign_style_or_a_value_that_was_not_there() -> None:
    unwanted = ("<script", " style=", " onclick=", "None", "{{")

    assert [(name, word) for name, html in PAGES.items() for word in unwanted if word in html] == []


async def test_what_can_be_limited_opens_with_the_keyboard(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light")
    await visitor.open(f"{SITE}/invitation")

    await visitor.page.keyboard.press("Tab")
    await visitor.page.keyboard.press("Enter")

    assert "New-ManagementRoleAssignment" in await visitor.text()


async def test_what_has_the_focus_is_outlined(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light")
    await visitor.open(f"{SITE}/confirmation")

    await visitor.page.keyboard.press("Tab")

    focused = "getComputedStyle(document.activeElement)"
    assert await visitor.page.evaluate("document.activeElement.textContent") == "Connect these calendars"
    assert await visitor.page.evaluate(f"{focused}.outlineStyle + ' ' + {focused}.outlineWidth") == "solid 3px"


async def _reader(new_visitor: NewVisitor, scheme: Literal["light", "dark"], **options: object) -> Visitor:
    """A visitor to whom every page of the gallery is served, under its name, with the headers of the app."""
    visitor = await new_visitor(color_scheme=scheme, **options)

    async def serve(route: Route) -> None:
        page = answered(PAGES[route.request.url.rpartition("/")[2]])
        headers = {**page.headers, "Content-Type": "text/html; charset=utf-8"}
        await route.fulfill(status=200, headers=headers, body=page.get_body())

    await visitor.page.route(f"{SITE}/**", serve)
    return visitor


async def _open_details(visitor: Visitor) -> None:
    await visitor.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


async def _violations_of_all(visitor: Visitor, options: dict[str, Any]) -> dict[str, list[str]]:
    found = {}
    for name in PAGES:
        await visitor.open(f"{SITE}/{name}")
        await _open_details(visitor)
        found[name] = await _violations(visitor, options)
    return {name: violations for name, violations in found.items() if violations}


async def _violations(visitor: Visitor, options: dict[str, Any]) -> list[str]:
    """Rule and element of everything that axe-core is sure about."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: run `npm ci` in local/, or `make install`", pytrace=False)
    await visitor.page.evaluate(AXE.read_text())
    result: dict[str, Any] = await visitor.page.evaluate("options => axe.run(document, options)", options)
    return [f"{found['id']}: {node['html'][:120]}" for found in result["violations"] for node in found["nodes"]]
