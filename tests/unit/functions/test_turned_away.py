"""Whoever is turned away reads so in the language of their link, and finds the way back to the product."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from html import unescape

import pytest

from functions.page_answers import PORTAL_COOKIE
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.account_way import CALLBACK, begun, sent_by_product
from tests.unit.functions.browser import Answered, Browser, call
from tests.unit.functions.cut_ways import WRITES, before
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_portal import HOME, link, set_role, signed_in

BACK = "https://product.example/settings"
MINUTE = timedelta(minutes=1)
OTHER_LANGUAGES = {"en": "fr", "fr": "en"}  # the browser's, which the link goes before
WAYS_BACK = {"en": "Back to Meetwell", "fr": "Retour à Meetwell"}

Ask = Callable[[], Awaitable[Answered]]
Turned = Callable[[ComposedApp, str], Awaitable[Ask]]


def asked(locale: str) -> dict[str, str]:
    return {"locale": locale, "return_to": BACK}


def of_another_language(locale: str) -> Browser:
    return Browser(language=OTHER_LANGUAGES[locale])


async def signed_in_with(locale: str, user: str = "ursula", **more: str) -> Browser:
    browser = await signed_in(user, **asked(locale), **more)
    browser.language = OTHER_LANGUAGES[locale]
    return browser


async def by_a_used_link(app: ComposedApp, locale: str) -> Ask:
    url = await link("ursula", **asked(locale))
    await Browser().post(url)
    return partial(of_another_language(locale).get, url)


async def by_a_used_link_that_is_opened(app: ComposedApp, locale: str) -> Ask:
    url = await link("ursula", **asked(locale))
    await Browser().post(url)
    return partial(of_another_language(locale).post, url)


async def by_an_expired_link(app: ComposedApp, locale: str) -> Ask:
    url = await link("ursula", **asked(locale))
    app.clock.advance(5 * MINUTE)
    return partial(of_another_language(locale).get, url)


async def by_an_idle_session(app: ComposedApp, locale: str) -> Ask:
    browser = await signed_in_with(locale)
    app.clock.advance(30 * MINUTE)
    return partial(browser.get, HOME)


async def lessened(locale: str) -> Browser:
    await set_role("ursula", "admin")
    browser = await signed_in_with(locale, role="admin")
    await set_role("ursula", "user")
    return browser


async def by_a_lesser_role(app: ComposedApp, locale: str) -> Ask:
    return partial((await lessened(locale)).get, HOME)


async def by_the_removal_of_the_user(app: ComposedApp, locale: str) -> Ask:
    browser = await signed_in_with(locale)
    await call("delete_user", organization="acme", user="ursula")
    return partial(browser.get, HOME)


async def by_an_organization_that_leaves(app: ComposedApp, locale: str) -> Ask:
    browser = await signed_in_with(locale, "olga")
    await call("delete_organization", organization="acme", by="olga")
    return partial(browser.get, HOME)


async def by_an_organization_that_is_forgotten(app: ComposedApp, locale: str) -> Ask:
    ask = await by_an_organization_that_leaves(app, locale)
    await run_for(app, 10 * MINUTE)
    return ask


async def by_an_answer_without_a_state(app: ComposedApp, locale: str) -> Ask:
    return partial((await signed_in_with(locale)).get, f"{CALLBACK}?state=eyJ&code=any")


async def by_an_answer_without_a_state_in_an_idle_session(app: ComposedApp, locale: str) -> Ask:
    browser = await signed_in_with(locale)
    app.clock.advance(30 * MINUTE)
    return partial(browser.get, f"{CALLBACK}?state=eyJ&code=any")


async def by_an_answer_without_a_state_with_a_lesser_role(app: ComposedApp, locale: str) -> Ask:
    return partial((await lessened(locale)).get, f"{CALLBACK}?state=eyJ&code=any")


async def by_an_answer_in_an_idle_session(app: ComposedApp, locale: str) -> Ask:
    way = await begun(app, await signed_in_with(locale))
    app.clock.advance(31 * MINUTE)
    return partial(way.back, code=way.code())


@pytest.mark.parametrize("locale", ["en", "fr"])
@pytest.mark.parametrize(
    ("turned_away", "status"),
    [
        (by_a_used_link, 410),
        (by_a_used_link_that_is_opened, 410),
        (by_an_expired_link, 410),
        (by_an_idle_session, 401),
        (by_a_lesser_role, 401),
        (by_the_removal_of_the_user, 401),
        (by_an_organization_that_leaves, 401),
        (by_an_organization_that_is_forgotten, 401),
        (by_an_answer_without_a_state, 400),
        (by_an_answer_without_a_state_in_an_idle_session, 400),
        (by_an_answer_without_a_state_with_a_lesser_role, 400),
        (by_an_answer_in_an_idle_session, 401),
    ],
)
async def test_whoever_is_turned_away_keeps_their_language_and_the_way_back(
    acme: ComposedApp, turned_away: Turned, status: int, locale: str
) -> None:
    """However often they ask: a page that looks again by itself asks once before anybody reads an answer."""
    ask = await turned_away(acme, locale)

    pages = [await ask() for _ in range(3)]

    for page in pages:
        assert page.status == status
        assert f'<html lang="{locale}">' in page.text
        assert f'href="{BACK}">{WAYS_BACK[locale]}</a>' in unescape(page.text)


async def test_the_way_back_of_a_session_that_has_ended_is_forgotten_in_its_time(acme: ComposedApp) -> None:
    ask = await by_a_lesser_role(acme, "fr")
    await ask()

    await run_for(acme, timedelta(hours=8, minutes=6))

    assert not tells_of_its_link(await ask())
    assert acme.rows.rows_in("signins") == 0


async def test_whose_account_was_hinted_at_is_not_kept_when_its_user_has_gone(acme: ComposedApp) -> None:
    browser = await sent_by_product(acme, login_hint="u@outlook.example", return_to=BACK)
    await call("delete_user", organization="acme", user="ursula")
    known = acme.rows.bytes_at_rest()

    await browser.get(HOME)

    assert [b"u@outlook.example" in kept for kept in (known, acme.rows.bytes_at_rest())] == [True, False]


async def test_two_pages_that_learn_of_the_end_at_once_both_keep_the_way_back(acme: ComposedApp) -> None:
    browser, read = await lessened("fr"), list[Answered]()

    async def ask() -> None:
        read.append(await browser.get(HOME))

    before(acme, 0, ask, WRITES)
    await ask()
    await ask()

    assert [tells_of_its_link(page) for page in read] == [True] * 3


async def test_a_page_that_is_answered_at_that_moment_keeps_no_session_alive(acme: ComposedApp) -> None:
    await set_role("ursula", "admin")
    browser, read = await signed_in_with("fr", role="admin"), list[Answered]()
    acme.clock.advance(2 * MINUTE)

    async def end() -> None:
        await set_role("ursula", "user")
        read.append(await browser.get(HOME))
        await set_role("ursula", "admin")

    before(acme, 0, end, WRITES)  # that it was seen, by a page that was let in before
    read.append(await browser.get(HOME))
    read.append(await browser.get(HOME))

    assert [page.status for page in read] == [401, 200, 401]


async def test_a_session_that_was_seen_at_that_moment_ends_all_the_same(acme: ComposedApp) -> None:
    browser = await lessened("fr")

    async def see() -> None:
        stored = await acme._portal_sessions.find(browser.cookies[PORTAL_COOKIE].partition(".")[0])
        assert stored is not None
        await acme._portal_sessions.save(stored, replace(stored.value, seen_at=acme.clock.now()))

    before(acme, 0, see, WRITES)
    await browser.get(HOME)
    await set_role("ursula", "admin")

    assert (await browser.get(HOME)).status == 401


async def test_an_answer_that_cannot_be_taken_leaves_whoever_is_signed_in_among_their_pages(acme: ComposedApp) -> None:
    page = await (await by_an_answer_without_a_state(acme, "fr"))()

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
    page = await (await by_a_used_link(acme, "en"))()

    assert "ursula" not in page.text
    assert "Acme" not in page.text


def tells_of_its_link(page: Answered) -> bool:
    return BACK in page.text or '<html lang="fr">' in page.text or "ursula" in page.text
