"""The Microsoft administrator's way, and everybody who tries to leave it."""

from datetime import timedelta

import pytest

from functions.page_answers import COOKIE
from shared_code.core.consent import GLOBAL_ADMINISTRATOR
from shared_code.core.ids import TenantId, UserId
from shared_code.errors import Disconnected, Forged, TryLater
from shared_code.messages import CheckGrant
from shared_code.ports import Proof
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.fakes.memory_rows import Operation
from tests.unit.functions.browser import Answered, Browser, call, query_of
from tests.unit.functions.orders import run_for

TENANT = TenantId("3f5e8a52-7a3c-4f0e-9a3e-0a6ce0f0a001")
OTHER_TENANT = TenantId("3f5e8a52-7a3c-4f0e-9a3e-0a6ce0f0a002")
ADMINISTRATOR = Proof(
    TENANT,
    UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0001"),
    "ada@acme.example",
    frozenset({GLOBAL_ADMINISTRATOR}),
    frozenset(),
)


async def link() -> str:
    answered = await call("begin_connection", organization="acme", by="olga")
    return str(answered.json["activation_link"])


async def connection_state() -> tuple[str, str | None]:
    connections = (await call("list_connections", organization="acme")).json["connections"]
    return connections[0]["state"], connections[0]["tenant"]


async def begun(browser: Browser) -> str:
    """The state with which Microsoft will send the browser back."""
    answered = await browser.post(await link())
    return query_of(answered.location)["state"]


async def consented(browser: Browser, tenant: str = TENANT) -> dict[str, str]:
    """The query of the sign-in to which the callback sends the browser."""
    state = await begun(browser)
    answered = await browser.get(
        f"{BASE_URL}/consent/callback?admin_consent=True&tenant={tenant}&scope=x&state={state}"
    )
    return query_of(answered.location)


async def signed_in(orgcal: ComposedApp, browser: Browser, proof: Proof = ADMINISTRATOR) -> Answered:
    asked = await consented(browser)
    code = orgcal.microsoft.sign_in(proof, asked["nonce"])
    return await browser.get(f"{BASE_URL}/consent/signed-in?code={code}&state={asked['state']}")


async def landed(browser: Browser, url: str) -> Answered:
    """Where Microsoft's answer leads in the end."""
    answered = await browser.get(url)
    return await browser.follow(answered) if answered.status == 303 else answered


async def confirm(browser: Browser) -> Answered:
    """By the button of the page that the browser shows."""
    await browser.get(f"{BASE_URL}/consent/progress")
    return await browser.post(f"{BASE_URL}/consent/confirm")


async def test_a_proven_and_confirmed_administrator_makes_the_connection_verifying(acme: ComposedApp) -> None:
    browser = Browser()

    await signed_in(acme, browser)
    page = await browser.get(f"{BASE_URL}/consent/progress")
    before = await connection_state()
    await confirm(browser)

    assert "ada@acme.example" in page.text
    assert TENANT in page.text
    assert "2. No more than these" in page.text
    assert before == ("pending", None)
    assert await connection_state() == ("verifying", TENANT)
    assert any(isinstance(message, CheckGrant) for message in acme.sent.messages)


async def test_the_account_name_is_forgotten_after_the_confirmation(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)

    await confirm(browser)

    assert b"ada@acme.example" not in acme.rows.bytes_at_rest()


async def test_opening_the_link_is_remembered_and_changes_nothing_else(acme: ComposedApp) -> None:
    url = await link()

    page = await Browser().get(url)

    given = (await call("list_connections", organization="acme")).json["connections"][0]
    assert page.status == 200
    assert given["state"] == "pending"
    assert given["link_last_opened_at"] is not None
    assert acme.rows.rows_in("signins") == 0


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("error=consent_required&error_description=AADSTS65004%3a+declined&admin_consent=True", "You declined"),
        ("error=permission_denied&admin_consent=True", "You declined"),
        ("error=access_denied&error_subcode=cancel", "You declined"),
        ("error=access_denied&error_description=AADSTS90094%3a+x", "may not grant"),
        ("error=access_denied&error_description=AADSTS900941%3a+x", "blocks this"),
        ("error=interaction_required&error_description=AADSTS53003%3a+x", "blocks this"),
        ("error=temporarily_unavailable", "did not answer"),
        ("error=server_error", "did not answer"),
        ("error=unauthorized_client", "not set up correctly"),
        ("error=something_new", "Microsoft refused"),
        ("admin_consent=True", "incomplete"),
        ("admin_consent=True&tenant=contoso.example", "incomplete"),
        (f"tenant={TENANT}", "incomplete"),
    ],
)
async def test_each_refusal_has_its_words_and_leaves_the_link_usable(acme: ComposedApp, query: str, words: str) -> None:
    browser = Browser()
    state = await begun(browser)

    page = await landed(browser, f"{BASE_URL}/consent/callback?{query}&state={state}")
    again = await browser.get(f"{BASE_URL}/consent/progress")

    url = (await call("list_connections", organization="acme")).json["connections"][0]["activation_link"]
    assert words in page.text
    assert (page.status, again.body) == (403, page.body)
    assert await connection_state() == ("pending", None)
    assert (await Browser().get(url)).status == 200
    assert acme.microsoft.script.operations().count("redeem") == 0


