"""Whoever is turned away reads so in the language of their link, and finds the way back to the product."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from html import unescape

import pytest

from functions.page_answers import PORTAL_COOKIE
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.account_way import CALLBACK, begun
from tests.unit.functions.browser import Answered, Browser
from tests.unit.functions.test_portal import HOME, link, set_role, signed_in

BACK = "https://product.example/settings"
MINUTE = timedelta(minutes=1)
OTHER_LANGUAGES = {"en": "fr", "fr": "en"}  # the browser's, which the link goes before
WAYS_BACK = {"en": "Back to Meetwell", "fr": "Retour à Meetwell"}

Turned = Callable[[ComposedApp, str], Awaitable[Answered]]


def asked(locale: str) -> dict[str, str]:
    return {"locale": locale, "return_to": BACK}


def of_another_language(locale: str, **cookies: str) -> Browser:
    return Browser(dict(cookies), language=OTHER_LANGUAGES[locale])


async def by_a_used_link(app: ComposedApp, locale: str) -> Answered:
    url = await link("ursula", **asked(locale))
    await Browser().post(url)
    return await of_another_language(locale).get(url)


async def by_a_used_link_that_is_opened(app: ComposedApp, locale: str) -> Answered:
    url = await link("ursula", **asked(locale))
    await Browser().post(url)
    return await of_another_language(locale).post(url)


async def by_an_expired_link(app: ComposedApp, locale: str) -> Answered:
    url = await link("ursula", **asked(locale))
    app.clock.advance(5 * MINUTE)
    return await of_another_language(locale).get(url)


async def by_an_idle_session(app: ComposedApp, locale: str) -> Answered:
    browser = await signed_in("ursula", **asked(locale))
    browser.language = OTHER_LANGUAGES[locale]
    app.clock.advance(30 * MINUTE)
    return await browser.get(HOME)


async def by_a_lesser_role(app: ComposedApp, locale: str) -> Answered:
    await set_role("ursula", "admin")
    browser = await signed_in("ursula", role="admin", **asked(locale))
    browser.language = OTHER_LANGUAGES[locale]
    await set_role("ursula", "user")
    return await browser.get(HOME)


async def by_an_answer_without_a_state(app: ComposedApp, locale: str) -> Answered:
    browser = await signed_in("ursula", **asked(locale))
    browser.language = OTHER_LANGUAGES[locale]
    return await browser.get(f"{CALLBACK}?state=eyJ&code=any")


async def by_an_answer_without_a_state_in_an_idle_session(app: ComposedApp, locale: str) -> Answered:
    browser = await signed_in("ursula", **asked(locale))
    browser.language = OTHER_LANGUAGES[locale]
    app.clock.advance(30 * MINUTE)
    return await browser.get(f"{CALLBACK}?state=eyJ&code=any")


async def by_an_answer_in_an_idle_session(app: ComposedApp, locale: str) -> Answered:
    way = await begun(app, await signed_in("ursula", **asked(locale)))
    way.browser.language = OTHER_LANGUAGES[locale]
    app.clock.advance(31 * MINUTE)
    return await way.back(code=way.code())


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize(
    ("turned_away", "status"),
    [
        (by_a_used_link, 410),
        (by_a_used_link_that_is_opened, 410),
        (by_an_expired_link, 410),
        (by_an_idle_session, 401),
        (by_a_lesser_role, 401),
        (by_an_answer_without_a_state, 400),
        (by_an_answer_without_a_state_in_an_idle_session, 400),
        (by_an_answer_in_an_idle_session, 401),
    ],
)
async def test_whoever_is_turned_away_keeps_their_language_and_the_way_back(
    acme: ComposedApp, turned_away: Turned, status: int, locale: str
) -> None:
    page = await turned_away(acme, locale)

    assert page.status == status
    assert f'<html lang="{locale}">' in page.text
    assert f'href="{BACK}">{WAYS_BACK[locale]}</a>' in unescape(page.text)


async def test_an_answer_that_cannot_be_taken_leaves_whoever_is_signed_in_among_their_pages(acme: ComposedApp) -> None:
    page = await by_an_answer_without_a_state(acme, "fr")

    assert 'action="/portal/sign-out"' in page.text
    assert 'href="/portal/me"' in page.text


async def test_nothing_of_a_link_is_shown_for_another_secret(acme: ComposedApp) -> None:
    url = await link("ursula", **asked("fr"))
    guessed = url[:-1] + ("A" if url[-1] != "A" else "B")

    fresh = await Browser().get(guessed)
    await Browser().post(url)
    used = await Browser().get(guessed)
    acme.clock.advance(5 * MINUTE)
    expired = await Browser().get(guessed)

    assert [tells_of_its_link(page) for page in (fresh, used, expired)] == [False, False, False]


@pytest.mark.parametrize("address", [HOME, f"{CALLBACK}?state=eyJ&code=any", f"{BASE_URL}/portal/me/connect"])
async def test_nothing_of_a_session_is_shown_for_another_secret(acme: ComposedApp, address: str) -> None:
    cookie = (await signed_in("ursula", **asked("fr"))).cookies[PORTAL_COOKIE]
    guessed = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")

    lively = await Browser({PORTAL_COOKIE: guessed}).get(address)
    acme.clock.advance(30 * MINUTE)
    idle = await Browser({PORTAL_COOKIE: guessed}).get(address)

    assert [tells_of_its_link(page) for page in (lively, idle)] == [False, False]


async def test_the_link_is_no_secret_of_the_session_that_it_began(acme: ComposedApp) -> None:
    """Whoever was sent the same link may know where it led, and sees nothing of who went in."""
    page = await by_a_used_link(acme, "en")

    assert "ursula" not in page.text
    assert "Acme" not in page.text


def tells_of_its_link(page: Answered) -> bool:
    return BACK in page.text or '<html lang="fr">' in page.text or "ursula" in page.text
