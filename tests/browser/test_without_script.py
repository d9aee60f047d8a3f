"""Every page does without script: it is read whole, its forms can be sent, and nothing stands there that needs one."""

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.served_gallery import GALLERIES, gallery_site

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

# Where all of a form is locked, there is nothing to send.
FILLED_IN_FOR_NOTHING = (
    "form:has(:is(input:not([type=hidden]), select, textarea):enabled)"
    ":not(:has(button:is([type=submit], :not([type])):enabled))"
)


async def test_every_page_shows_what_it_says_and_how_to_send_its_forms(new_visitor: NewVisitor) -> None:
    visitor = await new_visitor(java_script_enabled=False)
    page, wrong = visitor.page, {}
    with gallery_site() as site:
        for name in GALLERIES["en"]:
            await visitor.open(site.address("en", name))
            unsendable = await page.locator(FILLED_IN_FOR_NOTHING).count()
            dead = await page.locator("[data-copy]:visible").count()
            if not await page.get_by_role("heading", level=1).is_visible() or unsendable or dead:
                wrong[name] = (unsendable, dead)

    assert wrong == {}
