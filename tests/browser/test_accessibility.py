"""Every page of the administrator's way, for everybody: axe-core, structure, small screens, keyboard."""

from dataclasses import dataclass
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from shared_code.pages.assets import assets_of
from tests.browser.axe import violations
from tests.browser.conftest import NewVisitor
from tests.browser.gallery import FRAME, answered, gallery
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = gallery()
SITE = "https://pages.example"
PHONE = 360
# The page that waits asks again by itself: nothing is typed there that could be lost, and it can be closed.
ALL_BUT_REFRESH = {"rules": {"meta-refresh": {"enabled": False}}}
# Between them every colour of the stylesheet: the three marks, both kinds of button, links, facts, small print.
LOOKS = (
    *("invitation", "confirmation", "declined", "consent_not_spread", "connection_verifying", "connection_active"),
    *("outlook_empty", "outlook_many", "connection_card_reading", "disconnect_mistyped", "review_will_not", "policy"),
)
CONTRAST = {"runOnly": ["color-contrast"]}


@dataclass(frozen=True)
class Reading:
    """What a browser made of a page; ``violations`` are those that axe-core is sure about."""

    language: str
    title: str
    headings: list[str]
    width: int
    violations: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def readings(browser: Browser) -> dict[str, Reading]:
    """Every page, read once on a small phone with everything unfolded."""
    context = await browser.new_context(color_scheme="light", viewport={"width": PHONE, "height": 640})
    page = await context.new_page()
    await _serve_gallery(page)
    found = {name: await _read(page, name) for name in PAGES}
    await context.close()
    return found


async def test_axe_finds_nothing_in_any_page(readings: dict[str, Reading]) -> None:
    assert {name: reading.violations for name, reading in readings.items() if reading.violations} == {}


async def test_axe_would_find_text_that_is_too_pale(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(color_scheme="light")
    await visitor.page.set_content("<main><h1 style='color: #ddd; background: #fff'>Pale</h1></main>")

    assert any("color-contrast" in violation for violation in await violations(visitor.page, CONTRAST))


async def test_every_contrast_is_strong_enough_in_the_dark(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "dark")
    found = {}
    for name in LOOKS:
        await visitor.open(f"{SITE}/{name}")
        found[name] = await violations(visitor.page, CONTRAST)

    assert {name: violations for name, violations in found.items() if violations} == {}


async def test_no_page_scrolls_sideways_on_a_small_phone(readings: dict[str, Reading]) -> None:
    assert {name: reading.width for name, reading in readings.items() if reading.width > PHONE} == {}


async def test_every_page_has_its_language_its_title_and_one_heading_that_says_the_same(
    readings: dict[str, Reading],
) -> None:
    for name, reading in readings.items():
        assert (reading.language, reading.headings) == ("fr" if name.startswith("fr_") else "en", [reading.title]), name
        assert reading.title, name


async def test_no_page_holds_script_foreign_style_or_a_value_that_was_not_there() -> None:
    unwanted = ("<script>", "<style", " style=", " onclick=", "None", "{{")

    assert [(name, word) for name, html in PAGES.items() for word in unwanted if word in html] == []


async def test_what_can_be_limited_opens_with_the_keyboard(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light")
    await visitor.open(f"{SITE}/invitation")

    await visitor.tab(2)
    await visitor.page.keyboard.press("Enter")

    assert "New-ManagementRoleAssignment" in await visitor.text()


async def test_what_has_the_focus_is_outlined(new_visitor: NewVisitor) -> None:
    visitor = await _reader(new_visitor, "light")
    await visitor.open(f"{SITE}/confirmation")

    await visitor.tab(2)

    focused = "getComputedStyle(document.activeElement)"
    assert await visitor.page.evaluate("document.activeElement.textContent") == "Connect these calendars"
    assert await visitor.page.evaluate(f"{focused}.outlineStyle + ' ' + {focused}.outlineWidth") == "solid 3px"


async def _reader(new_visitor: NewVisitor, scheme: Literal["light", "dark"]) -> Visitor:
    visitor = await new_visitor(color_scheme=scheme)
    await _serve_gallery(visitor.page)
    return visitor


async def _serve_gallery(page: Page) -> None:
    """Every page of the gallery under its name, with the headers that the app sends."""

    assets = assets_of(FRAME.brand)

    async def serve_asset(route: Route) -> None:
        asset = assets[route.request.url.rpartition("/")[2]]
        await route.fulfill(status=200, content_type=asset.media_type, body=asset.content)

    async def serve(route: Route) -> None:
        answer = answered(PAGES[route.request.url.rpartition("/")[2]])
        headers = {**answer.headers, "Content-Type": "text/html; charset=utf-8"}
        await route.fulfill(status=200, headers=headers, body=answer.get_body())

    await page.route(f"{SITE}/**", serve)
    await page.route(f"{SITE}/assets/**", serve_asset)


async def _read(page: Page, name: str) -> Reading:
    await page.goto(f"{SITE}/{name}")
    await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    return Reading(
        await page.evaluate("document.documentElement.lang"),
        await page.title(),
        await page.locator("h1").all_inner_texts(),
        await page.evaluate("document.documentElement.scrollWidth"),
        await violations(page, ALL_BUT_REFRESH),
    )
