"""Admin consent: who may give it, what it records, what comes back."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.contract.assertions import ask_token, claims_of
from tests.contract.browsing import consent_url, sent_to, shown_code, sign_in, submit
from tests.contract.standin import APPLICATION_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, ROLES, InProcess, person

ADMIN = "admin@contoso.example"


def people() -> list[dict[str, Any]]:
    return [
        person("admin", directory_roles=[GLOBAL_ADMINISTRATOR]),
        person("appadmin", directory_roles=[APPLICATION_ADMINISTRATOR]),
        person("ann"),
        person("guest", userType="Guest", home_tenant=str(uuid4())),
        person("gone", accountEnabled=False, directory_roles=[GLOBAL_ADMINISTRATOR]),
    ]


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    await microsoft.contoso.settle(people())


async def rule(microsoft: InProcess, **rules: Any) -> None:
    await microsoft.contoso.control("PATCH", f"/tenants/{microsoft.contoso.id}", rules)


@pytest.mark.parametrize("segment", [None, "organizations", "contoso.example"])
async def test_a_global_administrator_consents_and_goes_back_with_the_tenant(
    microsoft: InProcess, segment: str | None
) -> None:
    url = consent_url(microsoft.contoso, segment)

    asked = await microsoft.client.get(url)
    shown = await sign_in(microsoft.client, url, ADMIN)
    back = sent_to(await submit(microsoft.client, url, "accept"))

    assert "Sign in to Orgcal for organisations" in asked.text
    assert "https://graph.microsoft.com/Calendars.ReadWrite" in shown.text
    assert (back["admin_consent"], back["tenant"], back["state"]) == ("True", microsoft.contoso.id, "s-1")
    assert "openid" in back["scope"].split()
    assert claims_of(await ask_token(microsoft))["roles"] == ROLES


async def test_an_application_administrator_sees_the_prompt_but_cannot_finish(microsoft: InProcess) -> None:
    url = consent_url(microsoft.contoso)

    shown = await sign_in(microsoft.client, url, "appadmin@contoso.example")
    refused = await submit(microsoft.client, url, "accept")

    assert "Permissions requested" in shown.text
    assert shown_code(refused) == "AADSTS90093"
    assert (await ask_token(microsoft)).json()["error_codes"] == [7000229]


@pytest.mark.parametrize("name", ["ann", "guest"])
async def test_an_ordinary_user_needs_approval_and_may_go_back_without_it(microsoft: InProcess, name: str) -> None:
    url = consent_url(microsoft.contoso)

    shown = await sign_in(microsoft.client, url, f"{name}@contoso.example")
    back = sent_to(await submit(microsoft.client, url, "return", code="90094"))

    assert "Need admin approval" in shown.text
    assert (back["admin_consent"], back["error"], back["state"]) == ("True", "access_denied", "s-1")
    assert "tenant" not in back


async def test_the_way_back_can_be_missing(microsoft: InProcess) -> None:
    await rule(microsoft, return_link=False)

    shown = await sign_in(microsoft.client, consent_url(microsoft.contoso), "ann@contoso.example")

    assert 'value="return"' not in shown.text


SPELLINGS = [
    (
        "consent_required",
        "consent_required",
        "AADSTS65004: The resource owner or authorization server denied the request.",
    ),
    ("permission_denied", "permission_denied", "The admin canceled the request"),
    ("access_denied", "access_denied", "AADSTS65004: User declined to consent to access the app."),
]


@pytest.mark.parametrize(("setting", "error", "text"), SPELLINGS)
async def test_declining_is_reported_in_three_spellings_beside_admin_consent_true(
    microsoft: InProcess, setting: str, error: str, text: str
) -> None:
    await rule(microsoft, declined_as=setting)
    url = consent_url(microsoft.contoso)
    await sign_in(microsoft.client, url, ADMIN)

    back = sent_to(await submit(microsoft.client, url, "cancel"))

    assert (back["admin_consent"], back["error"]) == ("True", error)
    assert back["error_description"].startswith(text)


async def test_descriptions_are_written_in_lower_case_hex_with_plus_signs(microsoft: InProcess) -> None:
    url = consent_url(microsoft.contoso)
    await sign_in(microsoft.client, url, ADMIN)

    location = (await submit(microsoft.client, url, "cancel")).headers["location"]

    assert "AADSTS65004%3a+The+resource+owner" in location
    assert "%0d%0aTrace+ID%3a" in location


SHOWN: list[tuple[str | None, dict[str, str | None], str]] = [
    (None, {"redirect_uri": "https://evil.example/"}, "AADSTS50011"),
    (None, {"redirect_uri": None}, "AADSTS900971"),
    (None, {"redirect_uri": "/consent/callback"}, "AADSTS90102"),
    (None, {"client_id": "00000000-aaaa-4bbb-8ccc-000000000000"}, "AADSTS700016"),
    (None, {"client_id": None}, "AADSTS900144"),
    (None, {"scope": None}, "AADSTS900144"),
    (None, {"scope": "https://other.example/.default"}, "AADSTS70011"),
    ("nobody.example", {}, "AADSTS90002"),
    ("common", {}, "AADSTS90130"),
]


@pytest.mark.parametrize(("segment", "query", "code"), SHOWN)
async def test_what_cannot_be_trusted_is_told_on_the_page_only(
    microsoft: InProcess, segment: str | None, query: dict[str, str | None], code: str
) -> None:
    answer = await microsoft.client.get(consent_url(microsoft.contoso, segment, **query))

    assert (answer.status_code, shown_code(answer)) == (400, code)


async def test_people_of_other_tenants_are_refused(microsoft: InProcess) -> None:
    other = str(uuid4())
    stranger = {"userPrincipalName": "eve@fabrikam.example", "directory_roles": [GLOBAL_ADMINISTRATOR]}
    await microsoft.contoso.control("PUT", f"/tenants/{other}", {"domain": "fabrikam.example", "people": [stranger]})

    answer = await sign_in(microsoft.client, consent_url(microsoft.contoso), "eve@fabrikam.example")

    assert shown_code(answer) == "AADSTS50020"


async def test_in_organizations_an_administrator_consents_for_the_tenant_at_home(microsoft: InProcess) -> None:
    other = str(uuid4())
    stranger = {"userPrincipalName": "eve@fabrikam.example", "directory_roles": [GLOBAL_ADMINISTRATOR]}
    await microsoft.contoso.control("PUT", f"/tenants/{other}", {"domain": "fabrikam.example", "people": [stranger]})
    url = consent_url(microsoft.contoso, "organizations")

    await sign_in(microsoft.client, url, "eve@fabrikam.example")
    back = sent_to(await submit(microsoft.client, url, "accept"))

    assert back["tenant"] == other


async def test_a_disabled_account_cannot_sign_in(microsoft: InProcess) -> None:
    answer = await sign_in(microsoft.client, consent_url(microsoft.contoso), "gone@contoso.example")

    assert shown_code(answer) == "AADSTS50057"


async def test_a_tenant_can_refuse_every_consent_with_a_code(microsoft: InProcess) -> None:
    await rule(microsoft, consent_refusal=900941)
    url = consent_url(microsoft.contoso)
    await sign_in(microsoft.client, url, ADMIN)

    assert shown_code(await submit(microsoft.client, url, "accept")) == "AADSTS900941"


@pytest.mark.parametrize("before", ["token_without_roles", "no_service_principal"])
async def test_a_grant_shows_only_after_it_has_spread(microsoft: InProcess, before: str) -> None:
    await rule(microsoft, propagation_seconds=60, before_propagation=before)
    url = consent_url(microsoft.contoso)
    await sign_in(microsoft.client, url, ADMIN)
    await submit(microsoft.client, url, "accept")

    early = await ask_token(microsoft)
    microsoft.clock.advance(timedelta(seconds=60))
    late = await ask_token(microsoft)

    if before == "token_without_roles":
        assert "roles" not in claims_of(early)
    else:
        assert early.json()["error_codes"] == [7000229]
    assert claims_of(late)["roles"] == ROLES
