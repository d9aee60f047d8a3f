"""Whoever goes through the pages: in Chromium if it is on this machine, else an HTTP client that is sent about."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from playwright.sync_api import Page as ShownPage

from local.demo.administrator import Page, Walker
from local.demo.browsing import NoBrowser, chromium, new_page
from local.demo.world import World


class InChromium:
    def __init__(self, shown: ShownPage, account: str) -> None:
        self._shown = shown
        self.account = account

    def open(self, url: str) -> Page:
        self._shown.goto(url)
        return self._seen()

    def submit(self, page: Page, form_id: str = "", **fields: str) -> Page:
        form = page.form(form_id)
        place = f'form[id="{form.id}"]' if form.id else f'form[action="{form.action}"]'
        found = self._shown.locator(place).first
        for name, value in fields.items():
            found.locator(f'[name="{name}"]').fill(value)
        with self._shown.expect_navigation():
            found.get_by_role("button").first.click(no_wait_after=True)
        return self._seen()

    def _seen(self) -> Page:
        """Where all redirects ended; pages that are shown say no status."""
        return Page(self._shown.url, 200, self._shown.content())


@contextmanager
def walking(world: World, account: str) -> Iterator[Walker]:
    try:
        with chromium() as browser:
            yield InChromium(new_page(browser), account)
    except NoBrowser:
        with closing(world.person(account)) as person:
            yield person
