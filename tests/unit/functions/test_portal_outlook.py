"""An owner or admin connects Outlook in the portal, sees how it stands, and disconnects it."""

import html
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from shared_code.errors import Disconnected, Refused
from shared_code.messages import SweepUsers
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.browser import Answered, Browser, call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import confirmed, connected, tenant, the_connection
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_portal import asked, set_role, signed_in

__all__ = ["tenant"]

OUTLOOK = f"{BASE_URL}/portal/outlook"


def said(page: Answered) -> str:
    """What the page says was just done."""
    found = re.search(r'role="status">([^<]*)<', page.text)
    return html.unescape(found[1]) if found else ""


def link_on(page: Answered) -> str:
    found = re.search(r'id="link"[^>]* value="([^"]+)"', page.text)
    assert found is not None
    return html.unescape(found[1])


async def path() -> str:
    return f"{OUTLOOK}/{(await the_connection())['connection']}"


async def begun(browser: Browser) -> Answered:
    """The page of a connection that was just asked for."""
    await browser.get(OUTLOOK)
    return await browser.follow(await browser.post(f"{OUTLOOK}/connect"))


async def audit() -> list[tuple[str, str]]:
    entries = (await call("list_audit", organization="acme")).json["audit"]
    return [(entry["action"], entry["by"]) for entry in entries]


async def test_an_organization_without_a_connection_is_shown_three_steps(acme: ComposedApp) -> None:
    page = await (await signed_in()).get(OUTLOOK)

    assert page.status == 200
    assert page.text.count("<li><h2>") == 3
    assert "Connect Outlook" in page.text
    assert "Connect another Outlook account" not in page.text


async def test_connecting_gives_a_link_with_its_end_and_its_last_use(acme: ComposedApp) -> None:
    browser = await signed_in()

    page = await begun(browser)
    await Browser().get(link_on(page))
    acme.clock.advance(timedelta(minutes=1))
    opened = await browser.get(await path())

    assert link_on(page) == (await the_connection())["activation_link"]
    assert said(page) == "The activation link is ready. Send it to a Microsoft administrator."
    assert ("Copy link" in page.text, "Open it myself" in page.text, "Not yet" in page.text) == (True, True, True)
    assert "Not yet" not in opened.text
    assert await audit() == [("connection.requested", "olga")]


async def test_the_message_for_the_administrator_is_in_the_readers_language_and_can_be_mailed(
    acme: ComposedApp,
) -> None:
    page = await begun(await signed_in(locale="fr"))

    mailto = re.search(r'href="(mailto:[^"]+)"', page.text)
    assert mailto is not None
    mail = unquote(html.unescape(mailto[1]))
    assert mail.startswith("mailto:?subject=Merci d’autoriser les calendriers Outlook de Acme pour Meetwell&body=")
    assert link_on(page) in mail
    assert "Bonjour,\r\n" in mail


async def test_a_name_of_several_lines_adds_no_header_to_the_mail(acme: ComposedApp) -> None:
    name = "Acme\r\nBcc: evil@evil.example\n\nHello"
    await call("put_organization", organization="acme", body={"name": name}, by="olga")

    page = await begun(await signed_in())

    mailto = re.search(r'href="mailto:\?subject=([^"&]+)&', page.text)
    assert mailto is not None
    assert ("\r" in unquote(mailto[1]), "\n" in unquote(mailto[1])) == (False, False)


async def test_the_same_form_sent_twice_asks_for_one_connection(acme: ComposedApp) -> None:
    browser = await signed_in()
    page = await browser.get(OUTLOOK)
    once = re.search(r'name="once" value="([0-9a-f]{32})"', page.text)
    assert once is not None

    first = await browser.post(f"{OUTLOOK}/connect", {"once": once[1]})
    second = await browser.post(f"{OUTLOOK}/connect", {"once": once[1]})

    assert first.location == second.location
    assert (await the_connection())["state"] == "pending"


async def test_a_new_link_replaces_the_one_before(acme: ComposedApp) -> None:
    browser = await signed_in()
    before = link_on(await begun(browser))

    after = link_on(await browser.follow(await browser.post(f"{await path()}/link")))

    assert before != after
    assert "newer link" in (await Browser().get(before)).text
    assert (await Browser().get(after)).status == 200


