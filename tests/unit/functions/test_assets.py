"""What pages load beside themselves: by digest, kept for a year, from this host alone."""

import re
from dataclasses import replace

from shared_code.settings import Logo
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Browser

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><circle r="9"/></svg>'


async def names(browser: Browser) -> list[str]:
    """Of a page that anybody may see."""
    return re.findall(r'/assets/[^"]+', (await browser.get(f"{BASE_URL}/portal/open?token=x")).text)


async def test_a_page_names_its_stylesheet_icon_and_script_and_browsers_may_keep_them(acme: ComposedApp) -> None:
    browser = Browser()

    answers = [await browser.get(BASE_URL + name) for name in await names(browser)]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert [answer.headers["content-type"] for answer in answers] == ["text/css", "image/svg+xml", "text/javascript"]
    assert {answer.headers["cache-control"] for answer in answers} == {"public, max-age=31536000, immutable"}


async def test_a_name_that_is_none_is_not_found_and_not_kept(acme: ComposedApp) -> None:
    answer = await Browser().get(f"{BASE_URL}/assets/orgcal-0000.css")

    assert (answer.status, answer.headers["cache-control"]) == (404, "no-store")


async def test_the_products_logo_and_colour_are_on_every_page(acme: ComposedApp) -> None:
    browser, before = Browser(), await names(Browser())
    acme.settings = replace(acme.settings, logo=Logo("image/svg+xml", SVG), color="#7a1fa2")

    after = await names(browser)
    logo = next(name for name in after if "logo" in name)
    shown, style = await browser.get(BASE_URL + logo), await browser.get(BASE_URL + after[0])

    assert shown.body == SVG
    assert "sandbox" in shown.headers["content-security-policy"]
    assert b"#7a1fa2" in style.body
    assert after[0] != before[0]
