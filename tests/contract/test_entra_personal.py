"""People who connect their own calendar: who may sign in, who may consent, and what they are handed."""

import html
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.contract.assertions import assertion, claims_of
from tests.contract.browsing import sent_to, shown_code, submit
from tests.contract.personal import (
    CONNECTED,
    OUTLOOK,
    PERSONAL_ACCOUNTS,
    PersonalApp,
    personal_id,
    read_client_info,
    redeeming,
    refreshing,
)
from tests.contract.standin import GLOBAL_ADMINISTRATOR, InProcess, person

ANN, ADMIN = "ann@contoso.example", "admin@contoso.example"


@pytest.fixture
async def app(microsoft: InProcess) -> PersonalApp:
    found = PersonalApp(microsoft)
    await microsoft.contoso.settle([person("ann"), person("admin", directory_roles=[GLOBAL_ADMINISTRATOR])])
    zoe = {"id": personal_id(), "userPrincipalName": OUTLOOK, "mail": OUTLOOK, "displayName": "Zoe"}
    await microsoft.contoso.control("POST", f"/tenants/{PERSONAL_ACCOUNTS}/people", [zoe])
    await found.register()
    return found


def proof(app: PersonalApp, segment: str = "common") -> str:
    url = f"{app.contoso.base_url}/{segment}/oauth2/v2.0/token"
    return assertion(app.microsoft, aud=url, iss=app.client_id, sub=app.client_id)


async def connected(app: PersonalApp, account: str, segment: str = "common") -> httpx.Response:
    answer = await app.redeem(proof(app, segment), segment, **redeeming(await app.code(account, segment)))
    assert answer.status_code == 200, answer.text
    return answer


async def refreshed(app: PersonalApp, token: str, segment: str = "common") -> httpx.Response:
    return await app.redeem(proof(app, segment), segment, **refreshing(token))


def refusal(answer: httpx.Response) -> tuple[int, str, list[int], str | None]:
    body = answer.json()
    return answer.status_code, body["error"], body["error_codes"], body.get("suberror")


async def change_tenant(app: PersonalApp, **rules: object) -> None:
    await app.contoso.control("PATCH", f"/tenants/{app.contoso.id}", rules)


async def read(app: PersonalApp, path: str, token: str) -> httpx.Response:
    return await app.microsoft.client.get(f"/v1.0{path}", headers={"Authorization": f"Bearer {token}"})


VIEW = "/me/calendarView?startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-30T00:00:00Z"


@pytest.mark.parametrize("account", [ANN, OUTLOOK])
async def test_a_person_consents_and_their_calendar_can_be_read(app: PersonalApp, account: str) -> None:
    handed = (await connected(app, account)).json()

    answer = await read(app, VIEW, handed["access_token"])

    assert (answer.status_code, answer.json()["value"]) == (200, [])
    assert "refresh_token" in handed
    assert "offline_access" not in handed["scope"].split()


async def test_a_personal_account_has_its_own_tenant_key_and_opaque_token(app: PersonalApp) -> None:
    answer = await connected(app, OUTLOOK)

    claims, handed = claims_of(answer, "id_token"), answer.json()
    keys = (await app.microsoft.client.get("/consumers/discovery/v2.0/keys")).json()["keys"]
    issuers = {key["kid"]: key["issuer"] for key in keys}
    assert (claims["tid"], claims["nonce"]) == (PERSONAL_ACCOUNTS, "n-3")
    assert claims["iss"] == f"{app.contoso.base_url}/{PERSONAL_ACCOUNTS}/v2.0"
    assert issuers[jwt.get_unverified_header(handed["id_token"])["kid"]] == claims["iss"]
    assert read_client_info(handed["client_info"]) == {"uid": claims["oid"], "utid": PERSONAL_ACCOUNTS}
    assert "." not in handed["access_token"]


async def test_the_profile_of_a_personal_account_shows_its_short_id(app: PersonalApp) -> None:
    answer = await connected(app, OUTLOOK)

    me = await read(app, "/me?$select=id,displayName,mail", answer.json()["access_token"])

    long_id = claims_of(answer, "id_token")["oid"].replace("-", "")
    assert me.json()["mail"] == OUTLOOK
    assert long_id == "0" * 16 + me.json()["id"]


WRONG_DOORS = [
    ("organizations", OUTLOOK, "AADSTS500208"),
    ("consumers", ANN, "AADSTS50020"),
    ("contoso.example", OUTLOOK, "AADSTS50020"),
]


@pytest.mark.parametrize(("segment", "account", "code"), WRONG_DOORS)
async def test_the_path_says_which_accounts_may_come(app: PersonalApp, segment: str, account: str, code: str) -> None:
    assert shown_code(await app.opened(account, segment)) == code


