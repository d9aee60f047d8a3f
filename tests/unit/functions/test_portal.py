"""A person of the product comes in by a one-time link, and stays as long as they may."""

import asyncio
from datetime import timedelta
from unittest.mock import AsyncMock

import pytest

from functions.page_answers import PORTAL_COOKIE
from shared_code.errors import TryLater, Unexpected
from shared_code.flows.overview import Overview
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Answered, Browser, call
from tests.unit.functions.orders import run_for

START = f"{BASE_URL}/portal"
HOME = f"{START}/me"
MINUTE = timedelta(minutes=1)


async def asked(user: str = "olga", **more: object) -> Answered:
    return await call("begin_portal_session", organization="acme", body={"user": user, **more})


async def link(user: str = "olga", **more: object) -> str:
    return str((await asked(user, **more)).json["link"])


async def signed_in(user: str = "olga", **more: object) -> Browser:
    """On the page to which they were led."""
    browser = Browser()
    start = await browser.follow(await browser.post(await link(user, **more)))
    await browser.follow(start)
    return browser


async def set_role(user: str, role: str) -> None:
    await call("put_user", organization="acme", user=user, body={"addresses": [], "role": role})


async def test_the_link_opens_once_and_leads_to_the_signed_in_page(acme: ComposedApp) -> None:
    browser, url = Browser(), await link(return_to="https://product.example/settings")

    door = await browser.get(url)
    opened = await browser.post(url)
    home = await browser.get(HOME)
    again = await Browser().post(url)

    assert "Sign in to your calendar settings" in door.text
    assert (opened.status, opened.location) == (303, "/portal")
    assert home.status == 200
    assert "Acme" in home.text
    assert "https://product.example/settings" in home.text
    assert again.status == 410
    assert "used already" in again.text


async def test_each_is_led_to_where_they_can_do_something(acme: ComposedApp) -> None:
    owner, user, owner_as_user = await signed_in(), await signed_in("ursula"), await signed_in("olga", role="user")

    led = [(await browser.get(START)).location for browser in (owner, user, owner_as_user)]

    assert led == ["/portal/outlook", "/portal/me", "/portal/me"]


async def test_whoever_comes_in_is_told_as_whom_in_their_own_words(acme: ComposedApp) -> None:
    await call("put_user", organization="acme", user="nameless", body={"addresses": []})

    doors = [await Browser().get(await link(user)) for user in ("olga", "nameless")]

    assert "<strong>olga@acme.example</strong>, as an owner" in doors[0].text
    assert "<strong>nameless</strong>, as yourself" in doors[1].text


