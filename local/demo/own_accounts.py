"""Somebody connects an Outlook account of their own: from the product's page through Microsoft's and back."""

from typing import Any

from local.demo.administrator import Page, Walker
from local.demo.world import World

CONNECT, CONFIRM = "/portal/me/connect", "/portal/me/connect/confirm"  # where forms of the pages are sent


def begin(world: World, organization: str, user: str, **asked: str) -> str:
    """The address that the product sends its user to; it opens once."""
    path = f"/{organization}/users/{user}/personal-connections"
    return str(world.product.call("POST", path, asked)["url"])


def open_microsoft(browser: Walker, url: str) -> Page:
    """Into the pages, past the one that says whose calendar it will be, to Microsoft's question who it is."""
    return browser.submit(browser.submit(browser.open(url)), CONNECT)


def sign_in(browser: Walker, page: Page) -> Page:
    """At Microsoft, with the consent if it is asked for: the app's page that names both, or why it went wrong."""
    page = browser.submit(page, "sign-in", account=browser.account)
    return browser.submit(page, "accept") if page.has_form("accept") else page


def connect(world: World, organization: str, user: str, browser: Walker, **asked: str) -> Page:
    """The whole way; the page after the confirmation, or the one that says why there is nothing to confirm."""
    page = sign_in(browser, open_microsoft(browser, begin(world, organization, user, **asked)))
    return browser.submit(page, CONFIRM) if page.has_form(CONFIRM) else page


def own_accounts(world: World, organization: str, user: str) -> list[dict[str, Any]]:
    """As the product is told of them."""
    path = f"/{organization}/users/{user}/personal-connections"
    return list(world.product.call("GET", path)["personal_connections"])
