"""A user connects an account of their own: to Microsoft, back, and confirmed."""

import asyncio
from datetime import timedelta

import pytest

from functions.page_answers import PERSONAL_COOKIE
from shared_code.adapters.tables.names import USERS
from shared_code.core.personal_account import CONSUMERS, MOST_ACCOUNTS, PersonalState
from shared_code.core.policy import PersonalConnections
from shared_code.errors import SignInRefused, TryLater
from shared_code.messages import ConnectMailbox
from tests.fakes.composed_app import BASE_URL, ComposedApp, make_settings
from tests.unit.functions.account_way import (
    ANSWER,
    CALLBACK,
    CONNECT,
    OUTLOOK,
    OUTLOOK_ID,
    Way,
    accounts_of,
    begun,
    decided,
    sent_by_product,
    user_of,
)
from tests.unit.functions.browser import call, query_of
from tests.unit.functions.test_connection_life import URSULA, connected, tenant
from tests.unit.functions.test_consent import TENANT
from tests.unit.functions.test_portal import signed_in

__all__ = ["tenant"]


@pytest.fixture
async def way(acme: ComposedApp) -> Way:
    """Ursula is at Microsoft."""
    return await begun(acme, await signed_in("ursula"))


def tokens(app: ComposedApp) -> list[str]:
    """Keys of the refresh tokens that are kept."""
    return [key for key in app.rows.keys(USERS, "acme") if key.startswith("token!")]


