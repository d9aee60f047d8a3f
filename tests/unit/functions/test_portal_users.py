"""An admin looks through the organisation's people, takes them along as a file, and looks at one of them."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import UserId
from shared_code.messages import sync_order
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.booking_calls import SECRETS, book, booker, mailbox_of
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import connected, tenant, user_state
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_opting_out import audited
from tests.unit.functions.test_portal import set_role, signed_in

__all__ = ["booker", "tenant"]

USERS = f"{BASE_URL}/portal/users"
PAGES = ("/portal/users", "/portal/users.csv", "/portal/users/ursula", "/portal/users/ursula/disconnect")
ROW = re.compile(r'<td><a href="/portal/users/([^"]+)">')


async def add(*users: str, **more: Any) -> None:
    for user in users:
        addresses = [{"address": f"{user}@acme.example", "verified": True}]
        await call("put_user", organization="acme", user=user, body={"addresses": addresses} | more)


async def listed(query: str = "", browser: Browser | None = None) -> list[str]:
    page = await (browser or await signed_in()).get(f"{USERS}{query}")
    assert page.status == 200
    return ROW.findall(page.text)


async def person(user: str = "ursula", browser: Browser | None = None) -> str:
    page = await (browser or await signed_in()).get(f"{USERS}/{user}")
    assert page.status == 200
    return page.text


def without_tags(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html.replace("<wbr>", "")).split())


async def test_everybody_is_listed_with_status_reason_account_and_since(tenant: ComposedApp) -> None:
    await connected(tenant)

    page = without_tags((await (await signed_in()).get(USERS)).text)

    date = f"{tenant.clock.now():%B} {tenant.clock.now().day}, {tenant.clock.now().year}"
    assert "Everybody 2 Connected 1 No match 1" in page
    assert f"ursula ursula@acme.example Connected ursula@acme.example {date}" in page
    assert (
        "olga olga@acme.example No match Nobody in your Microsoft 365 has their address. "
        f"Correct the address in Meetwell or in Microsoft 365. {date}" in page
    )


async def test_search_filter_and_sort_work_together(acme: ComposedApp) -> None:
    await add("zoe", "ben")
    await add("own", has_calendar=True)
    browser = await signed_in()

    assert await listed(browser=browser) == ["ben", "olga", "own", "ursula", "zoe"]
    assert await listed("?search=ZOE%40", browser) == ["zoe"]
    assert await listed("?status=personal", browser) == ["own"]
    assert await listed("?sort=-address&status=no_match", browser) == ["zoe", "ursula", "olga", "ben"]


async def test_a_cards_numbers_are_those_of_the_lists_that_they_lead_to(tenant: ComposedApp) -> None:
    for number in (5, 6):
        entra = UserId(f"7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d000{number}")
        tenant.directory.put(TENANT, DirectoryUser(entra, "twice@acme.example", f"t{number}@acme.example"))
    gone = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0007")
    tenant.directory.put(TENANT, DirectoryUser(gone, "gone@acme.example", "gone@acme.example", account_enabled=False))
    await add("twice", "gone")
    await add("own", has_calendar=True)
    await connected(tenant)
    browser = await signed_in()

    card = (await browser.get(f"{BASE_URL}/portal/outlook")).text
    stats = re.findall(r'<li><strong>(\d+)</strong> <a href="([^"]+)"', card)
    pages = [(await browser.get(BASE_URL + unescape(href))).text for _, href in stats]

    assert [number for number, _ in stats] == ["1", "0", "1", "2"]
    assert [re.findall(r'aria-current="true">[^<]* <b>(\d+)</b>', page) for page in pages] == [
        [number] for number, _ in stats
    ]
    assert [len(ROW.findall(page)) for page in pages] == [1, 0, 1, 2]
    assert "Only people of one connection are listed." in pages[0]


async def test_nothing_found_says_so_and_leads_back(acme: ComposedApp) -> None:
    page = await (await signed_in()).get(f"{USERS}?search=%3Cb%3Enobody")

    assert "with “&lt;b&gt;nobody” in it" in page.text
    assert '<a href="/portal/users">Show everybody</a>' in page.text
    assert "users.csv" not in page.text


async def test_a_page_beyond_the_last_is_the_last(acme: ComposedApp) -> None:
    await add(*(f"extra{number:02}" for number in range(25)))

    last = await listed("?page=99")

    assert last == ["olga", "ursula"]


async def test_the_list_costs_one_query_of_the_roster_and_no_users_row(acme: ComposedApp) -> None:
    await add(*(f"extra{number:02}" for number in range(60)))
    browser = await signed_in()
    await browser.get(USERS)
    acme.rows.operations.clear()

    await browser.get(USERS)

    assert len(acme.rows.operations) <= 4  # three of them for the session, as of every page


async def test_the_file_holds_what_the_page_found(acme: ComposedApp) -> None:
    await add("zoe", "ben")
    browser = await signed_in(locale="fr-FR")

    file = await browser.get(f"{USERS}.csv?search=e&sort=-user&page=7")

    lines = file.text.removeprefix("\ufeff").splitlines()
    assert file.body.startswith(b"\xef\xbb\xbf")
    assert [line.partition(";")[0] for line in lines] == ["Utilisateur", "zoe", "ursula", "olga", "ben"]
    assert file.headers["content-type"] == "text/csv"
    named = f'attachment; filename="users-acme-{acme.clock.now():%Y-%m-%d}.csv"'
    assert file.headers["content-disposition"] == named
    assert file.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
async def test_who_is_not_an_admin_sees_none_of_it(acme: ComposedApp, path: str) -> None:
    browser = await signed_in("ursula")

    assert (await browser.get(BASE_URL + path)).status == 403
    assert (await (await signed_in(role="user")).get(BASE_URL + path)).status == 403
    assert (await Browser().get(BASE_URL + path)).status == 401


async def test_who_is_not_an_admin_changes_nobody(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    await browser.get(f"{BASE_URL}/portal")

    refused = await browser.post(f"{USERS}/olga/disconnect")

    assert (refused.status, await user_state("olga")) == (403, "no_match")


async def test_another_organizations_user_is_not_there(acme: ComposedApp) -> None:
    await call("put_organization", organization="other", body={"name": "Other"})
    await call("put_user", organization="other", user="vera", body={"addresses": []})
    browser = await signed_in()
    await browser.get(f"{USERS}/ursula")

    looked = await browser.get(f"{USERS}/vera")
    ended = await browser.post(f"{USERS}/vera/disconnect")

    assert (looked.status, ended.status) == (404, 404)
    assert "vera" not in (await browser.get(USERS)).text


@pytest.mark.parametrize("user", ["a%20b", "%00", "x" * 65])
async def test_what_is_no_users_name_is_refused(acme: ComposedApp, user: str) -> None:
    assert (await (await signed_in()).get(f"{USERS}/{user}")).status in {400, 422}


async def test_a_connected_person_is_shown_with_rule_calendars_and_settings(tenant: ComposedApp) -> None:
    await connected(tenant)

    page = without_tags(await person())

    assert "Connected since" in page
    assert "ursula@acme.example verified" in page
    assert "The address is the main mail address of the account" in page
    assert "In the mailbox 1 calendar" in page
    assert "1 is up to date" in page
    assert "Checked for conflicts The default calendar" in page
    assert "These block time Busy Cancellation sync" in page


async def test_a_person_whom_several_accounts_could_be_shows_them_masked(acme: ComposedApp) -> None:
    for number in (5, 6):
        entra = UserId(f"7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d000{number}")
        acme.directory.put(TENANT, DirectoryUser(entra, "ursula@acme.example", f"secret{number}@acme.example"))
    await connected(acme)

    page = await person()

    assert "Several matches" in page
    assert page.count("u***@acme.example (7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d000") == 2
    assert "secret5" not in page


async def test_a_person_without_a_match_is_told_why_and_what_to_do(tenant: ComposedApp) -> None:
    await connected(tenant)

    page = without_tags(await person("olga"))

    assert "Nobody in your Microsoft 365 has their address." in page
    assert "What to do: Correct the address in Meetwell or in Microsoft 365." in page
    assert "In the mailbox" not in page


async def test_an_admin_disconnects_and_connects_somebody(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    asked = await browser.get(f"{USERS}/ursula/disconnect")
    before = await user_state()

    ended = await browser.follow(await browser.post(f"{USERS}/ursula/disconnect"))
    out = await user_state()
    begun = await browser.follow(await browser.post(f"{USERS}/ursula/connect"))
    await run_for(tenant, timedelta(minutes=1))

    assert ("Disconnect ursula?" in asked.text, before) == (True, "connected")
    assert ("The user is disconnected." in ended.text, "Connect again" in ended.text, out) == (True, True, "opted_out")
    assert ("They are being connected again." in begun.text, 'data-live="5"' in begun.text) == (True, True)
    assert await user_state() == "connected"
    assert await audited("user.disconnected") == [("olga", "ursula")]
    assert await audited("user.reconnected") == [("olga", "ursula")]


async def test_a_first_read_that_takes_long_keeps_no_session_alive(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    await browser.get(f"{USERS}/ursula")
    await browser.post(f"{USERS}/ursula/disconnect")
    await browser.post(f"{USERS}/ursula/connect")
    soon = await person(browser=browser)
    tenant.clock.advance(timedelta(minutes=11))

    later = await person(browser=browser)

    assert await user_state() == "pending"
    assert ('data-live="5"' in soon, 'data-live="5"' in later, "Look again" in later) == (True, False, False)


async def test_asking_changes_nothing(tenant: ComposedApp) -> None:
    await connected(tenant)

    await (await signed_in()).get(f"{USERS}/ursula/disconnect")

    assert await user_state() == "connected"


@pytest.mark.parametrize("act", ["disconnect", "connect"])
async def test_a_form_without_the_sessions_token_changes_nobody(tenant: ComposedApp, act: str) -> None:
    await connected(tenant)

    refused = await (await signed_in()).post(f"{USERS}/ursula/{act}", {"form": "forged"})

    assert (refused.status, await user_state()) == (400, "connected")


async def test_who_connects_nobody_anew_is_offered_no_connect(acme: ComposedApp) -> None:
    browser = await signed_in()
    await browser.get(f"{USERS}/ursula")
    await browser.post(f"{USERS}/ursula/disconnect")
    offered = await person(browser=browser)
    body = {"name": "Acme", "policy": {"admin_managed": False}}
    await call("put_organization", organization="acme", body=body, by="olga")

    assert "Connect again" in offered
    assert "Connect again" not in await person(browser=browser)


@pytest.mark.by_hand
async def test_what_was_decided_is_shown_with_evidence_and_without_a_word_of_the_meeting(booker: ComposedApp) -> None:
    await set_role("boss", "owner")
    await book(booker)
    booker.events.delete(booker.events.live()[0].shown.event)
    booker.clock.advance(timedelta(minutes=1))
    await booker.sent.send(sync_order(mailbox_of("anna"), booker.clock.now(), "notified"))
    await run_for(booker, timedelta(minutes=8))

    page = await person("anna", await signed_in("boss"))

    assert "The event is in none of the calendars any more, so the booking was cancelled." in page
    assert "The calendar was read as a whole, and the event was not in it." in page
    assert "<code>b-1</code>" in page
    assert [word for word in SECRETS if word in page] == []