async def test_a_revoked_link_is_gone_from_the_page_and_can_be_issued_anew(acme: ComposedApp) -> None:
    browser = await signed_in()
    link = link_on(await begun(browser))

    page = await browser.follow(await browser.post(f"{await path()}/revoke"))

    assert ("Link revoked" in page.text, "Issue a new link" in page.text, 'id="link"' in page.text) == (
        True,
        True,
        False,
    )
    assert (await Browser().get(link)).status != 200
    assert ("activation_link.revoked", "olga") in await audit()


async def test_an_expired_link_is_said_to_be_so(acme: ComposedApp) -> None:
    await begun(await signed_in())
    await run_for(acme, timedelta(days=7, minutes=2))

    page = await (await signed_in()).get(await path())

    assert ("Link expired" in page.text, "Issue a new link" in page.text) == (True, True)


async def test_a_card_counts_people_and_tells_who_approved_and_when(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()

    cards, page = await browser.get(OUTLOOK), await browser.get(await path())

    for shown in (cards.text, page.text):
        assert "acme.example" in shown
        assert re.search(r"<strong>1</strong> <a [^>]*>connected", shown)
        assert re.search(r"<strong>1</strong> <a [^>]*>without a match", shown)
        assert "by a Microsoft administrator (object ID <code>7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0001</code>)" in shown
        assert "Match again now" in shown
    assert "Connect another Outlook account" in cards.text
    assert TENANT in page.text
    assert 'id="link"' not in page.text


async def test_a_disconnection_that_takes_nothing_from_anybody_says_so(tenant: ComposedApp) -> None:
    await confirmed(tenant)
    browser = await signed_in()

    page, asked_for = await browser.get(await path()), await browser.get(f"{await path()}/disconnect")

    assert "Nobody has a calendar by it at present." in page.text
    assert "Nobody has a calendar by it at present." in asked_for.text


async def test_what_is_under_way_is_looked_at_again_by_itself_or_without_script_by_a_link(tenant: ComposedApp) -> None:
    await confirmed(tenant)
    browser = await signed_in()

    page = await browser.get(await path())

    assert 'data-live="5"' in page.text
    assert "http-equiv" not in page.text
    assert f'<a href="{await path()}">Look again now</a></p></noscript>'.replace(BASE_URL, "") in page.text
    assert "<progress" in page.text


async def test_a_page_left_open_does_not_look_again_for_ever(tenant: ComposedApp) -> None:
    await confirmed(tenant)
    await run_for(tenant, timedelta(hours=2))

    page = await (await signed_in()).get(await path())

    assert ("data-live" in page.text, "Look again" in page.text, "<progress" in page.text) == (False, False, True)


async def test_a_sweep_is_ordered_at_once(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    tenant.sent.sent.clear()

    page = await browser.follow(await browser.post(f"{await path()}/sweep"))

    assert said(page) == "The match begins in a moment."
    assert [type(order.message) for order in tenant.sent.sent] == [SweepUsers]


async def test_a_sweep_of_what_nobody_has_approved_is_refused_with_a_reference(acme: ComposedApp) -> None:
    browser = await signed_in()
    await begun(browser)

    refused = await browser.post(f"{await path()}/sweep")

    assert refused.status == 409
    assert re.search(r"[0-9a-f]{16}", refused.text)


async def test_trouble_is_told_in_plain_words_with_the_way_out(tenant: ComposedApp) -> None:
    await connected(tenant)
    tenant.directory.script.fail("read_changes", Disconnected("no", "app_disabled"))
    tenant.microsoft.script.fail("read_grant", Disconnected("no", "app_disabled"))
    await run_for(tenant, timedelta(hours=1))

    page = await (await signed_in()).get(await path())

    assert "Needs attention" in page.text
    assert "The application is disabled in the Microsoft organization." in page.text
    assert "Enterprise applications" in page.text
    assert "app_disabled" not in page.text


async def test_a_setting_up_that_stands_still_is_explained(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT, "User.Read.All")
    tenant.calendars.script.fail("list_calendars", Refused("not in scope"))
    await confirmed(tenant)
    await run_for(tenant, timedelta(minutes=3))

    page = await (await signed_in()).get(await path())

    assert "has opened no mailbox of your people to us yet" in page.text
    assert "Waiting until Microsoft shows us the permissions" not in page.text
    assert 'data-live="5"' in page.text


async def test_a_disconnection_names_how_many_and_what_remains_at_microsoft(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()

    page = await browser.get(f"{await path()}/disconnect")

    assert "1 person loses their calendar in Meetwell." in page.text
    assert tenant.settings.client_id in page.text
    assert (await the_connection())["state"] == "active"


@pytest.mark.parametrize("typed", ["Acme", " acme ", "ACME.example"])
async def test_the_name_or_the_domain_disconnects(tenant: ComposedApp, typed: str) -> None:
    await connected(tenant)
    browser = await signed_in()

    page = await browser.follow(await browser.post(f"{await path()}/disconnect", {"typed": typed}))
    await run_for(tenant, timedelta(minutes=2))

    assert said(page) == "Disconnected. 1 person no longer has a calendar from there."
    assert (await the_connection())["state"] == "disconnected"
    assert ("connection.disconnected", "olga") in await audit()


async def test_a_name_with_accents_or_without_a_letter_can_be_typed_as_well(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    words = []
    for name in ("Société d’Été", " ", "<b>Acme</b>"):
        await call("put_organization", organization="acme", body={"name": name}, by="olga")
        page = await browser.get(f"{await path()}/disconnect")
        words.append(re.findall("<em>(.*?)</em>", page.text))

    await call("put_organization", organization="acme", body={"name": "Société d’Été"}, by="olga")
    blank = await browser.post(f"{await path()}/disconnect", {"typed": " "})
    answered = await browser.post(f"{await path()}/disconnect", {"typed": "socie\u0301te\u0301 d'e\u0301te\u0301"})

    assert words == [
        ["Société d’Été", "acme.example"],
        ["acme.example"],
        ["&lt;b&gt;Acme&lt;/b&gt;", "acme.example"],
    ]
    assert (blank.status, answered.status) == (422, 303)


@pytest.mark.parametrize("typed", ["", "Acm", "example"])
async def test_another_word_disconnects_nothing(tenant: ComposedApp, typed: str) -> None:
    await connected(tenant)
    browser = await signed_in()

    page = await browser.post(f"{await path()}/disconnect", {"typed": typed})

    assert (page.status, "That is not the name." in page.text) == (422, True)
    assert (await the_connection())["state"] == "active"


async def test_what_people_chose_is_forgotten_only_if_that_is_asked_for(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()

    await browser.post(f"{await path()}/disconnect", {"typed": "Acme", "purge": "yes"})
    await run_for(tenant, timedelta(minutes=30))

    assert (await call("list_connections", organization="acme")).json["connections"] == []


async def test_what_nobody_has_approved_is_removed_without_typing(acme: ComposedApp) -> None:
    browser = await signed_in()
    await begun(browser)
    name = await path()

    asked_for = await browser.get(f"{name}/disconnect")
    removed = await browser.follow(await browser.post(f"{name}/disconnect"))
    await run_for(acme, timedelta(minutes=15))

    assert 'name="typed"' not in asked_for.text
    assert said(removed) == "The connection was removed."
    assert (await call("list_connections", organization="acme")).json["connections"] == []


async def test_a_disconnected_connection_is_connected_again_by_a_new_link(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    await browser.post(f"{await path()}/disconnect", {"typed": "Acme"})
    await run_for(tenant, timedelta(minutes=15))
    over = await browser.get(await path())

    page = await browser.follow(await browser.post(f"{await path()}/link"))

    assert "Issue a new link" in over.text
    assert link_on(page) == (await the_connection())["activation_link"]


async def test_what_is_being_disconnected_is_not_asked_for_once_more(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    await browser.post(f"{await path()}/disconnect", {"typed": "Acme"})

    answered = await browser.get(f"{await path()}/disconnect")

    assert (answered.status, answered.location) == (303, (await path()).removeprefix(BASE_URL))


async def test_what_is_over_can_be_forgotten(tenant: ComposedApp) -> None:
    await connected(tenant)
    browser = await signed_in()
    await browser.post(f"{await path()}/disconnect", {"typed": "Acme"})
    await run_for(tenant, timedelta(minutes=15))
    name = await path()

    shown, asked_for = await browser.get(name), await browser.get(f"{name}/disconnect")
    forgotten = await browser.follow(await browser.post(f"{name}/disconnect", {"typed": "Acme", "purge": "yes"}))
    await run_for(tenant, timedelta(minutes=15))

    assert "Forget …" in shown.text
    assert ("Forget this connection?" in asked_for.text, 'type="hidden" name="purge"' in asked_for.text) == (True, True)
    assert said(forgotten) == "The connection was removed."
    assert (await call("list_connections", organization="acme")).json["connections"] == []


async def test_who_disconnects_after_another_admin_has_does_not_forget_what_people_chose(tenant: ComposedApp) -> None:
    await connected(tenant)
    one, other = await signed_in(), await signed_in()
    await other.get(f"{await path()}/disconnect")
    name = await path()
    await one.post(f"{name}/disconnect", {"typed": "Acme"})
    await run_for(tenant, timedelta(minutes=15))

    answered = await other.follow(await other.post(f"{name}/disconnect", {"typed": "Acme"}))
    await run_for(tenant, timedelta(minutes=15))

    assert (said(answered), "No longer connected" in answered.text) == ("", True)
    assert (await the_connection())["state"] == "disconnected"


async def test_a_link_whose_time_is_over_is_said_to_be_so_at_once(acme: ComposedApp) -> None:
    await begun(await signed_in())
    acme.clock.advance(timedelta(days=7))

    page = await (await signed_in()).get(await path())

    assert "Link expired" in page.text


FORMS = ["/connect", "/x/link", "/x/revoke", "/x/sweep", "/x/disconnect", "/x/review", "/x/held", "/x/domains"]
PAGES = ["", "/x", "/x/disconnect", "/x/review", "/x/held", "/x/domains"]


@pytest.mark.parametrize("page", PAGES)
async def test_a_member_sees_no_page_of_an_admin(acme: ComposedApp, page: str) -> None:
    answered = await (await signed_in("ursula")).get(OUTLOOK + page)

    assert (answered.status, "This page is for admins" in answered.text) == (403, True)


@pytest.mark.parametrize("form", FORMS)
async def test_a_member_sends_no_form_of_an_admin(acme: ComposedApp, form: str) -> None:
    member = await signed_in("ursula")

    answered = await member.post(OUTLOOK + form)

    assert answered.status == 403
    assert (await call("list_connections", organization="acme")).json["connections"] == []


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_without_the_sessions_token_changes_nothing(acme: ComposedApp, form: str) -> None:
    answered = await (await signed_in()).post(OUTLOOK + form, {"form": "forged"})

    assert answered.status == 400
    assert (await call("list_connections", organization="acme")).json["connections"] == []


@pytest.mark.parametrize("page", [each for each in PAGES if each])
async def test_a_connection_that_is_not_there_has_no_page(acme: ComposedApp, page: str) -> None:
    answered = await (await signed_in()).get(OUTLOOK + page)

    assert (answered.status, "not there any more" in answered.text) == (404, True)


async def test_an_admin_may_do_what_an_owner_may(acme: ComposedApp) -> None:
    await set_role("ursula", "admin")
    browser = await signed_in("ursula", role="admin")

    await begun(browser)

    assert await audit() == [("connection.requested", "ursula")]


async def test_an_owner_who_was_let_in_as_a_user_is_no_admin_here(acme: ComposedApp) -> None:
    assert (await asked("olga", role="user")).status == 201

    answered = await (await signed_in("olga", role="user")).get(OUTLOOK)

    assert answered.status == 403


async def test_another_organizations_connection_is_not_to_be_seen(tenant: ComposedApp) -> None:
    await connected(tenant)
    await call("put_organization", organization="other", body={"name": "Other"})
    body = {"addresses": [], "role": "owner"}
    await call("put_user", organization="other", user="otto", body=body)
    opened = await call("begin_portal_session", organization="other", body={"user": "otto"})
    browser = Browser()
    await browser.follow(await browser.post(str(opened.json["link"])))

    shown, ended = await browser.get(await path()), await browser.post(f"{await path()}/disconnect", {"typed": "Acme"})

    assert (shown.status, ended.status) == (404, 404)
    assert (await the_connection())["state"] == "active"
