"""Every page in every state, for everybody: axe-core, structure, small screens, the dark, keyboard, both languages."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Response

from tests.browser.axe import AXE, violations
from tests.browser.conftest import NewVisitor
from tests.browser.served_gallery import GALLERIES, GallerySite, gallery_site
from tests.browser.telling_pages import telling_pages
from tests.browser.visitor import Visitor

# Whichever of the tests comes first waits until all pages are read.
pytestmark = [pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="session")]

PHONE = 360
OK = 200
UNFOLD_AND_READ = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const headings = [...document.querySelectorAll("h1")].map(one => one.innerText);
  return [document.documentElement.lang, document.title, headings, document.documentElement.scrollWidth];
}"""
TELLING = frozenset(telling_pages())
CONTRAST = {"runOnly": ["color-contrast"]}


@dataclass(frozen=True)
class Reading:
    """What a browser made of a page; ``violations`` are those that axe-core is sure about."""

    page: str  # its language and name
    language: str
    title: str
    headings: list[str]
    width: int
    violations: list[str]


@dataclass
class Readings:
    all: list[Reading] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)  # of the console, and what was asked for in vain or elsewhere


@pytest.fixture(scope="module")
def site() -> Iterator[GallerySite]:
    with gallery_site() as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def readings(browser: Browser, site: GallerySite) -> Readings:
    """Every page, read on a small phone with everything unfolded: three readers at once."""
    readings = Readings()
    english, french = tuple(GALLERIES["en"]), tuple(GALLERIES["fr"])
    await asyncio.gather(
        _read_all(browser, site, "en", english[::2], readings),
        _read_all(browser, site, "en", english[1::2], readings),
        _read_all(browser, site, "fr", french, readings),
    )
    return readings


async def test_axe_finds_nothing_in_any_page(readings: Readings) -> None:
    assert {one.page: one.violations for one in readings.all if one.violations} == {}


async def test_axe_would_find_text_that_is_too_pale(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(color_scheme="light")
    await visitor.page.set_content("<main><h1 style='color: #ddd; background: #fff'>Pale</h1></main>")

    assert any("color-contrast" in violation for violation in await violations(visitor.page, CONTRAST))


async def test_no_page_scrolls_sideways_on_a_small_phone(readings: Readings) -> None:
    assert {one.page: one.width for one in readings.all if one.width > PHONE} == {}


async def test_every_page_has_its_language_and_one_heading_that_is_in_its_title(readings: Readings) -> None:
    # The title of a page with an error says so before the heading.
    wrong = [
        (one.page, one.language, one.title, one.headings)
        for one in readings.all
        if len(one.headings) != 1
        or not one.title.endswith(one.headings[0])
        or not one.page.startswith(f"{one.language}/")
    ]

    assert wrong == []


async def test_no_page_lets_the_console_complain_or_asks_another_host(readings: Readings) -> None:
    assert readings.complaints == []


async def test_no_page_holds_script_foreign_style_or_a_value_that_was_not_there() -> None:
    unwanted = ("<script>", "<style", " style=", " onclick=", "{{")

    held = [
        (language, name, word)
        for language, pages in GALLERIES.items()
        for name, html in pages.items()
        for word in unwanted
        if word in html
    ]

    # In English a sentence may begin with it.
    assert held == []
    assert [name for name, html in GALLERIES["fr"].items() if re.search(r"\bNone\b", html)] == []


async def test_what_can_be_limited_opens_with_the_keyboard(new_visitor: NewVisitor, site: GallerySite) -> None:
    visitor = await new_visitor(color_scheme="light")
    await visitor.open(site.address("en", "invitation"))

    await visitor.tab(2)
    await visitor.page.keyboard.press("Enter")

    assert "New-ManagementRoleAssignment" in await visitor.text()


async def test_what_has_the_focus_is_outlined(new_visitor: NewVisitor, site: GallerySite) -> None:
    visitor = await new_visitor(color_scheme="light")
    await visitor.open(site.address("en", "confirmation"))

    await visitor.tab(2)

    focused = "getComputedStyle(document.activeElement)"
    assert await visitor.page.evaluate("document.activeElement.textContent") == "Connect these calendars"
    assert await visitor.page.evaluate(f"{focused}.outlineStyle + ' ' + {focused}.outlineWidth") == "solid 3px"


async def _read_all(
    browser: Browser, site: GallerySite, language: str, names: Sequence[str], readings: Readings
) -> None:
    context = await browser.new_context(viewport={"width": PHONE, "height": 640})
    await context.add_init_script(path=AXE)  # far cheaper than handing it over for each page
    visitor = Visitor(await context.new_page(), readings.complaints)
    visitor.page.on("response", lambda response: _note_fault(readings, site, response))
    for name in names:
        await visitor.open(site.address(language, name))
        readings.all.append(await _read(visitor.page, language, name))
    await context.close()


async def _read(page: Page, language: str, name: str) -> Reading:
    spoken, title, headings, width = await page.evaluate(UNFOLD_AND_READ)
    return Reading(f"{language}/{name}", spoken, title, headings, width, await _all_violations(page, language, name))


async def _all_violations(page: Page, language: str, name: str) -> list[str]:
    """Every page's in English; in French, where only the words differ, of those that have every control once."""
    if language != "en" and name not in TELLING:
        return []
    await page.emulate_media(color_scheme="light")
    in_the_light = await violations(page, {})
    await page.emulate_media(color_scheme="dark")
    return in_the_light + await violations(page, CONTRAST)


def _note_fault(readings: Readings, site: GallerySite, response: Response) -> None:
    """Another host was asked, or something that is not there."""
    if not response.url.startswith(f"{site.url}/") or response.status != OK:
        readings.complaints.append(f"{response.status} {response.url}")
