"""Whatever can be pressed, followed or filled in is reached with the Tab key, in the order in which it is read."""

from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import NewVisitor
from tests.browser.served_gallery import gallery_site
from tests.browser.telling_pages import telling_pages

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

# Of a group of radio buttons Tab reaches one. What a closed <details> holds is reached once it is open.
NUMBER_ALL = """() => {
  for (const one of document.querySelectorAll("details")) one.open = true;
  const groups = new Set();
  const isReached = one => {
    if (!one.checkVisibility() || one.matches(":disabled")) return false;
    if (one.type !== "radio") return true;
    const chosen = document.querySelector(`[type=radio][name="${one.name}"]:checked`);
    if (chosen ? chosen !== one : groups.has(one.name)) return false;
    groups.add(one.name);
    return true;
  };
  const all = document.querySelectorAll("a[href], button, input, select, textarea, summary");
  const reached = [...all].filter(isReached);
  reached.forEach((one, number) => { one.dataset.number = number; });
  document.activeElement.blur();
  return reached.length;
}"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  return [one.dataset.number ?? null, style.outlineStyle !== "none" && style.outlineWidth !== "0px"];
}"""
SCROLLERS = 5  # boxes that scroll are stopped at as well


async def test_the_tab_key_reaches_everything_in_its_order_and_shows_where_it_is(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    wrong: dict[str, Any] = {}
    with gallery_site() as site:
        for name in telling_pages():
            await visitor.open(site.address("en", name))
            count = await visitor.page.evaluate(NUMBER_ALL)
            if (stops := await _tab_through(visitor.page, count)) != [(str(number), True) for number in range(count)]:
                wrong[name] = stops

    assert wrong == {}


async def _tab_through(page: Page, count: int) -> list[tuple[str, bool]]:
    """The numbers of what had the focus, and whether that was to be seen."""
    stops: list[tuple[str, bool]] = []
    for _ in range(count + SCROLLERS):
        await page.keyboard.press("Tab")
        number, is_outlined = await page.evaluate(FOCUSED)
        if number is not None:
            stops.append((number, is_outlined))
        if len(stops) == count:
            break
    return stops


async def test_a_link_that_the_tab_key_skips_would_be_noticed(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor()
    await visitor.page.set_content('<a href="#one">One</a><a href="#two" tabindex="-1">Two</a>')

    count = await visitor.page.evaluate(NUMBER_ALL)

    assert count == 2
    assert ("1", True) not in await _tab_through(visitor.page, count)