@pytest.mark.parametrize("query", ["", "&error=access_denied", f"&admin_consent=True&tenant={TENANT}"])
@pytest.mark.parametrize("state", ["", "forged.state.x"])
async def test_a_callback_without_a_genuine_state_changes_nothing(acme: ComposedApp, query: str, state: str) -> None:
    browser = Browser()
    await begun(browser)
    stored = acme.rows.bytes_at_rest()

    page = await browser.get(f"{BASE_URL}/consent/callback?state={state}{query}")

    assert page.status == 400
    assert acme.rows.bytes_at_rest() == stored


async def test_another_browsers_state_is_refused(acme: ComposedApp) -> None:
    mine, yours = Browser(), Browser()
    await begun(mine)
    state = await begun(yours)
    stored = acme.rows.bytes_at_rest()

    page = await mine.get(f"{BASE_URL}/consent/callback?admin_consent=True&tenant={TENANT}&state={state}")

    assert page.status == 400
    assert acme.rows.bytes_at_rest() == stored


async def test_a_callback_without_the_cookie_is_refused(acme: ComposedApp) -> None:
    state = await begun(Browser())
    stored = acme.rows.bytes_at_rest()

    page = await Browser().get(f"{BASE_URL}/consent/callback?admin_consent=True&tenant={TENANT}&state={state}")

    assert page.status == 400
    assert acme.rows.bytes_at_rest() == stored


