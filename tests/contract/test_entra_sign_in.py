"""Sign-in with code and PKCE, as the proof that somebody administers a tenant."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.contract.assertions import ask_token, assertion, claims_of
from tests.contract.browsing import VERIFIER, consent_url, sent_to, shown_code, sign_in, sign_in_url, submit
from tests.contract.standin import CALLBACK, GLOBAL_ADMINISTRATOR, SIGNED_IN, InProcess, person

ADMIN = "admin@contoso.example"
HOME = str(uuid4())


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    guest = person("guest", userType="Guest", home_tenant=HOME, mail="eve@fabrikam.example")
    admin = person("admin", directory_roles=[GLOBAL_ADMINISTRATOR], app_roles=["Connect"])
    await microsoft.contoso.settle([admin, person("ann"), guest])
    eve = {"userPrincipalName": "eve@fabrikam.example"}
    await microsoft.contoso.control("PUT", f"/tenants/{HOME}", {"domain": "fabrikam.example", "people": [eve]})
    await microsoft.contoso.grant()


async def redeem(microsoft: InProcess, code: str, url: str | None = None, **form: str | None) -> httpx.Response:
    good = {"grant_type": "authorization_code", "code": code, "redirect_uri": SIGNED_IN, "code_verifier": VERIFIER}
    return await ask_token(microsoft, url, **{**good, "scope": "openid profile", **form})


async def code_for(microsoft: InProcess, account: str = ADMIN, segment: str | None = None, **query: Any) -> str:
    url = sign_in_url(microsoft.contoso, segment, **query)
    return sent_to(await sign_in(microsoft.client, url, account))["code"]


async def test_the_id_token_names_the_person_the_tenant_and_the_roles(microsoft: InProcess) -> None:
    answer = await redeem(microsoft, await code_for(microsoft))

    claims = claims_of(answer, "id_token")
    assert (claims["aud"], claims["tid"], claims["nonce"]) == (microsoft.contoso.client_id, microsoft.contoso.id, "n-1")
    assert claims["iss"] == f"{microsoft.contoso.base_url}/{microsoft.contoso.id}/v2.0"
    assert GLOBAL_ADMINISTRATOR in claims["wids"]
    assert claims["roles"] == ["Connect"]
    assert claims["sub"] != claims["oid"]
    assert "idp" not in claims


async def test_roles_are_not_shown_without_group_membership_claims(microsoft: InProcess) -> None:
    await microsoft.contoso.register(group_membership_claims=None)

    answer = await redeem(microsoft, await code_for(microsoft))

    assert "wids" not in claims_of(answer, "id_token")


async def test_after_the_consent_the_sign_in_is_silent(microsoft: InProcess) -> None:
    consent = consent_url(microsoft.contoso)
    await sign_in(microsoft.client, consent, ADMIN)
    await submit(microsoft.client, consent, "accept")

    back = sent_to(await microsoft.client.get(sign_in_url(microsoft.contoso)))

    assert back["state"] == "s-2"
    assert "code" in back


@pytest.mark.parametrize("prompt", ["login", "select_account"])
async def test_a_prompt_asks_again_although_somebody_is_signed_in(microsoft: InProcess, prompt: str) -> None:
    await code_for(microsoft)

    answer = await microsoft.client.get(sign_in_url(microsoft.contoso, prompt=prompt))

    assert (answer.status_code, "Account (userPrincipalName)" in answer.text) == (200, True)


async def test_prompt_none_answers_login_required_to_a_stranger(microsoft: InProcess) -> None:
    back = sent_to(await microsoft.client.get(sign_in_url(microsoft.contoso, prompt="none")))

    assert (back["error"], back["state"]) == ("login_required", "s-2")


async def test_prompt_none_answers_interaction_required_without_consent(microsoft: InProcess) -> None:
    await code_for(microsoft)

    back = sent_to(await microsoft.client.get(sign_in_url(microsoft.contoso, prompt="none", scope="openid email")))

    assert back["error"] == "interaction_required"


async def test_a_scope_that_was_not_granted_asks_for_consent(microsoft: InProcess) -> None:
    url = sign_in_url(microsoft.contoso, scope="openid profile offline_access")

    shown = await sign_in(microsoft.client, url, "ann@contoso.example")
    back = sent_to(await submit(microsoft.client, url, "accept"))

    assert "offline_access" in shown.text
    assert "code" in back


@pytest.mark.parametrize(("policy", "code"), [("admin_only", "AADSTS90094"), ("request_workflow", "AADSTS90095")])
async def test_a_tenant_may_forbid_that_users_consent(microsoft: InProcess, policy: str, code: str) -> None:
    await microsoft.contoso.control("PATCH", f"/tenants/{microsoft.contoso.id}", {"user_consent": policy})
    url = sign_in_url(microsoft.contoso, scope="openid profile offline_access")

    shown = await sign_in(microsoft.client, url, "ann@contoso.example")
    back = sent_to(await submit(microsoft.client, url, "return", code=code.removeprefix("AADSTS")))

    assert shown_code(shown) == code
    assert back["error"] == "access_denied"


async def test_a_guest_signs_in_only_with_the_tenant_in_the_path(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PUT", f"/tenants/{HOME}/consents/{microsoft.contoso.client_id}", {"roles": []})

    invited = claims_of(await redeem(microsoft, await code_for(microsoft, "eve@fabrikam.example")), "id_token")
    url = f"{microsoft.contoso.base_url}/organizations/oauth2/v2.0/token"
    code = await code_for(microsoft, "eve@fabrikam.example", "organizations")
    at_home = claims_of(await redeem(microsoft, code, url, client_assertion=assertion(microsoft, aud=url)), "id_token")

    assert (invited["tid"], invited["idp"]) == (microsoft.contoso.id, f"https://sts.windows.net/{HOME}/")
    assert at_home["tid"] == HOME


async def test_an_account_with_a_guests_address_in_another_tenant_is_not_that_guest(microsoft: InProcess) -> None:
    attacker = {"userPrincipalName": "mallory@evil.example", "mail": "eve@fabrikam.example"}
    await microsoft.contoso.control("PUT", f"/tenants/{uuid4()}", {"domain": "evil.example", "people": [attacker]})

    answer = await sign_in(microsoft.client, sign_in_url(microsoft.contoso), "mallory@evil.example")

    assert shown_code(answer) == "AADSTS50020"


async def test_a_code_is_good_once(microsoft: InProcess) -> None:
    code = await code_for(microsoft)
    await redeem(microsoft, code)

    again = await redeem(microsoft, code)

    assert (again.status_code, again.json()["error"], again.json()["error_codes"]) == (400, "invalid_grant", [54005])


async def test_a_code_lives_ten_minutes(microsoft: InProcess) -> None:
    code = await code_for(microsoft)
    microsoft.clock.advance(timedelta(minutes=10))

    late = await redeem(microsoft, code)

    assert late.json()["error_codes"] == [70008]


async def test_a_code_belongs_to_the_segment_it_came_from(microsoft: InProcess) -> None:
    code = await code_for(microsoft)
    url = f"{microsoft.contoso.base_url}/contoso.example/oauth2/v2.0/token"

    answer = await redeem(microsoft, code, url, client_assertion=assertion(microsoft, aud=url))

    assert answer.json()["error_codes"] == [700005]


WRONG_REDEMPTIONS: list[tuple[dict[str, str | None], int, str, int]] = [
    ({"code_verifier": "w" * 64}, 400, "invalid_grant", 501481),
    ({"code_verifier": None}, 400, "invalid_request", 900144),
    ({"redirect_uri": CALLBACK}, 400, "invalid_request", 50011),
    ({"code": "1.made-up"}, 400, "invalid_grant", 9002313),
    ({"client_assertion": None}, 401, "invalid_client", 7000218),
    ({"client_secret": "hunter2"}, 401, "invalid_client", 7000215),
]


@pytest.mark.parametrize(("form", "status", "error", "aadsts"), WRONG_REDEMPTIONS)
async def test_a_wrong_redemption_is_refused(
    microsoft: InProcess, form: dict[str, str | None], status: int, error: str, aadsts: int
) -> None:
    code = await code_for(microsoft)

    answer = await redeem(microsoft, str(form.get("code") or code), **{k: v for k, v in form.items() if k != "code"})

    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [aadsts])


REDIRECTED: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "id_token"}, "unsupported_response_type"),
    ({"scope": None}, "invalid_request"),
    ({"scope": "openid https://other.example/Read"}, "invalid_scope"),
    ({"prompt": "maybe"}, "invalid_request"),
    ({"code_challenge": "short"}, "invalid_request"),
    ({"code_challenge_method": "S512"}, "invalid_request"),
]


@pytest.mark.parametrize(("query", "error"), REDIRECTED)
async def test_wrong_parameters_are_told_to_the_app(
    microsoft: InProcess, query: dict[str, str | None], error: str
) -> None:
    back = sent_to(await microsoft.client.get(sign_in_url(microsoft.contoso, **query)))

    assert (back["error"], back["state"]) == (error, "s-2")


async def test_a_foreign_address_is_told_to_the_person_only(microsoft: InProcess) -> None:
    answer = await microsoft.client.get(sign_in_url(microsoft.contoso, redirect_uri="https://evil.example/"))

    assert shown_code(answer) == "AADSTS50011"


async def test_cancelling_goes_back_with_access_denied(microsoft: InProcess) -> None:
    back = sent_to(await submit(microsoft.client, sign_in_url(microsoft.contoso), "cancel"))

    assert (back["error"], back["error_subcode"]) == ("access_denied", "cancel")


@pytest.mark.parametrize("where", ["authorize", "token"])
async def test_a_consent_that_has_not_spread_refuses_the_sign_in(microsoft: InProcess, where: str) -> None:
    rules = {"sign_in_spread_seconds": 30, "sign_in_refused_at": where}
    await microsoft.contoso.control("PATCH", f"/tenants/{microsoft.contoso.id}", rules)
    consent = consent_url(microsoft.contoso)
    await sign_in(microsoft.client, consent, ADMIN)
    await submit(microsoft.client, consent, "accept")

    early = sent_to(await microsoft.client.get(sign_in_url(microsoft.contoso)))
    if where == "token":
        body = (await redeem(microsoft, early["code"])).json()
        assert (body["error"], body["suberror"], body["error_codes"]) == ("invalid_grant", "consent_required", [65001])
    else:
        assert early["error_description"].startswith("AADSTS65001")

    microsoft.clock.advance(timedelta(seconds=30))
    late = sent_to(await microsoft.client.get(sign_in_url(microsoft.contoso)))
    assert (await redeem(microsoft, late["code"])).status_code == 200


async def test_forged_id_tokens_can_be_ordered(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PUT", "/id-tokens", {"claims": {"tid": HOME}, "remove": ["wids"]})

    claims = claims_of(await redeem(microsoft, await code_for(microsoft)), "id_token")

    assert claims["tid"] == HOME
    assert "wids" not in claims


async def test_a_session_that_does_not_fit_the_tenant_asks_who_signs_in(microsoft: InProcess) -> None:
    await microsoft.contoso.control("POST", f"/tenants/{HOME}/people", [{"userPrincipalName": "zoe@fabrikam.example"}])
    at_home = consent_url(microsoft.contoso, HOME)
    await sign_in(microsoft.client, at_home, "zoe@fabrikam.example")

    answer = await microsoft.client.get(sign_in_url(microsoft.contoso))

    assert "Account (userPrincipalName)" in answer.text


async def test_the_delegated_token_of_a_sign_in_opens_no_directory(microsoft: InProcess) -> None:
    token = (await redeem(microsoft, await code_for(microsoft))).json()["access_token"]

    answer = await microsoft.client.get("/v1.0/users", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Authorization_RequestDenied")
