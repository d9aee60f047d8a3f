"""Every page in every state, for everybody: axe-core, structure, small screens, the dark, keyboard, both languages."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Response

from tests.browser.axe import AXE, put_in_place, violations
from tests.browser.conftest import NewVisitor
from tests.browser.served_gallery import GALLERIES, GallerySite, gallery_site
from tests.browser.telling_pages import telling_pages
from tests.browser.visitor import Visitor

# Whichever of the tests comes first waits until all pages are read.
pytestmark = [pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]

PHONE = 360
OK = 200
UNFOLD_AND_READ = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const headings = [...document.querySelectorAll("h1")].map(one => one.innerText);
  return [document.documentElement.lang, document.title, headings, document.documentElement.scrollWidth];
}"""
STILL = "confirmation"  # a page with nothing going on in it
# All of it, and for each thing the place, the colours and the font.
HOW_IT_LOOKS = """() => [document.documentElement.outerHTML, ...[...document.body.querySelectorAll("*")].map(one => {
  const { color, backgroundColor, fontSize, display } = getComputedStyle(one), box = one.getBoundingClientRect();
  return [box.x, box.y, box.width, box.height, color, backgroundColor, fontSize, display].join();
})]"""
CONTRAST = {"runOnly": ["color-contrast"]}


@dataclass(frozen=True)
class Reading:
    """What a browser made of a page; ``violations`` are those that axe-core is sure about."""

    page: str  # its language and name
    language: str
    title: str
    headings: list[str]
    width: int
    violations: list[str] = field(default_factory=list)


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
    """Every page, read on a small phone with everything unfolded.

    Each is put before axe-core in both languages. To open one is dearer: each in English, and in French, where only the
    words differ, those that have every control once.
    """
    readings = Readings()
    await asyncio.gather(
        _open_all(browser, site, "en", tuple(GALLERIES["en"]), readings),
        _open_all(browser, site, "fr", tuple(telling_pages()), readings),
        _examine_all(browser, site, "en", tuple(GALLERIES["en"]), readings),
        _examine_all(browser, site, "fr", tuple(GALLERIES["fr"]), readings),
    )
    return readings


async def test_axe_finds_nothing_in_any_page(readings: Readings) -> None:
    assert {one.page: one.violations for one in readings.all if one.violations} == {}


async def test_every_page_is_examined_in_both_languages_and_opened_in_one(readings: Readings) -> None:
    times = Counter(one.page for one in readings.all)
    pages = {f"{language}/{name}" for language, pages in GALLERIES.items() for name in pages}

    assert set(times) == pages
    assert {page for page in pages if page.startswith("en/") and times[page] != 2} == set()


async def test_a_page_put_in_place_of_another_is_what_would_have_been_opened(
    new_visitor: NewVisitor, site: GallerySite
) -> None:
    opened, put = (await new_visitor(), await new_visitor())
    await put.open(site.address("fr", STILL))

    other = []
    for name in telling_pages():
        await opened.open(site.address("fr", name))
        await put_in_place(put.page, site.address("fr", name))
        if await opened.page.evaluate(HOW_IT_LOOKS) != await put.page.evaluate(HOW_IT_LOOKS):
            other.append(name)

    assert other == []


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


async def _open_all(
    browser: Browser, site: GallerySite, language: str, names: Sequence[str], readings: Readings
) -> None:
    async with _reader(browser, site, readings) as page:
        for name in names:
            await page.goto(site.address(language, name))
            readings.all.append(await _read(page, language, name))


async def _examine_all(
    browser: Browser, site: GallerySite, language: str, names: Sequence[str], readings: Readings
) -> None:
    async with _reader(browser, site, readings) as page:
        await page.goto(site.address(language, STILL))
        await page.evaluate(AXE.read_text())
        for name in names:
            await put_in_place(page, site.address(language, name))
            read = await _read(page, language, name)
            readings.all.append(replace(read, violations=await _all_violations(page)))


@asynccontextmanager
async def _reader(browser: Browser, site: GallerySite, readings: Readings) -> AsyncIterator[Page]:
    """A page of a small phone; all that goes wrong in it is noted."""
    async with await browser.new_context(viewport={"width": PHONE, "height": 640}) as context:
        visitor = Visitor(await context.new_page(), readings.complaints)
        visitor.page.on("response", lambda response: _note_fault(readings, site, response))
        yield visitor.page


async def _read(page: Page, language: str, name: str) -> Reading:
    spoken, title, headings, width = await page.evaluate(UNFOLD_AND_READ)
    return Reading(f"{language}/{name}", spoken, title, headings, width)


async def _all_violations(page: Page) -> list[str]:
    await page.emulate_media(color_scheme="light")
    in_the_light = await violations(page, {})
    await page.emulate_media(color_scheme="dark")
    return in_the_light + await violations(page, CONTRAST)


def _note_fault(readings: Readings, site: GallerySite, response: Response) -> None:
    """Another host was asked, or something that is not there."""
    if not response.url.startswith(f"{site.url}/") or response.status != OK:
        readings.complaints.append(f"{response.status} {response.url}")