async def test_the_page_names_the_product_account_and_needs_a_click(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")

    page = await browser.get(CONNECT)

    assert "<strong>ursula@acme.example</strong>" in page.text
    assert "Acme" in page.text
    assert acme.outlook.script.calls == []
    assert "form-action 'self' https://authority.example;" in page.headers["content-security-policy"]


async def test_microsoft_is_asked_which_account_it_is(way: Way) -> None:
    assert way.asked["prompt"] == "select_account"
    assert "login_hint" not in way.asked
    assert way.browser.cookies[PERSONAL_COOKIE].startswith("personal-")


async def test_both_names_are_shown_before_anything_is_stored(way: Way) -> None:
    page = await way.signed_in()

    assert f"<strong>{OUTLOOK}</strong>" in page.text
    assert "<strong>ursula@acme.example</strong>" in page.text
    assert "Your own, with Outlook.com" in page.text
    assert await accounts_of(way.app) == ()
    assert tokens(way.app) == []


async def test_a_confirmed_account_is_the_users_and_waits_for_its_first_read(way: Way) -> None:
    page = await way.connected()

    (account,) = await accounts_of(way.app)
    assert "Your account is connected" in page.text
    assert (account.account, account.tenant, account.user_id) == (OUTLOOK, CONSUMERS, OUTLOOK_ID)
    assert account.state is PersonalState.PENDING
    assert (await user_of(way.app)).state == "personal"
    assert len(tokens(way.app)) == 1
    orders = [message for message in way.app.sent.messages if isinstance(message, ConnectMailbox)]
    assert [(order.registration, order.user_id) for order in orders] == [("personal", OUTLOOK_ID)]


async def test_a_cancelled_account_leaves_nothing_behind(way: Way) -> None:
    page = await way.press(await way.signed_in(), "cancel")

    assert "You did not connect the account" in page.text
    assert await accounts_of(way.app) == ()
    assert OUTLOOK.encode() not in way.app.rows.bytes_at_rest()
    assert tokens(way.app) == []


async def test_confirming_twice_or_all_at_once_changes_nothing_more(way: Way) -> None:
    page = await way.signed_in()

    await asyncio.gather(*(way.press(page) for _ in range(3)))
    first = await accounts_of(way.app)
    await way.press(page)

    assert len(first) == 1
    assert await accounts_of(way.app) == first
    assert [entry["action"] for entry in await audit()] == ["personal_account.connected"]


async def test_what_was_cancelled_cannot_be_confirmed_any_more(way: Way) -> None:
    page = await way.signed_in()
    await way.press(page, "cancel")

    after = await way.press(page)

    assert "You did not connect the account" in after.text
    assert await accounts_of(way.app) == ()


async def test_an_answer_that_comes_twice_leads_to_the_same_page(way: Way) -> None:
    code = way.code()
    await way.back(code=code)

    again = await way.back(code=code)

    assert again.location == "/portal/me/connect/answer"
    assert OUTLOOK in (await way.browser.follow(again)).text


async def test_an_answer_with_another_state_or_in_another_browser_changes_nothing(way: Way) -> None:
    code, other = way.code(), await signed_in("ursula")

    forged = await way.browser.get(f"{CALLBACK}?state=eyJ&code={code}")
    elsewhere = await other.get(f"{CALLBACK}?state={way.asked['state']}&code={code}")
    nameless = await way.browser.get(f"{CALLBACK}?error=access_denied")

    assert [answered.status for answered in (forged, elsewhere, nameless)] == [400, 400, 400]
    assert "redeem" not in way.app.outlook.script.operations()
    assert OUTLOOK in (await way.signed_in()).text


async def test_the_answer_of_a_second_begin_in_the_same_browser_is_the_one_that_counts(way: Way) -> None:
    second = await begun(way.app, way.browser)

    stale = await way.back(code=way.code("stale@outlook.com"))
    page = await second.signed_in()

    assert stale.status == 400
    assert OUTLOOK in page.text


async def test_a_page_that_another_window_has_overtaken_confirms_nothing(way: Way) -> None:
    page = await way.signed_in("first@outlook.com", OUTLOOK_ID.replace("1234", "4321"))
    second = await begun(way.app, way.browser)
    await second.signed_in()

    answered = await way.press(page)

    assert (answered.status, "another window" in answered.text) == (400, True)
    assert await accounts_of(way.app) == ()


async def test_whoever_comes_back_without_a_session_reads_what_happened(way: Way) -> None:
    way.app.clock.advance(timedelta(minutes=31))

    answered = await way.back(code=way.code())

    assert (answered.status, "You were signed out meanwhile" in answered.text) == (401, True)
    assert "redeem" not in way.app.outlook.script.operations()


async def test_an_answer_after_an_hour_is_not_taken(way: Way) -> None:
    for _ in range(3):
        way.app.clock.advance(timedelta(minutes=21))
        await way.browser.get(f"{BASE_URL}/portal/me")

    answered = await way.back(code=way.code())

    assert (answered.status, "There is nothing to confirm" in answered.text) == (400, True)


async def test_somebody_else_who_signs_in_meanwhile_gets_nothing_of_it(way: Way) -> None:
    page = await way.signed_in()
    asked = await call("begin_portal_session", organization="acme", body={"user": "olga"})
    await way.browser.post(str(asked.json["link"]))

    shown = await way.browser.get(ANSWER)
    await way.browser.get(f"{BASE_URL}/portal/me")
    answered = await way.press(page)

    assert (shown.status, OUTLOOK in shown.text) == (400, False)
    assert (answered.status, "Somebody else is signed in" in answered.text) == (400, True)
    assert await accounts_of(way.app, "olga") == ()


async def test_an_answer_that_somebody_else_brings_back_in_the_same_browser_is_not_even_looked_at(way: Way) -> None:
    asked = await call("begin_portal_session", organization="acme", body={"user": "olga"})
    await way.browser.post(str(asked.json["link"]))

    answered = await way.back(code=way.code())

    assert (answered.status, "Somebody else is signed in" in answered.text) == (400, True)
    assert "redeem" not in way.app.outlook.script.operations()


async def test_the_name_of_a_sign_in_is_worth_nothing_without_its_secret(way: Way) -> None:
    name, _, secret = way.browser.cookies[PERSONAL_COOKIE].partition(".")
    way.browser.cookies[PERSONAL_COOKIE] = f"{name}.{secret[::-1]}"

    answered = await way.back(code=way.code())

    assert answered.status == 400
    assert "redeem" not in way.app.outlook.script.operations()


async def test_the_product_hears_nothing_of_what_it_did_not_begin(acme: ComposedApp) -> None:
    way = await begun(acme, await signed_in("ursula", return_to="https://product.example/settings"))

    page = await way.connected()

    assert 'href="https://product.example/settings"' in page.text
    assert "personal_connection" not in page.text


async def test_a_form_without_its_sessions_token_confirms_nothing(way: Way) -> None:
    await way.signed_in()

    answered = await way.browser.post(f"{CONNECT}/confirm", {"form": "x", "sign_in": "y"})

    assert answered.status == 400
    assert await accounts_of(way.app) == ()


async def test_the_account_that_the_organisation_manages_is_told_and_not_linked(tenant: ComposedApp) -> None:
    await connected(tenant)
    way = await begun(tenant, await signed_in("ursula"))

    page = await way.signed_in("ursula@acme.example", URSULA, TENANT)

    assert "This account is connected already" in page.text
    assert await accounts_of(tenant) == ()


async def test_no_more_accounts_than_there_can_be(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    ways = [await begun(acme, browser)]
    for number in range(MOST_ACCOUNTS):
        await ways[-1].connected(f"{number}@outlook.com", OUTLOOK_ID.replace("1234", f"000{number}"))
        if number < MOST_ACCOUNTS - 1:
            ways.append(await begun(acme, browser))

    refused = await browser.get(CONNECT)

    assert (refused.status, "as many accounts as there can be" in refused.text) == (409, True)
    assert (await browser.post(CONNECT)).status == 409
    assert len(await accounts_of(acme)) == MOST_ACCOUNTS


async def test_what_the_policy_forbids_is_refused_before_microsoft_is_asked(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    await decided(acme, personal_connections=PersonalConnections.OFF)

    page, sent = await browser.get(CONNECT), await browser.post(CONNECT)

    assert [(answered.status, "Your organization has decided this" in answered.text) for answered in (page, sent)] == [
        (409, True)
    ] * 2
    assert acme.outlook.script.calls == []


async def test_a_policy_that_changes_on_the_way_is_asked_again(way: Way) -> None:
    page = await way.signed_in()
    await decided(way.app, personal_connections=PersonalConnections.OFF)

    after = await way.press(page)

    assert "Your organization has decided this" in after.text
    assert (await accounts_of(way.app), tokens(way.app)) == ((), [])


async def test_a_microsoft_that_does_not_answer_can_be_tried_again(way: Way) -> None:
    way.app.outlook.script.fail("redeem", TryLater("by script"), times=1)

    page = await way.signed_in()

    assert "Microsoft does not answer right now" in page.text
    assert 'href="/portal/me/connect"' in page.text


async def test_a_wrong_nonce_proves_nothing(way: Way) -> None:
    way.asked["nonce"] = "another"

    page = await way.signed_in()

    assert "could not be verified" in page.text


async def test_a_refusal_of_microsoft_says_who_can_help(way: Way) -> None:
    await way.back(error="access_denied", error_description="AADSTS90094: The grant requires admin permission.")

    page = await way.browser.get(ANSWER)

    assert "AADSTS90094" in page.text
    assert "A message for your Microsoft administrator" in page.text


async def test_a_registration_that_microsoft_takes_for_wrong_is_the_operators_to_mend(
    way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    way.app.outlook.script.fail("redeem", SignInRefused("invalid_client", None, 700027))

    page = await way.signed_in()

    assert "AADSTS700027" in page.text
    assert "personal_registration_refused code=700027" in caplog.text


async def test_the_product_is_told_what_came_of_the_way_that_it_began(acme: ComposedApp) -> None:
    back = "https://product.example/settings?tab=2#calendars"
    ways = [await begun(acme, await sent_by_product(acme, return_to=back, login_hint=OUTLOOK)) for _ in range(3)]

    done = await ways[0].connected()
    cancelled = await ways[1].press(await ways[1].signed_in("b@outlook.com", OUTLOOK_ID[::-1]), "cancel")
    await ways[2].back(error="access_denied", error_subcode="cancel")
    declined = await ways[2].browser.get(ANSWER)

    (account,) = await accounts_of(acme)
    told = "https://product.example/settings?tab=2&amp;personal_connection"
    assert ways[0].asked["login_hint"] == OUTLOOK
    assert f'href="{told}={account.connection}#calendars"' in done.text
    assert f'href="{told}_error=cancelled#calendars"' in cancelled.text
    assert f'href="{told}_error=declined#calendars"' in declined.text


async def test_a_link_of_the_product_leads_straight_to_the_account(acme: ComposedApp) -> None:
    browser = await sent_by_product(acme)

    assert browser.form_token
    assert query_of((await browser.post(CONNECT)).location)["state"]


async def test_a_deployment_without_the_registration_offers_nothing(acme: ComposedApp) -> None:
    browser = await signed_in("ursula")
    acme.settings = make_settings(ORGCAL_PERSONAL_CLIENT_ID="")

    page, sent = await browser.get(CONNECT), await browser.post(CONNECT)

    assert [(answered.status, "There is no such page" in answered.text) for answered in (page, sent)] == [
        (404, True)
    ] * 2


async def audit() -> list[dict[str, str]]:
    listed = (await call("list_audit", organization="acme")).json["audit"]
    return [entry for entry in listed if entry["action"].startswith("personal")]
