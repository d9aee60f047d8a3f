"""Every way into the portal, whichever there are: who may go it, and what a form must bring along."""

import re
from datetime import timedelta

import pytest

from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import PAGES, Answered, Browser, call
from tests.unit.functions.test_connection_life import connected, tenant, the_connection, user_state
from tests.unit.functions.test_portal import set_role, signed_in

__all__ = ["tenant"]

DOOR = "/portal/open"
OF_EVERYBODY = {"/portal", "/portal/sign-out"}


def _ways() -> list[tuple[str, str]]:
    """Method and address of each; what an address names stands in braces."""
    found = [(method, re.sub(r"\(\?P<(\w+)>\[\^/\]\+\)", r"{\1}", route.pattern)) for method, route, _ in PAGES]
    return [(method, path) for method, path in found if re.match(r"/portal(?![\w-])", path) and path != DOOR]


WAYS = _ways()
FORMS = [path for method, path in WAYS if method == "POST"]
OF_ADMINS = [
    (method, path) for method, path in WAYS if path not in OF_EVERYBODY and not re.match(r"/portal/me\b", path)
]
WITH_A_NAME = [(method, path) for method, path in WAYS if "{" in path]


async def go(browser: Browser, method: str, path: str, **form: str) -> Answered:
    first = (await call("list_connections", organization="acme")).json["connections"][0]
    names = {"connection": first["connection"], "user": "ursula", "hold": "h-1"}
    url = BASE_URL + path.format(**names)
    return await (browser.get(url) if method == "GET" else browser.post(url, form))


async def stranger() -> Browser:
    """The owner of another organisation."""
    await call("put_organization", organization="other", body={"name": "Other"})
    await call("put_user", organization="other", user="otto", body={"addresses": [], "role": "owner"})
    opened = await call("begin_portal_session", organization="other", body={"user": "otto"})
    browser = Browser()
    await browser.follow(await browser.follow(await browser.post(str(opened.json["link"]))))
    return browser


HOSTILE = "\"'><img src=x onerror=alert(1)>{{7*7}}%(x)s %s"


@pytest.mark.parametrize("locale", ["en", "fr"])
async def test_no_name_is_more_than_text_on_any_page(tenant: ComposedApp, locale: str) -> None:
    await call("put_organization", organization="acme", body={"name": HOSTILE}, by="olga")
    address = {"address": '"><img/src=x>{{7*7}}%(x)s@acme.example', "verified": True}
    await call("put_user", organization="acme", user="ursula", body={"addresses": [address], "role": "admin"})
    await connected(tenant)
    await set_role("olga", "owner")
    back = 'https://product.example/"><img/src=x>'
    browser = await signed_in("ursula", locale=locale, return_to=back)

    pages = [await go(browser, method, path) for method, path in WAYS if method == "GET"]
    left = await browser.post(f"{BASE_URL}/portal/sign-out")

    html = [page.text for page in (*pages, left) if "html" in page.headers["content-type"]]
    assert len([page for page in html if "&lt;img" in page]) >= 10
    assert [page for page in html if "<img" in page] == []


async def nothing_happened(app: ComposedApp, writes: int) -> bool:
    is_as_before = (await the_connection())["state"] == "active" and await user_state() == "connected"
    return is_as_before and len((await call("list_audit", organization="acme")).json["audit"]) == writes


async def audits() -> int:
    return len((await call("list_audit", organization="acme")).json["audit"])


def test_the_ways_are_found() -> None:
    assert {("GET", "/portal/users"), ("POST", "/portal/outlook/{connection}/disconnect")} <= set(WAYS)
    assert (len(FORMS) >= 15, len(OF_ADMINS) >= 25) == (True, True)
    assert {method for method, _ in WAYS} == {"GET", "POST"}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", ["", "forged", "ü", "\x00", "a.b.c"])
async def test_no_form_is_taken_without_the_sessions_token(tenant: ComposedApp, path: str, token: str) -> None:
    await connected(tenant)
    browser, before = await signed_in(), await audits()

    answered = await go(browser, "POST", path, form=token, typed="Acme", decision="cancel")

    assert (answered.status, await nothing_happened(tenant, before)) == (400, True)


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", BASE_URL + ".evil.example"])
async def test_no_form_is_taken_from_another_site(tenant: ComposedApp, path: str, origin: str) -> None:
    await connected(tenant)
    browser, before = await signed_in(), await audits()
    browser.origin = origin

    answered = await go(browser, "POST", path, typed="Acme")

    assert (answered.status, await nothing_happened(tenant, before)) == (400, True)


@pytest.mark.parametrize(("method", "path"), OF_ADMINS)
async def test_no_way_of_an_admin_is_open_to_others(tenant: ComposedApp, method: str, path: str) -> None:
    await connected(tenant)
    member, owner_as_user = await signed_in("ursula"), await signed_in("olga", role="user")
    before = await audits()

    refused = [(await go(browser, method, path, typed="Acme")).status for browser in (member, owner_as_user)]

    assert (refused, await nothing_happened(tenant, before)) == ([403, 403], True)


@pytest.mark.parametrize(("method", "path"), WITH_A_NAME)
async def test_nothing_of_another_organization_is_reached_by_its_name(
    tenant: ComposedApp, method: str, path: str
) -> None:
    await connected(tenant)
    browser, before = await stranger(), await audits()

    answered = await go(browser, method, path, typed="Acme", decision="cancel", losing="9")

    assert (answered.status, "ursula@" in answered.text) == (404, False)
    assert await nothing_happened(tenant, before)


@pytest.mark.parametrize(("method", "path"), WAYS)
async def test_no_way_is_open_once_the_session_is_over(tenant: ComposedApp, method: str, path: str) -> None:
    await connected(tenant)
    browser, before = await signed_in(), await audits()
    tenant.clock.advance(timedelta(minutes=31))

    answered = await go(browser, method, path, typed="Acme")

    assert (answered.status, await nothing_happened(tenant, before)) == (401, True)
    assert answered.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("method", "path"), OF_ADMINS)
async def test_whose_role_is_taken_away_while_a_page_is_open_does_nothing_with_it(
    tenant: ComposedApp, method: str, path: str
) -> None:
    await set_role("adam", "admin")
    await connected(tenant)
    browser, before = await signed_in("adam"), await audits()
    await set_role("adam", "user")

    answered = await go(browser, method, path, typed="Acme")

    assert (answered.status, await nothing_happened(tenant, before)) == (401, True)


@pytest.mark.parametrize(("method", "path"), [way for way in WAYS if way[0] == "GET"])
async def test_nothing_of_the_portal_stays_in_a_browsers_cache_or_another_sites_frame(
    tenant: ComposedApp, method: str, path: str
) -> None:
    await connected(tenant)

    headers = (await go(await signed_in(), method, path)).headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"


async def test_no_address_or_name_of_a_person_stands_in_the_logs(
    tenant: ComposedApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    await connected(tenant)
    browser = await signed_in()

    for method, path in sorted(set(WAYS) - {("POST", "/portal/sign-out")}):
        await go(browser, method, path + ("?search=ursula@acme" if path == "/portal/users" else ""), typed="Acme")

    logged = [record.getMessage() + str(record.__dict__) for record in caplog.records]
    assert logged
    assert [line for line in logged if "@acme" in line or "Name of" in line] == []