@pytest.mark.parametrize(
    ("segment", "home"), [("common", "work"), ("organizations", "work"), ("consumers", "personal")]
)
async def test_an_address_of_two_accounts_is_the_one_that_may_come(app: PersonalApp, segment: str, home: str) -> None:
    twin = {"id": personal_id(), "userPrincipalName": "twin@live.com", "mail": "twin@live.com"}
    await app.contoso.control("POST", f"/tenants/{PERSONAL_ACCOUNTS}/people", [twin])
    domains = {"verified_domains": ["contoso.example", "live.com"]}
    await app.contoso.control("PATCH", f"/tenants/{app.contoso.id}", domains)
    await app.contoso.control("POST", f"/tenants/{app.contoso.id}/people", [{**twin, "id": str(uuid4())}])

    claims = claims_of(await connected(app, "twin@live.com", segment), "id_token")

    assert (claims["tid"] == PERSONAL_ACCOUNTS) is (home == "personal")


async def test_personal_accounts_cannot_be_taken_away(app: PersonalApp) -> None:
    answer = await app.microsoft.client.delete(f"/control/tenants/{PERSONAL_ACCOUNTS}")

    assert answer.status_code == 422


async def test_the_app_proves_itself_with_a_managed_identity_too(app: PersonalApp) -> None:
    issuer = f"{app.contoso.base_url}/{app.contoso.id}/v2.0"
    await app.register(certificates=[], federated_credentials=[{"issuer": issuer, "subject": "identity-1"}])
    path = f"/tenants/{app.contoso.id}/managed-identity-tokens"
    held = (await app.contoso.control("POST", path, {"subject": "identity-1"}))["assertion"]

    first = await app.redeem(held, **redeeming(await app.code(OUTLOOK)))
    again = await app.redeem(held, **refreshing(first.json()["refresh_token"]))

    assert (first.status_code, again.status_code) == (200, 200)


async def test_an_app_for_work_accounts_takes_no_personal_ones(app: PersonalApp) -> None:
    await app.register(sign_in_audience="AzureADMultipleOrgs")

    at_consumers = await app.microsoft.client.get(app.url("consumers"))

    assert shown_code(at_consumers) == "AADSTS9002332"
    assert shown_code(await app.opened(OUTLOOK)) == "AADSTS500208"


async def test_no_app_gets_a_token_of_its_own_for_personal_accounts(app: PersonalApp) -> None:
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}

    answer = await app.redeem(proof(app, PERSONAL_ACCOUNTS), PERSONAL_ACCOUNTS, **form)

    assert answer.json()["error_codes"] == [9001023]


async def test_the_picker_offers_who_is_signed_in_and_fills_in_the_hint(app: PersonalApp) -> None:
    await app.opened(ANN)

    shown = await app.microsoft.client.get(app.url(login_hint=OUTLOOK))

    assert 'id="pick"' in shown.text
    assert f'value="{ANN}"' in shown.text
    assert f'name="account" value="{OUTLOOK}"' in html.unescape(shown.text)


async def test_the_second_connection_needs_no_second_consent(app: PersonalApp) -> None:
    await connected(app, ANN)

    assert "code" in sent_to(await app.opened(ANN))


async def test_further_scopes_are_asked_for_when_they_are_needed(app: PersonalApp) -> None:
    await app.opened(ANN, scope="openid")
    await submit(app.microsoft.client, app.url(scope="openid"), "accept")

    assert "Calendars.ReadWrite" in (await app.opened(ANN)).text


async def test_declining_goes_back_with_65004(app: PersonalApp) -> None:
    await app.opened(ANN)

    back = sent_to(await app.pressed("cancel"))

    assert (back["error"], back["error_subcode"]) == ("access_denied", "cancel")
    assert back["error_description"].startswith("AADSTS65004")


@pytest.mark.parametrize("segment", ["common", "consumers"])
async def test_a_personal_account_that_declines_goes_back_with_a_sentence_alone(app: PersonalApp, segment: str) -> None:
    await app.opened(OUTLOOK, segment)

    back = sent_to(await app.pressed("cancel", segment))

    assert back == {
        "error": "access_denied",
        "error_description": "The user has denied access to the scope requested by the client application.",
        "state": back["state"],
    }


POLICIES = [("admin_only", "AADSTS90094"), ("verified_publishers", "AADSTS90094"), ("request_workflow", "AADSTS90095")]


@pytest.mark.parametrize(("policy", "code"), POLICIES)
async def test_a_user_who_may_not_consent_succeeds_once_an_administrator_did(
    app: PersonalApp, policy: str, code: str
) -> None:
    await change_tenant(app, user_consent=policy)
    assert shown_code(await app.opened(ANN)) == code
    back = sent_to(await app.pressed("return", code=code.removeprefix("AADSTS")))
    assert (back["error"], back["error_description"].split(":")[0]) == ("access_denied", code)

    query = {"client_id": app.client_id, "scope": "https://graph.microsoft.com/.default", "redirect_uri": CONNECTED}
    consent = str(httpx.URL(f"{app.contoso.base_url}/{app.contoso.id}/v2.0/adminconsent", params=query))
    await submit(app.microsoft.client, consent, "sign_in", account=ADMIN)
    granted = sent_to(await submit(app.microsoft.client, consent, "accept"))

    assert (granted["tenant"], "error" in granted) == (app.contoso.id, False)
    assert "code" in sent_to(await app.opened(ANN))


