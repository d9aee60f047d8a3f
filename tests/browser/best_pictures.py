"""The eight pictures of the documentation, taken of the organisation that ``make serve`` holds: docs/pictures.

``python -m tests.browser.best_pictures`` takes them anew.
"""

# ruff: noqa: T201 - what it prints is what it is for

import asyncio
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright

from local.chromium import FLAGS, HOW_TO_INSTALL, find_chromium
from local.demo.product import OWNER, Product
from local.demo.world import World
from local.example_organization import ORGANIZATION, USER, plant_example_organization
from local.stack import ROOT, Stack
from tests.browser.looks import Look, Scheme
from tests.browser.visitor import Visitor

FOLDER: Final = ROOT / "docs" / "pictures"
LARGEST: Final = 120_000  # bytes
DESK, PHONE = (1120, 760), (390, 844)


class Photographer:
    """Signs in as anybody, and takes pictures of what a window shows."""

    def __init__(self, browser: Browser, product: Product, app_url: str) -> None:
        self._browser, self._product, self._app_url = browser, product, app_url

    async def take(
        self,
        name: str,
        user: str,
        path: str,
        language: str = "en",
        size: tuple[int, int] = DESK,
        scheme: Scheme = "light",
    ) -> None:
        context = await Look(language, *size, scheme).context(self._browser)
        visitor = Visitor(await context.new_page())
        asked = {"user": user, "locale": language, "return_to": "https://product.example/settings"}
        await visitor.open(self._product.call("POST", f"/{ORGANIZATION}/portal-sessions", asked)["link"])
        await visitor.go_on()
        await visitor.open(self._app_url + path)
        await _save(visitor.page, name)
        await context.close()

    async def take_open(self, name: str, url: str) -> None:
        """A page for which nobody signs in."""
        context = await Look("en", *DESK).context(self._browser)
        page = await context.new_page()
        await page.goto(url)
        await _save(page, name)
        await context.close()


async def take_best(browser: Browser, stack: Stack) -> None:
    addresses = stack.addresses
    with closing(Product(addresses.app_http_url, addresses.function_key)) as product:
        for _ in plant_example_organization(World(stack, product, someones=[])):
            pass
        by_state = {one["state"]: one for one in product.call("GET", f"/{ORGANIZATION}/connections")["connections"]}
        photographer = Photographer(browser, product, addresses.app_url)
        await photographer.take_open("invitation", by_state["pending"]["activation_link"])
        await photographer.take("connections", OWNER, "/portal/outlook")
        await photographer.take("activation-link", OWNER, _path(by_state["pending"]))
        await photographer.take("review", OWNER, f"{_path(by_state['review'])}/review")
        await photographer.take("users", OWNER, "/portal/users")
        await photographer.take("user-dark", OWNER, f"/portal/users/{USER}", scheme="dark")
        await photographer.take("policy-french", OWNER, "/portal/policy", "fr")
        await photographer.take("my-calendar-phone", USER, "/portal/me", size=PHONE)


def _path(connection: dict[str, Any]) -> str:
    return f"/portal/outlook/{connection['connection']}"


async def _save(page: Page, name: str) -> None:
    await page.screenshot(path=FOLDER / f"{name}.png")


def _too_large(folder: Path) -> list[str]:
    return [path.name for path in sorted(folder.glob("*.png")) if path.stat().st_size > LARGEST]


async def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        chromium = find_chromium(playwright.chromium.executable_path)
        if chromium is None:
            print(HOW_TO_INSTALL, file=sys.stderr)
            return 1
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        with Stack(ROOT / ".local" / "pictures-stack") as stack:
            await take_best(browser, stack)
        await browser.close()
    large = _too_large(FOLDER)
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}" + (f", too large: {large}" if large else ""))
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
