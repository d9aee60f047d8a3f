"""A page that looks again by itself takes nothing from whoever is in the middle of something on it."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from shared_code.core.calendar import ShowAs
from shared_code.core.personal_account import PersonalState
from shared_code.core.settings_form import FilledIn, FormFault
from shared_code.pages.me import MeView, render_me
from shared_code.pages.said import Said
from tests.browser.changing_site import ChangingSite, changing_site
from tests.browser.conftest import NewVisitor
from tests.browser.gallery import FRAME, gallery, signed_in
from tests.browser.gallery_accounts import NOW, account_pages, connected, page, shown
from tests.browser.my_pages import of_connected
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

FRAME_OF_ME = signed_in(FRAME, is_admin=False)
PENDING = replace(of_connected(), accounts=(shown(1, PersonalState.PENDING),))
WAITING = page(FRAME_OF_ME, PENDING)
DONE = page(FRAME_OF_ME, replace(of_connected(), accounts=(connected(),)))
GROWN = account_pages(FRAME_OF_ME)["me_several"]  # with the calendars of the account
FILLED = FilledIn({"busy_statuses": "of an earlier page"}, busy_statuses=(ShowAs.TENTATIVE,))
NOT_TAKEN = render_me(
    FRAME_OF_ME, MeView(PENDING, NOW, FILLED, {"busy_statuses": FormFault.CHANGED_MEANWHILE}, offers_accounts=True)
)
EVERY = 5_000  # milliseconds


@pytest.fixture
def site() -> Iterator[ChangingSite]:
    with changing_site(WAITING) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def watching(site: ChangingSite, visitor: Visitor) -> Page:
    """The page of somebody whose own account is being read, in a browser whose clock is the test's."""
    await visitor.page.clock.install()
    await visitor.open(site.url)
    return visitor.page


async def looked_again(page: Page) -> None:
    async with page.expect_response(page.url):
        await page.clock.run_for(EVERY)


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.id || document.activeElement.tagName"))


async def test_what_somebody_is_choosing_stays_as_they_left_it_and_the_news_are_shown(
    site: ChangingSite, watching: Page
) -> None:
    await watching.get_by_label("Tentative").check()

    site.shows = DONE
    await looked_again(watching)

    await expect(watching.locator("#standing")).not_to_contain_text("Waiting")
    assert await watching.get_by_label("Tentative").is_checked()
    assert await focused(watching) == "status-tentative"


async def test_a_form_that_nobody_has_touched_shows_the_calendars_that_have_come(
    site: ChangingSite, watching: Page
) -> None:
    site.shows = GROWN
    await looked_again(watching)

    await expect(watching.get_by_label("Privates").first).to_be_visible()


async def test_a_form_that_was_filled_in_shows_them_once_it_is_as_it_was(site: ChangingSite, watching: Page) -> None:
    await watching.get_by_label("Tentative").check()
    site.shows = GROWN
    await looked_again(watching)
    await expect(watching.locator("#standing")).not_to_contain_text("Waiting")
    before = await watching.get_by_label("Privates").count()

    await watching.get_by_label("Tentative").uncheck()
    await watching.evaluate("document.activeElement.blur()")
    async with watching.expect_response(watching.url):
        await watching.clock.run_for(EVERY)

    assert before == 0
    await expect(watching.get_by_label("Privates").first).to_be_visible()


async def test_nobody_is_taken_off_the_link_that_they_have_reached(site: ChangingSite, watching: Page) -> None:
    link = watching.locator("#standing a").first
    await link.focus()
    site.shows = DONE
    await looked_again(watching)
    kept = await link.evaluate("link => link === document.activeElement")

    await link.blur()
    async with watching.expect_response(watching.url):
        await watching.clock.run_for(EVERY)

    assert kept
    await expect(watching.locator("#standing")).not_to_contain_text("Waiting")


async def test_how_things_stand_is_read_out_once_it_has_changed_and_not_each_count(
    site: ChangingSite, watching: Page
) -> None:
    news = watching.locator("#news[aria-live=polite]")
    site.shows = WAITING.replace("Set up by", "Counted by")
    await looked_again(watching)
    await expect(watching.locator("#standing")).to_contain_text("Counted by")
    at_first = await news.text_content()

    site.shows = DONE
    await looked_again(watching)

    await expect(news).to_have_text(re.compile(r"^[^,]+@[^,]+, Connected$"))
    assert at_first == ""
    assert await watching.locator("main [aria-live], main [role=status]").count() == 0