@pytest.mark.parametrize("code", [90093, 900941, 650052, 650056])
async def test_a_consent_can_be_refused_by_number_and_the_person_goes_back(app: PersonalApp, code: int) -> None:
    await change_tenant(app, consent_refusal=code)

    shown = await app.opened(ANN)
    back = sent_to(await app.pressed("return", code=str(code)))

    assert shown_code(shown) == f"AADSTS{code}"
    assert (back["error"], back["error_description"].split(":")[0]) == ("access_denied", f"AADSTS{code}")


async def test_there_need_not_be_a_way_back(app: PersonalApp) -> None:
    await change_tenant(app, user_consent="admin_only", return_link=False)

    assert 'id="return"' not in (await app.opened(ANN)).text


async def test_an_administrator_consents_for_everybody_while_signing_in(app: PersonalApp) -> None:
    await change_tenant(app, user_consent="admin_only")
    offered = await app.opened(ADMIN)

    await app.pressed("accept", for_everybody="yes")

    assert 'id="for-everybody"' in offered.text
    assert "code" in await app.back(ANN)


async def test_only_an_administrator_can_consent_for_everybody(app: PersonalApp) -> None:
    offered = await app.opened(ANN)

    await app.pressed("accept", for_everybody="yes")

    assert 'id="for-everybody"' not in offered.text
    assert (await app.opened(ADMIN)).status_code == 200


async def test_a_verified_publisher_needs_no_administrator(app: PersonalApp) -> None:
    await app.register(publisher_verified=True)
    await change_tenant(app, user_consent="verified_publishers")

    assert (await connected(app, ANN)).status_code == 200


async def test_a_request_for_approval_reaches_the_administrator(app: PersonalApp) -> None:
    await change_tenant(app, user_consent="request_workflow")
    await app.opened(ANN)

    shown = await app.pressed("request", reason="my bookings")

    tenant = await app.contoso.control("GET", f"/tenants/{app.contoso.id}")
    asked = [(each["client_id"], each["reason"]) for each in tenant["approval_requests"]]
    assert ('id="requested"' in shown.text, asked) == (True, [(app.client_id, "my bookings")])


@pytest.mark.parametrize("code", [53003, 50105, 700016, 650052])
async def test_a_sign_in_can_end_on_microsofts_page(app: PersonalApp, code: int) -> None:
    token = (await connected(app, ANN)).json()["refresh_token"]

    await change_tenant(app, sign_in_refusals={app.client_id: code})

    assert shown_code(await app.opened(ANN)) == f"AADSTS{code}"
    assert refusal(await refreshed(app, token)) == (400, "invalid_grant", [code], "message_only")


@pytest.mark.parametrize("code", [53003, 50105, 700016, 650052])
async def test_a_sign_in_that_is_refused_can_come_back_to_the_app(app: PersonalApp, code: int) -> None:
    await change_tenant(app, sign_in_refusals={app.client_id: code}, sign_in_refusals_return=True)

    back = await app.back(ANN)

    assert (back["error"], back["state"]) == ("access_denied", "s-3")
    assert back["error_description"].startswith(f"AADSTS{code}: ")


async def test_only_assigned_people_sign_in_where_assignment_is_required(app: PersonalApp) -> None:
    await connected(app, ANN)
    path = f"/tenants/{app.contoso.id}/consents/{app.client_id}"

    await app.contoso.control("PATCH", path, {"assignment_required": True})
    shut_out = await app.opened(ANN)
    ann = (await app.contoso.control("GET", f"/tenants/{app.contoso.id}/people/{ANN}"))["id"]
    await app.contoso.control("PATCH", path, {"assigned": [ann]})

    assert shown_code(shut_out) == "AADSTS50105"
    assert "code" in sent_to(await app.opened(ANN))


async def test_a_second_factor_is_asked_for_and_a_token_from_before_does_not_pass(app: PersonalApp) -> None:
    before = (await connected(app, ANN)).json()["refresh_token"]
    await change_tenant(app, requires_mfa=True)

    refused = await refreshed(app, before)
    asked = await app.opened(ANN)
    code = sent_to(await app.pressed("prove"))["code"]
    after = (await app.redeem(proof(app), **redeeming(code))).json()["refresh_token"]

    assert refusal(refused) == (400, "invalid_grant", [50076], "basic_action")
    assert "capolids" in refused.json()["claims"]
    assert 'id="prove"' in asked.text
    assert (await refreshed(app, after)).status_code == 200


async def test_a_delegated_token_opens_no_other_mailbox_and_no_directory(app: PersonalApp) -> None:
    token = (await connected(app, ANN)).json()["access_token"]

    answers = [await read(app, path, token) for path in (f"/users/{ADMIN}/calendars", "/users", f"/users/{ADMIN}")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


async def test_an_apps_own_token_has_no_me(app: PersonalApp) -> None:
    await app.contoso.grant()
    form = {"grant_type": "client_credentials", "scope": "https://graph.microsoft.com/.default"}
    url = app.contoso.token_url
    own = {**form, "client_id": app.contoso.client_id, "client_assertion": assertion(app.microsoft)}
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    token = (await app.microsoft.client.post(url, data={**own, "client_assertion_type": kind})).json()["access_token"]

    answer = await read(app, "/me/calendars", token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
