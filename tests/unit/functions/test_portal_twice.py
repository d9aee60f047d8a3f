"""A form that is sent twice, by a double click or from the browser's history, is carried out once and said to be."""

import re

import pytest

from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Browser
from tests.unit.functions.test_connection_life import connected, tenant
from tests.unit.functions.test_portal import signed_in
from tests.unit.functions.test_portal_confirming import held, reviewed
from tests.unit.functions.test_portal_outlook import audit, begun, path, said

__all__ = ["held", "reviewed", "tenant"]


async def twice(browser: Browser, url: str, **form: str) -> str:
    """What is said in the end: both must have been taken."""
    answers = [await browser.post(url, form) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303], re.sub("<[^>]*>", " ", answers[1].text)
    return said(await browser.follow(answers[1]))


async def test_a_review(reviewed: ComposedApp) -> None:
    browser = await signed_in()
    await browser.get(f"{await path()}/review")

    assert await twice(browser, f"{await path()}/review") == "Confirmed. Calendars are being connected."


async def test_a_held_match(held: ComposedApp) -> None:
    browser = await signed_in()
    await browser.get(f"{await path()}/held")

    assert await twice(browser, f"{await path()}/held", losing="1") == "It is let through. That takes a minute."


async def test_the_revocation_of_a_link(acme: ComposedApp) -> None:
    browser = await signed_in()
    await begun(browser)

    assert await twice(browser, f"{await path()}/revoke") == "The link was revoked."
    assert [action for action, _ in await audit()].count("activation_link.revoked") == 1


async def test_a_disconnection_of_outlook(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    await browser.get(await path())

    words = await twice(browser, f"{await path()}/disconnect", typed="Acme")

    assert words == "Disconnected. 1 person no longer has a calendar from there."
    assert [action for action, _ in await audit()].count("connection.disconnected") == 1


async def test_the_removal_of_what_nobody_has_approved(acme: ComposedApp) -> None:
    browser = await signed_in()
    await begun(browser)

    assert await twice(browser, f"{await path()}/disconnect") == "The connection was removed."


@pytest.mark.parametrize(
    ("user", "page", "ended", "begun_again"),
    [
        ("olga", "users/ursula/disconnect", "The user is disconnected.", "They are being connected again."),
        ("ursula", "me/disconnect", "Your calendar is disconnected.", "Your calendar is being connected again."),
    ],
)
async def test_somebodys_disconnection_and_the_way_back(
    tenant: ComposedApp, user: str, page: str, ended: str, begun_again: str
) -> None:
    await connected(tenant)
    browser = await signed_in(user)
    url = f"{BASE_URL}/portal/{page}"
    back = url.replace("me/disconnect", "me/reconnect").replace("ursula/disconnect", "ursula/connect")

    assert await twice(browser, url) == ended
    assert (await twice(browser, back)).startswith(begun_again)
    acts = [action for action, _ in await audit()]
    assert (acts.count("user.disconnected"), acts.count("user.reconnected")) == (1, 1)