async def test_a_cookie_with_the_right_id_and_another_secret_is_refused(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    browser.cookies[COOKIE] = browser.cookies[COOKIE].partition(".")[0] + ".guessed"

    page = await browser.get(f"{BASE_URL}/consent/callback?admin_consent=True&tenant={TENANT}&state={state}")

    assert page.status == 400


async def test_a_callback_taken_twice_is_refused_the_second_time(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    answer = f"{BASE_URL}/consent/callback?admin_consent=True&tenant={TENANT}&state={state}"
    first = await browser.get(answer)
    stored = acme.rows.bytes_at_rest()

    second = await browser.get(answer.replace(TENANT, OTHER_TENANT))

    assert first.status == 303
    assert second.status == 400
    assert acme.rows.bytes_at_rest() == stored


async def test_a_consent_state_does_not_serve_as_a_sign_in_state(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)

    page = await browser.get(f"{BASE_URL}/consent/signed-in?code=any&state={state}")

    assert page.status == 400


async def test_a_sign_in_after_an_hour_is_refused(acme: ComposedApp) -> None:
    browser = Browser()
    asked = await consented(browser)
    acme.clock.advance(timedelta(hours=1))

    page = await browser.get(f"{BASE_URL}/consent/signed-in?code=any&state={asked['state']}")

    assert page.status == 400


@pytest.mark.parametrize(
    ("directory_roles", "words"),
    [
        (None, "did not show your role"),
        (frozenset(), "not an administrator who may connect"),
        (frozenset({"9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"}), "not an administrator who may connect"),
    ],
)
async def test_somebody_without_a_consenting_role_binds_nothing(
    acme: ComposedApp, directory_roles: frozenset[str] | None, words: str
) -> None:
    browser = Browser()
    proof = Proof(TENANT, ADMINISTRATOR.user_id, "bob@acme.example", directory_roles, frozenset())

    page = await browser.follow(await signed_in(acme, browser, proof))
    confirmation = await confirm(browser)

    assert words in page.text
    assert confirmation.status == 400
    assert await connection_state() == ("pending", None)


async def test_the_enterprise_apps_own_role_is_enough(acme: ComposedApp) -> None:
    proof = Proof(TENANT, ADMINISTRATOR.user_id, None, frozenset(), frozenset({"Connect"}))

    answered = await signed_in(acme, Browser(), proof)

    assert answered.location == "/consent/progress"


async def test_a_sign_in_to_another_tenant_than_claimed_is_refused(acme: ComposedApp) -> None:
    browser = Browser()
    elsewhere = Proof(OTHER_TENANT, ADMINISTRATOR.user_id, None, ADMINISTRATOR.directory_roles, frozenset())

    page = await browser.follow(await signed_in(acme, browser, elsewhere))

    assert "could not be verified" in page.text
    assert await connection_state() == ("pending", None)


async def test_an_id_token_that_does_not_verify_is_refused_and_the_code_cannot_be_tried_again(
    acme: ComposedApp,
) -> None:
    browser = Browser()
    acme.microsoft.script.fail("redeem", Forged("signature"), times=1)

    page = await browser.follow(await signed_in(acme, browser))
    again = await confirm(browser)

    assert "could not be verified" in page.text
    assert again.status == 400


@pytest.mark.parametrize("error", [Disconnected("not yet", "consent_missing"), TryLater("Entra is slow")])
async def test_a_consent_that_has_not_spread_offers_another_sign_in_that_works(
    acme: ComposedApp, error: Exception
) -> None:
    browser = Browser()
    asked = await consented(browser)
    acme.microsoft.script.fail("redeem", error, times=1)  # type: ignore[arg-type]
    page = await landed(browser, f"{BASE_URL}/consent/signed-in?code=early&state={asked['state']}")
    reloaded = await browser.get(f"{BASE_URL}/consent/progress")
    retry = page.text.partition('<a class="action" href="')[2].partition('"')[0].replace("&amp;", "&")
    again = query_of(retry)

    code = acme.microsoft.sign_in(ADMINISTRATOR, again["nonce"])
    answered = await browser.get(f"{BASE_URL}/consent/signed-in?code={code}&state={again['state']}")

    assert again["nonce"] != asked["nonce"]
    assert reloaded.body == page.body
    assert answered.location == "/consent/progress"


async def test_the_answer_to_an_earlier_sign_in_is_refused_after_a_new_one_began(acme: ComposedApp) -> None:
    browser = Browser()
    asked = await consented(browser)
    await browser.get(f"{BASE_URL}/consent/signed-in?error=interaction_required&state={asked['state']}")

    page = await browser.get(f"{BASE_URL}/consent/signed-in?code=late&state={asked['state']}")

    assert page.status == 400


@pytest.mark.parametrize("fault", ["revoked", "expired", "replaced", "used"])
async def test_a_link_that_no_longer_works_says_why(acme: ComposedApp, fault: str) -> None:
    url = await link()
    connection = (await call("list_connections", organization="acme")).json["connections"][0]["connection"]
    named = {"organization": "acme", "connection": connection}
    if fault == "revoked":
        await call("revoke_activation_link", by="olga", **named)
    elif fault == "replaced":
        await call("issue_activation_link", by="olga", **named)
    elif fault == "expired":
        acme.clock.advance(timedelta(days=7))
    else:
        await call("delete_connection", by="olga", **named)

    opened, begun_anyway = await Browser().get(url), await Browser().post(url)

    assert opened.status == begun_anyway.status == 410
    assert {"used": "used already", "replaced": "newer link"}.get(fault, fault) in opened.text


@pytest.mark.parametrize("damage", [lambda url: url[:-2], lambda url: url + "x", lambda url: url.split("?")[0]])
async def test_a_damaged_link_is_no_link(acme: ComposedApp, damage: object) -> None:
    url = damage(await link())  # type: ignore[operator]

    page = await Browser().get(url)

    assert page.status == 404
    assert "not a valid link" in page.text


async def test_a_link_revoked_on_the_way_stops_the_callback(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    connection = (await call("list_connections", organization="acme")).json["connections"][0]["connection"]
    await call("revoke_activation_link", organization="acme", connection=connection, by="olga")

    page = await browser.get(f"{BASE_URL}/consent/callback?admin_consent=True&tenant={TENANT}&state={state}")

    assert page.status == 410


async def test_a_form_of_another_site_confirms_nothing(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)
    browser.origin = "https://evil.example"

    page = await confirm(browser)

    assert page.status == 400
    assert await connection_state() == ("pending", None)


async def test_a_double_click_confirms_once(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)
    await confirm(browser)
    stored = acme.rows.bytes_at_rest()

    again = await confirm(browser)

    assert (again.status, again.location) == (303, "/consent/progress")
    assert acme.rows.bytes_at_rest() == stored


async def test_a_confirmation_whose_answer_was_lost_can_be_repeated(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)

    def lose_the_answer(operation: Operation) -> None:
        if operation.table == "signins" and operation.kind == "commit":
            raise TryLater("storage does not answer")

    acme.rows.on_operation = lose_the_answer
    first = await confirm(browser)
    acme.rows.on_operation = None

    again = await confirm(browser)

    assert (first.status, again.status) == (503, 303)
    assert await connection_state() == ("verifying", TENANT)


async def test_a_link_of_a_connection_with_a_tenant_connects_no_other_tenant(acme: ComposedApp) -> None:
    browser = Browser()
    await signed_in(acme, browser)
    await confirm(browser)
    await disconnected(acme)
    url = (await call("issue_activation_link", organization="acme", connection=await name(), by="olga")).json
    attacker = Proof(OTHER_TENANT, ADMINISTRATOR.user_id, None, ADMINISTRATOR.directory_roles, frozenset())
    thief = Browser()
    state = query_of((await thief.post(url["activation_link"])).location)["state"]
    asked = query_of((await thief.get(callback(state, OTHER_TENANT))).location)
    code = acme.microsoft.sign_in(attacker, asked["nonce"])

    page = await landed(thief, f"{BASE_URL}/consent/signed-in?code={code}&state={asked['state']}")
    confirmation = await confirm(thief)

    assert "another Microsoft organization" in page.text
    assert confirmation.status == 400
    assert await connection_state() == ("pending", TENANT)


async def test_a_link_does_not_work_for_a_later_connection_of_the_same_name(acme: ComposedApp) -> None:
    async def begin() -> dict[str, str]:
        headers = {"Idempotency-Key": "once"}
        return dict((await call("begin_connection", organization="acme", by="olga", headers=headers)).json)

    first = await begin()
    await disconnected(acme, purge=True)
    second = await begin()

    page = await Browser().get(first["activation_link"])

    assert first["connection"] == second["connection"]
    assert page.status == 404


async def test_a_proof_does_not_confirm_a_later_connection_of_the_same_name(acme: ComposedApp) -> None:
    async def begin() -> dict[str, str]:
        headers = {"Idempotency-Key": "once"}
        return dict((await call("begin_connection", organization="acme", by="olga", headers=headers)).json)

    browser = Browser()
    state = query_of((await browser.post((await begin())["activation_link"])).location)["state"]
    asked = query_of((await browser.get(callback(state, TENANT))).location)
    code = acme.microsoft.sign_in(ADMINISTRATOR, asked["nonce"])
    await browser.get(f"{BASE_URL}/consent/signed-in?code={code}&state={asked['state']}")
    await disconnected(acme, purge=True)
    await begin()

    page = await confirm(browser)

    assert page.status == 400
    assert await connection_state() == ("pending", None)


async def test_a_link_issued_again_with_the_same_key_is_the_same_link(acme: ComposedApp) -> None:
    await link()
    headers = {"Idempotency-Key": "again"}
    named = {"organization": "acme", "connection": await name()}

    first = await call("issue_activation_link", by="olga", headers=headers, **named)  # type: ignore[arg-type]
    acme.clock.advance(timedelta(seconds=1))
    second = await call("issue_activation_link", by="olga", headers=headers, **named)  # type: ignore[arg-type]

    assert first.json["activation_link"] == second.json["activation_link"]


async def test_odd_cookies_of_others_do_not_hide_ours(acme: ComposedApp) -> None:
    browser = Browser()
    state = await begun(browser)
    browser.cookies = {"prefs": '{"a":"x"}', **browser.cookies, "other": "a=b"}

    answered = await browser.get(callback(state, TENANT))

    assert answered.status == 303


@pytest.mark.parametrize("cookie", ["a/b.c", "", ".", "x" * 5000, "\x00"])
async def test_a_garbled_cookie_is_no_cookie(acme: ComposedApp, cookie: str) -> None:
    browser = Browser()
    state = await begun(browser)
    browser.cookies = {COOKIE: cookie}

    page = await browser.get(callback(state, TENANT))

    assert page.status == 400


def callback(state: str, tenant: str) -> str:
    return f"{BASE_URL}/consent/callback?admin_consent=True&tenant={tenant}&state={state}"


async def name() -> str:
    return str((await call("list_connections", organization="acme")).json["connections"][0]["connection"])


async def disconnected(acme: ComposedApp, *, purge: bool = False) -> None:
    query = {"purge": "true"} if purge else {}
    await call("delete_connection", organization="acme", connection=await name(), by="olga", query=query)
    await run_for(acme, timedelta(minutes=10))


async def test_a_tenant_that_is_connected_already_keeps_its_connection(acme: ComposedApp) -> None:
    first, second = Browser(), Browser()
    await signed_in(acme, first)
    await confirm(first)
    kept = (await call("list_connections", organization="acme")).json["connections"][0]["connection"]

    await signed_in(acme, second)
    await confirm(second)

    connections = (await call("list_connections", organization="acme")).json["connections"]
    assert [connection["connection"] for connection in connections] == [kept]


async def test_pages_carry_a_strict_policy_and_are_not_kept(acme: ComposedApp) -> None:
    page = await Browser().get(await link())

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://authority.example" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_a_name_with_markup_is_shown_as_text(acme: ComposedApp) -> None:
    await call("put_organization", organization="acme", body={"name": "<script>alert(1)</script>"})

    page = await Browser().get(await link())

    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
