"""Whoever Microsoft keeps on a page of its own: told so on their own page, and led to what helps."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.pages.blocked_texts import REFUSALS
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.account_way import OUTLOOK, Way, begun
from tests.unit.functions.browser import Browser, call
from tests.unit.functions.test_portal import signed_in
from tests.unit.functions.test_portal_accounts import account, give

ME, HELP, CONSENTED = f"{BASE_URL}/portal/me", f"{BASE_URL}/portal/me/blocked", f"{BASE_URL}/personal/consented"
UNANSWERED = "Microsoft did not send you back"
MINUTE = timedelta(minutes=1)
DENIED = "The user has denied access to the scope requested by the client application."  # as Outlook.com says it


async def to_known_outlook(app: ComposedApp) -> Way:
    """Ursula is at Microsoft, to connect an Outlook.com account again."""
    known = account(app, OUTLOOK, PersonalState.NEEDS_RECONNECT, PersonalReason.REVOKED)
    await give(app, known)
    return await begun(app, await signed_in("ursula"), known.connection)


async def test_whoever_did_not_come_back_for_ten_minutes_reads_so_on_their_page(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    await begun(acme, browser)

    at_once = await browser.get(ME)
    acme.clock.advance(9 * MINUTE)
    soon = await browser.get(ME)
    acme.clock.advance(MINUTE)
    late = await browser.get(ME)

    assert UNANSWERED not in at_once.text
    assert UNANSWERED not in soon.text
    assert UNANSWERED in late.text
    assert 'href="/portal/me/blocked"' in late.text


@pytest.mark.parametrize("query", [{"error": "access_denied"}, {"error": "server_error"}])
async def test_whoever_came_back_does_not(acme: ComposedApp, query: dict[str, str]) -> None:
    browser = await signed_in("ursula")
    way = await begun(acme, browser)
    await way.back(**query)

    acme.clock.advance(11 * MINUTE)

    assert UNANSWERED not in (await browser.get(ME)).text


async def test_nobody_reads_it_of_somebody_else_in_the_same_browser(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    await begun(acme, browser)
    acme.clock.advance(11 * MINUTE)

    link = str((await call("begin_portal_session", organization="acme", body={"user": "olga"})).json["link"])
    await browser.follow(await browser.post(link))

    assert UNANSWERED not in (await browser.get(ME)).text


async def test_the_help_says_where_an_administrator_allows_it_with_a_message_to_pass_on(acme: ComposedApp) -> None:
    page = await (await signed_in("ursula")).get(HELP)

    assert page.status == 200
    assert REFUSALS[PersonalRefusal.NEVER_CAME_BACK].title in page.text
    assert "User consent to apps" in page.text
    assert "/organizations/v2.0/adminconsent" in page.text
    assert 'data-copy="message"' in page.text


async def test_the_message_holds_the_activation_link_while_the_organisation_has_one_open(acme: ComposedApp) -> None:
    made = await call("begin_connection", organization="acme", by="olga")
    link, browser = str(made.json["activation_link"]), await signed_in("ursula")

    with_link = (await browser.get(HELP)).text
    await call("revoke_activation_link", organization="acme", connection=made.json["connection"], by="olga")
    without = (await browser.get(HELP)).text

    assert link in with_link
    assert link not in without
    assert "/organizations/v2.0/adminconsent" in without


async def test_a_blocked_reconnect_asks_for_a_consent_in_the_accounts_own_tenant(acme: ComposedApp) -> None:
    tenant = "c0a1e5ce-0000-4000-8000-00000000c0de"
    lost = account(acme, "ursula@elsewhere.example", PersonalState.NEEDS_RECONNECT, PersonalReason.REVOKED, tenant)
    await give(acme, lost)
    browser = await signed_in("ursula")
    way = await begun(acme, browser, lost.connection)

    page = await browser.follow(await way.back(error="access_denied", error_description="AADSTS90094: Admin."))

    assert f"/{tenant}/v2.0/adminconsent" in page.text
    assert f'href="/portal/me/connect?account={lost.connection}"' in page.text


async def test_whoever_says_no_with_an_outlook_com_account_is_sent_to_no_administrator(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    way = await begun(acme, browser)

    page = await browser.follow(await way.back(error="access_denied", error_description=DENIED))

    assert REFUSALS[PersonalRefusal.DECLINED].title in page.text
    assert REFUSALS[PersonalRefusal.ADMIN_APPROVAL].title not in page.text


@pytest.mark.parametrize("query", [{"error_description": DENIED}, {}, {"error_subcode": "cancel"}])
async def test_a_no_of_a_known_outlook_com_account_names_no_administrator_at_all(
    acme: ComposedApp, query: dict[str, str]
) -> None:
    way = await to_known_outlook(acme)

    page = await way.browser.follow(await way.back(error="access_denied", **query))

    assert REFUSALS[PersonalRefusal.DECLINED].title in page.text
    assert "dmin" not in page.text.split("<main")[1].split("</main>")[0]


@pytest.mark.parametrize("error", ["interaction_required", "consent_required", "something_new"])
async def test_nothing_that_a_known_outlook_com_account_meets_leads_to_an_administrator(
    acme: ComposedApp, error: str
) -> None:
    way = await to_known_outlook(acme)

    page = await way.browser.follow(await way.back(error=error))

    assert "no administrator has to allow anything" in page.text
    assert "adminconsent" not in page.text
    assert "admin center" not in page.text


async def test_the_page_before_microsoft_leads_to_the_help_unless_no_organisation_can_block(acme: ComposedApp) -> None:
    own = account(acme, OUTLOOK, PersonalState.NEEDS_RECONNECT, PersonalReason.REVOKED)
    await give(acme, own)
    browser = await signed_in("ursula")

    any_account = await browser.get(f"{ME}/connect")
    outlook = await browser.get(f"{ME}/connect?account={own.connection}")

    assert 'href="/portal/me/blocked"' in any_account.text
    assert 'href="/portal/me/blocked"' not in outlook.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?admin_consent=True&tenant=c0a1e5ce-0000-4000-8000-00000000c001", "Thank you"),
        ("", "Thank you"),
        ("?admin_consent=True&error=access_denied&error_description=AADSTS65004", "it was not allowed"),
    ],
)
async def test_whoever_opens_the_page_behind_a_consent_changes_nothing(
    acme: ComposedApp, query: str, said: str
) -> None:
    before, sent = acme.rows.bytes_at_rest(), len(acme.sent.messages)

    page = await Browser().get(CONSENTED + query)

    assert (page.status, said in page.text) == (200, True)
    assert (acme.rows.bytes_at_rest(), len(acme.sent.messages)) == (before, sent)


async def test_where_nobody_connects_an_account_there_are_no_such_pages(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    acme.settings = replace(acme.settings, personal_client_id="")

    assert (await browser.get(HELP)).status == 404
    assert (await browser.get(CONSENTED)).status == 404