async def test_commands_that_no_longer_fit_go_once_nobody_has_them_unfolded(
    site: ChangingSite, visitor: Visitor
) -> None:
    pages = gallery()
    site.shows = pages["connection_verifying"]
    await visitor.page.clock.install()
    await visitor.open(site.url)
    commands = visitor.page.locator("#limiting summary")
    await commands.click()
    await visitor.page.evaluate("document.activeElement.blur()")

    site.shows = pages["connection_attention"]
    await looked_again(visitor.page)
    await expect(visitor.page.locator("h1")).not_to_have_text("")
    kept = await commands.count()
    await commands.click()
    await visitor.page.evaluate("document.activeElement.blur()")
    async with visitor.page.expect_response(visitor.page.url):
        await visitor.page.clock.run_for(EVERY)

    assert kept == 1
    await expect(commands).to_have_count(0)


async def test_what_was_just_said_stays(site: ChangingSite, visitor: Visitor) -> None:
    site.shows = page(signed_in(FRAME, is_admin=False, said=Said("saved")), PENDING)
    await visitor.page.clock.install()
    await visitor.open(site.url)

    site.shows = DONE
    await looked_again(visitor.page)

    await expect(visitor.page.locator("#standing")).not_to_contain_text("Waiting")
    assert await visitor.page.get_by_role("status").inner_text() == "Saved."


async def test_a_form_that_was_not_taken_stays_with_what_stood_in_the_way(site: ChangingSite, visitor: Visitor) -> None:
    site.shows = NOT_TAKEN
    await visitor.page.clock.install()
    await visitor.open(site.url)

    site.shows = DONE
    await visitor.page.clock.run_for(12 * EVERY)

    assert site.asked == 1
    assert await visitor.page.get_by_role("alert").is_visible()
    assert await visitor.page.get_by_label("Tentative").is_checked()


async def test_what_somebody_has_unfolded_stays_open_until_they_close_it(site: ChangingSite, visitor: Visitor) -> None:
    site.shows = _unfolding("before")
    await visitor.page.clock.install()
    await visitor.open(site.url)
    await visitor.page.locator("summary").click()
    await visitor.page.evaluate("document.activeElement.blur()")

    site.shows = _unfolding("after")
    await looked_again(visitor.page)
    kept = await visitor.page.locator("details").get_attribute("open")
    await visitor.page.locator("summary").click()
    await visitor.page.evaluate("document.activeElement.blur()")
    await looked_again(visitor.page)

    assert kept is not None
    await expect(visitor.page.locator("summary")).to_have_text("after")


async def test_where_a_region_has_gone_all_of_the_content_is_new(site: ChangingSite, watching: Page) -> None:
    site.shows = WAITING.replace('id="standing"', 'id="another"').replace("My Outlook calendar</h1>", "Another</h1>")
    await looked_again(watching)
    await expect(watching.get_by_role("heading", level=1)).to_have_text("Another")

    site.shows = DONE.replace('id="standing"', 'id="another"')
    await looked_again(watching)

    await expect(watching.locator("#another")).not_to_contain_text("Waiting")


async def test_an_answer_of_somebody_else_or_of_nobody_ends_nothing(site: ChangingSite, watching: Page) -> None:
    title = await watching.title()
    site.shows = "<!doctype html><title>Pay for this network</title>"
    await looked_again(watching)
    await watching.route(site.url, lambda route: route.abort())
    await watching.clock.run_for(EVERY)
    await watching.unroute(site.url)
    kept = await watching.title()

    site.shows = DONE
    await looked_again(watching)

    assert kept == title
    await expect(watching.locator("#standing")).not_to_contain_text("Waiting")


async def test_whoever_is_signed_out_meanwhile_is_told_but_not_while_they_fill_something_in(
    site: ChangingSite, watching: Page
) -> None:
    await watching.get_by_label("Tentative").check()
    site.status, site.shows = 401, WAITING.replace("My Outlook calendar</h1>", "You are signed out</h1>")
    await looked_again(watching)
    await watching.clock.run_for(EVERY)
    kept = await watching.get_by_label("Tentative").is_checked()

    # The focus stays where it is: what they may not see any more is not left up for that.
    await watching.get_by_label("Tentative").uncheck()
    async with watching.expect_navigation():
        await watching.clock.run_for(EVERY)

    assert kept
    assert await watching.get_by_role("heading", level=1).inner_text() == "You are signed out"


async def test_without_script_nothing_is_loaded_again_under_somebodys_hands(
    site: ChangingSite, new_visitor: NewVisitor
) -> None:
    visitor = await new_visitor(java_script_enabled=False)
    await visitor.open(site.url)
    reloads = await visitor.page.locator("meta[http-equiv=refresh]").count()

    site.shows = DONE
    await visitor.follow("Look again now")

    assert reloads == 0
    assert "Waiting" not in await visitor.page.locator("#standing").inner_text()
    assert await visitor.page.get_by_role("link", name="Look again now").count() == 0


def _unfolding(summary: str) -> str:
    script = DONE.partition("<script")[2].partition("</script>")[0]
    followed = f"<main id=main data-live=5><details><summary>{summary}</summary>More</details></main>"
    return f"<!doctype html><title>Any</title><script{script}</script>{followed}"
