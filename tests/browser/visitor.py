"""Somebody with a browser of their own: what they do on the pages, and what the browser complained about."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Response

COOKIE = "__Host-orgcal-signin"


@dataclass
class Visitor:
    """``complaints``: errors and warnings of the browser's console, of pages that answered as they should."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str | None] = field(default_factory=set)  # that anything of the pages was asked from

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    async def open(self, url: str) -> Response:
        response = await self.page.goto(url)
        assert response is not None
        return response

    async def heading(self) -> str:
        return await self.page.get_by_role("heading", level=1).inner_text()

    async def text(self) -> str:
        return await self.page.locator("main").inner_text()

    async def click(self, button: str) -> None:
        """Send a form, and wait for the page at the end of all redirects."""
        await self.go(self.page.get_by_role("button", name=button, exact=True))

    async def go_on(self) -> None:
        """By the first button of the content, in whatever language it is."""
        await self.go(self.page.locator("main form button").first)

    async def follow(self, link: str) -> None:
        await self.go(self.page.get_by_role("link", name=link, exact=True))

    async def go(self, way: Locator) -> None:
        """Click what leads to another page, and wait for that one: what is read next is not on the one before."""
        async with self.page.expect_navigation():
            await way.click(no_wait_after=True)

    async def tab(self, times: int) -> None:
        """From the top of a page: first comes the link that skips to its content."""
        for _ in range(times):
            await self.page.keyboard.press("Tab")

    # --- the way ---

    async def begin(self, link: str) -> None:
        """In whichever language the page is."""
        await self.open(link)
        await self.go_on()

    async def sign_in(self, account: str) -> None:
        """On Microsoft's page."""
        await self.page.get_by_label("Account").fill(account)
        await self.click("Next")

    async def consent(self, link: str, account: str) -> None:
        """From the link to the page that asks for the confirmation."""
        await self.begin(link)
        await self.sign_in(account)
        await self.click("Accept")

    async def connect(self, link: str, account: str) -> None:
        await self.consent(link, account)
        await self.click("Connect these calendars")

    # --- what the browser holds ---

    async def cookie(self) -> dict[str, Any] | None:
        """The app's cookie, as the browser keeps it."""
        return next((dict(one) for one in await self.context.cookies() if one.get("name") == COOKIE), None)

    def query(self) -> dict[str, str]:
        """Of the address that the browser shows."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.page.url).query).items()}

    def _listen(self, message: ConsoleMessage) -> None:
        # A page of ours that answers 4xx is told in the console as well; the tests look at its status themselves.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)
