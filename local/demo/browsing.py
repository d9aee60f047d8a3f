"""Two people at Orgcal's pages, in a real browser: an admin who connects Outlook, and a user with wishes."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from local.chromium import FLAGS, HOW_TO_INSTALL, find_chromium
from local.demo.people import administrator, person, verified
from local.demo.product import OWNER
from local.demo.world import World, put_tenant, seed_mailboxes

LITWARE = "litware"
LITWARE_TENANT, LITWARE_DOMAIN = "117ea2e0-0000-4000-8000-000000000001", "litware.example"
USER = "lena"
PATIENCE = 30_000  # milliseconds

expect.set_options(timeout=PATIENCE)


class NoBrowser(Exception):
    """The step was not tried."""


def admin_connects_in_browser(world: World) -> str:
    """Litware's owner gets a link in the pages, its administrator follows it through Microsoft's, and both see it."""
    people = [administrator(LITWARE_DOMAIN), person(LITWARE_DOMAIN, USER)]
    put_tenant(world, LITWARE_TENANT, LITWARE_DOMAIN, people)
    seed_mailboxes(world, LITWARE_TENANT, [people[1]["id"]])
    users = [{"user": USER, "addresses": [verified(f"{USER}@{LITWARE_DOMAIN}")]}]
    world.product.put_organization(LITWARE, "Litware", users)
    with chromium() as browser:
        owner, theirs = new_page(browser), new_page(browser)
        _sign_in(world, owner, OWNER)
        _press(owner, "Connect Outlook")
        theirs.goto(owner.get_by_label("Link", exact=True).input_value())
        _press(theirs, "Continue with Microsoft")
        theirs.get_by_label("Account").fill(f"administrator@{LITWARE_DOMAIN}")
        for button in ("Next", "Accept", "Connect these calendars"):
            _press(theirs, button)
        owner.reload()
        world.settle()
        world.settle()
        # Neither is reloaded: pages that wait ask again by themselves.
        expect(owner.locator("main .badge").first).to_have_text("Connected")
        expect(theirs.get_by_role("heading", level=1)).to_have_text("Connected")
        owner.get_by_role("link", name="Users", exact=True).click()
        row = owner.get_by_role("row").filter(has_text=USER)
        world.expect("Connected" in row.inner_text(), True, "that the page of users has Lena as connected")
        told = owner.get_by_role("navigation", name="Filter by status").inner_text()
    states = world.states(LITWARE)
    world.expect(states[USER], "connected", "Lena's state")
    return f"the owner's page counts {' '.join(told.split())}"


def user_settings_in_browser(world: World) -> str:
    """Lena says what blocks her time, disconnects her calendar, and connects it again."""
    with chromium() as browser:
        lena = new_page(browser)
        _sign_in(world, lena, USER)
        lena.get_by_label("Out of office").check()
        lena.get_by_label("Cancel them in Example Scheduling as well").uncheck()
        _press(lena, "Save")
        expect(lena.get_by_role("status")).to_have_text("Saved.")
        settings = world.product.call("GET", f"/{LITWARE}/users/{USER}/settings")
        chosen = (settings["busy_statuses"], settings["cancellation_sync"])
        world.expect(chosen, (["busy", "out_of_office"], False), "what Lena chose, as the product reads it")
        lena.get_by_role("link", name="Disconnect my calendar").click()
        _press(lena, "Disconnect my calendar")
        world.expect(_reason(world), "not_connected", "availability right after she disconnected")
        _press(lena, "Connect again")
        world.settle()
        world.settle()
        world.expect(world.states(LITWARE)[USER], "connected", "her state after she connected again")
        lena.goto(lena.url)
        world.expect(lena.get_by_label("Out of office").is_checked(), True, "that her choice is still there")
    return f"{', '.join(settings['busy_statuses'])} block her time; disconnected, and back with the same settings"


def browsed_mailboxes() -> set[str]:
    """Of people who were matched here."""
    return {str(person(LITWARE_DOMAIN, USER)["id"])}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = find_chromium(playwright.chromium.executable_path)
        if chromium is None:
            raise NoBrowser(HOW_TO_INSTALL)
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """Of a person with a browser of their own."""
    context = browser.new_context(ignore_https_errors=True, locale="en")
    context.set_default_timeout(PATIENCE)
    return context.new_page()


def _sign_in(world: World, page: Page, user: str) -> None:
    asked = {"user": user, "locale": "en"}
    page.goto(world.product.call("POST", f"/{LITWARE}/portal-sessions", asked)["link"])
    _press(page, "Sign in")


def _press(page: Page, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click(no_wait_after=True)


def _reason(world: World) -> str:
    answer = world.product.availability(LITWARE, [USER], *world.window)[USER]
    return str(answer["reason"])