async def test_whoever_is_turned_away_from_an_admins_page_finds_their_own(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")

    refused = await browser.get(f"{START}/outlook")

    assert (refused.status, "This page is for admins" in refused.text) == (403, True)
    assert 'href="/portal/me"' in refused.text
    assert 'href="/portal/users"' not in refused.text


async def test_looking_at_the_link_does_not_use_it_up(acme: ComposedApp) -> None:
    url = await link()

    for _ in range(3):
        await Browser().get(url)

    assert (await Browser().post(url)).status == 303


async def test_a_second_click_in_the_same_browser_goes_on(acme: ComposedApp) -> None:
    browser, url = Browser(), await link()
    await browser.post(url)

    again = await browser.post(url)
    back = await browser.get(url)

    assert back.location == "/portal"
    assert (again.status, again.location) == (303, "/portal")
    assert (await browser.get(HOME)).status == 200


async def test_of_two_browsers_that_open_the_link_at_once_one_is_let_in(acme: ComposedApp) -> None:
    url = await link()

    answers = await asyncio.gather(*(Browser().post(url) for _ in range(5)))

    assert sorted(answer.status for answer in answers) == [303, 410, 410, 410, 410]


async def test_the_cookie_is_locked_to_the_host(acme: ComposedApp) -> None:
    answered = await Browser().post(await link())

    cookie = answered.headers["set-cookie"]
    assert cookie.startswith(f"{PORTAL_COOKIE}=portal-")
    assert cookie.endswith("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=28800")


async def test_neither_link_nor_cookie_stands_in_storage(acme: ComposedApp) -> None:
    url = await link()
    browser = Browser()
    await browser.post(url)

    at_rest = acme.rows.bytes_at_rest()
    assert url.rpartition(".")[2].encode() not in at_rest
    assert browser.cookies[PORTAL_COOKIE].rpartition(".")[2].encode() not in at_rest


async def test_the_link_expires_after_five_minutes(acme: ComposedApp) -> None:
    answered = await asked()
    url = answered.json["link"]
    acme.clock.advance(5 * MINUTE)

    page = await Browser().post(url)

    assert answered.json["expires_at"] == acme.clock.now().isoformat().replace("+00:00", "Z")
    assert (page.status, "expired" in page.text) == (410, True)


@pytest.mark.parametrize("token", ["", "portal-x", "portal-x.y", "x", "ü", "portal-x.y" * 100])
async def test_what_is_no_link_of_ours_opens_nothing(acme: ComposedApp, token: str) -> None:
    page = await Browser().post(f"{BASE_URL}/portal/open?token={token}")

    assert page.status == 404


async def test_a_link_with_another_secret_opens_nothing(acme: ComposedApp) -> None:
    url = await link()

    page = await Browser().post(url[:-1] + ("A" if url[-1] != "A" else "B"))

    assert page.status == 404
    assert (await Browser().post(url)).status == 303


async def test_nobody_gets_more_than_their_own_role(acme: ComposedApp) -> None:
    refused = await asked("ursula", role="admin")

    assert (refused.status, refused.problem) == (403, "role-required")
    assert (await asked("olga", role="user")).status == 201


async def test_nobody_who_is_not_there_gets_a_link(acme: ComposedApp) -> None:
    assert (await asked("nobody")).problem == "user-not-found"


@pytest.mark.parametrize("address", ["https://evil.example/", "javascript:alert(1)", "https://product.example.evil/"])
async def test_the_way_back_leads_only_where_the_deployment_says(acme: ComposedApp, address: str) -> None:
    refused = await asked(return_to=address)

    assert (refused.status, refused.problem) == (422, "return-address-refused")
    assert acme.rows.rows_in("signins") == 0


async def test_half_an_hour_without_a_request_ends_the_session(acme: ComposedApp) -> None:
    browser = await signed_in()
    acme.clock.advance(29 * MINUTE)
    still = await browser.get(HOME)
    acme.clock.advance(29 * MINUTE)
    kept = await browser.get(HOME)
    acme.clock.advance(30 * MINUTE)

    ended = await browser.get(HOME)

    assert (still.status, kept.status, ended.status) == (200, 200, 401)


async def test_eight_hours_end_it_whatever_happens(acme: ComposedApp) -> None:
    browser = await signed_in()
    statuses = []

    for _ in range(24):
        acme.clock.advance(20 * MINUTE)
        statuses.append((await browser.get(HOME)).status)

    assert statuses == [*[200] * 23, 401]


async def test_a_lesser_role_ends_it_at_once(acme: ComposedApp) -> None:
    await set_role("ursula", "admin")
    browser = await signed_in("ursula", role="admin")
    before = await browser.get(HOME)
    await set_role("ursula", "user")

    after = await browser.get(HOME)

    assert (before.status, after.status) == (200, 401)


async def test_a_lesser_role_closes_the_link_as_well(acme: ComposedApp) -> None:
    await set_role("ursula", "admin")
    url = await link("ursula")
    await set_role("ursula", "user")

    assert (await Browser().post(url)).status == 401


async def test_a_session_ends_with_its_user_and_with_its_organization(acme: ComposedApp) -> None:
    of_user, of_owner = await signed_in("ursula"), await signed_in()
    await call("delete_user", organization="acme", user="ursula")
    user_gone = await of_user.get(HOME)
    await call("delete_organization", organization="acme", by="olga")

    assert user_gone.status == 401
    assert (await of_owner.get(HOME)).status == 401


async def test_a_session_is_not_one_of_an_organization_that_has_its_name_later(acme: ComposedApp) -> None:
    browser = await signed_in()
    await call("delete_organization", organization="acme", by="olga")
    await run_for(acme, timedelta(minutes=10))
    await call("put_organization", organization="acme", body={"name": "Another"})
    await set_role("olga", "owner")

    assert (await browser.get(HOME)).status == 401


async def test_a_session_or_link_is_not_one_of_a_user_who_has_the_name_later(acme: ComposedApp) -> None:
    browser, url = await signed_in("ursula"), await link("ursula")
    await call("delete_user", organization="acme", user="ursula")
    acme.clock.advance(MINUTE)
    await set_role("ursula", "user")

    assert (await browser.get(HOME)).status == 401
    assert (await Browser().post(url)).status == 401


async def test_a_session_that_has_ended_with_a_role_stays_ended(acme: ComposedApp) -> None:
    await set_role("ursula", "admin")
    browser, url = Browser(), await link("ursula", role="admin")
    await browser.post(url)
    await set_role("ursula", "user")
    await browser.get(HOME)

    await set_role("ursula", "admin")

    assert [(await browser.get(HOME)).status for _ in range(2)] == [401, 401]
    assert (await Browser().post(url)).status == 410
    assert (await browser.post(url)).status == 401


async def test_whoever_signs_out_is_out_and_is_shown_the_way_back(acme: ComposedApp) -> None:
    browser = await signed_in(return_to="https://product.example/")

    left = await browser.post(f"{START}/sign-out")

    assert (left.status, "https://product.example/" in left.text) == (200, True)
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert (await browser.get(HOME)).status == 401
    assert acme.rows.rows_in("signins") == 0


async def test_a_form_of_another_site_signs_nobody_in_or_out(acme: ComposedApp) -> None:
    url, victim = await link(), await signed_in()
    victim.origin = "https://evil.example"

    tricked = await victim.post(url)
    left = await victim.post(f"{START}/sign-out")

    assert (tricked.status, left.status) == (400, 400)
    assert (await victim.get(HOME)).status == 200
    assert (await Browser().post(url)).status == 303


@pytest.mark.parametrize("token", ["", "forged", "eyJzZXNzaW9uIjoicG9ydGFsLXgifQ.x"])
async def test_a_form_without_the_sessions_token_does_nothing(acme: ComposedApp, token: str) -> None:
    browser = await signed_in()

    left = await browser.post(f"{START}/sign-out", {"form": token})

    assert left.status == 400
    assert (await browser.get(HOME)).status == 200


async def test_a_form_of_another_session_does_nothing(acme: ComposedApp) -> None:
    one, other = await signed_in(), await signed_in("ursula")

    left = await one.post(f"{START}/sign-out", {"form": str(other.form_token)})

    assert left.status == 400


async def test_another_browser_has_no_session(acme: ComposedApp) -> None:
    browser = await signed_in()
    other = Browser({PORTAL_COOKIE: browser.cookies[PORTAL_COOKIE][:-1] + "_"})

    assert (await Browser().get(HOME)).status == 401
    assert (await other.get(HOME)).status == 401


async def test_sessions_and_links_that_nobody_opened_are_forgotten(acme: ComposedApp) -> None:
    await link()
    await signed_in()

    await run_for(acme, timedelta(hours=8, minutes=6))

    assert acme.rows.rows_in("signins") == 0


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [(TryLater("503"), 503, "Try again in a minute."), (Unexpected("a record"), 500, "Something is wrong on our side")],
)
async def test_only_what_passes_is_said_to_pass(
    acme: ComposedApp, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    browser = await signed_in()
    monkeypatch.setattr(Overview, "look", AsyncMock(side_effect=error))

    page = await browser.get(f"{START}/outlook")

    assert (page.status, words in page.text, "a record" in page.text) == (status, True, False)
