"""Refresh tokens: handed on, grown old, and taken away, for work and for personal accounts."""

from datetime import timedelta
from uuid import uuid4

import pytest

from tests.contract.personal import OUTLOOK, PERSONAL_ACCOUNTS, PersonalApp
from tests.contract.standin import person
from tests.contract.test_entra_personal import ANN, VIEW, app, connected, read, refreshed, refusal

__all__ = ["app"]  # a fixture

EXPIRED = (400, "invalid_grant", [70000], "bad_token")


def home_of(app: PersonalApp, account: str) -> str:
    return PERSONAL_ACCOUNTS if account == OUTLOOK else app.contoso.id


async def happened(app: PersonalApp, account: str, what: str) -> None:
    path = f"/tenants/{home_of(app, account)}/people/{account}/sign-ins"
    await app.contoso.control("POST", path, {"happened": what})


@pytest.mark.parametrize("account", [ANN, OUTLOOK])
async def test_every_use_hands_out_a_new_token_and_the_old_one_stays_good(app: PersonalApp, account: str) -> None:
    first = (await connected(app, account)).json()["refresh_token"]

    second = (await refreshed(app, first)).json()
    third = (await refreshed(app, first)).json()

    assert len({first, second["refresh_token"], third["refresh_token"]}) == 3
    assert (await read(app, VIEW, third["access_token"])).status_code == 200


@pytest.mark.parametrize(("account", "expected"), [(ANN, (400, "invalid_grant", [700082], None)), (OUTLOOK, EXPIRED)])
async def test_a_token_that_nobody_used_for_ninety_days_is_too_old(
    app: PersonalApp, account: str, expected: tuple[object, ...]
) -> None:
    first = (await connected(app, account)).json()["refresh_token"]
    app.microsoft.clock.advance(timedelta(days=89))
    second = (await refreshed(app, first)).json()["refresh_token"]
    app.microsoft.clock.advance(timedelta(days=1))

    assert refusal(await refreshed(app, first)) == expected
    assert (await refreshed(app, second)).status_code == 200


ENDINGS = [
    (ANN, "revoked", 50173),
    (ANN, "password_reset", 50173),
    (ANN, "password_changed", None),
    (OUTLOOK, "revoked", 70000),
    (OUTLOOK, "password_changed", 70000),
]


@pytest.mark.parametrize(("account", "what", "code"), ENDINGS)
async def test_what_ends_a_sign_in_ends_its_refresh_tokens(
    app: PersonalApp, account: str, what: str, code: int | None
) -> None:
    token = (await connected(app, account)).json()["refresh_token"]
    app.microsoft.clock.advance(timedelta(minutes=1))

    await happened(app, account, what)
    answer = await refreshed(app, token)

    assert answer.json().get("error_codes") == ([code] if code else None)
    app.microsoft.clock.advance(timedelta(minutes=1))
    assert "refresh_token" in (await connected(app, account)).json()


async def test_a_guests_tokens_are_ended_where_the_guest_is_at_home(app: PersonalApp) -> None:
    home, here = str(uuid4()), app.contoso.id
    eve = {"userPrincipalName": "eve@fabrikam.example"}
    await app.contoso.control("PUT", f"/tenants/{home}", {"domain": "fabrikam.example", "people": [eve]})
    guest = person("guest", userType="Guest", home_tenant=home, mail="eve@fabrikam.example")
    await app.contoso.control("POST", f"/tenants/{here}/people", [guest])
    token = (await connected(app, "eve@fabrikam.example", here)).json()["refresh_token"]
    app.microsoft.clock.advance(timedelta(minutes=1))
    ending = {"happened": "revoked"}

    await app.contoso.control("POST", f"/tenants/{here}/people/{guest['id']}/sign-ins", ending)
    ended_here = await refreshed(app, token, here)
    await app.contoso.control("POST", f"/tenants/{home}/people/eve@fabrikam.example/sign-ins", ending)
    ended_at_home = await refreshed(app, token, here)

    assert ended_here.status_code == 200
    assert ended_at_home.json()["error_codes"] == [50173]


@pytest.mark.parametrize(
    ("account", "expected"), [(ANN, (400, "invalid_grant", [65001], "consent_required")), (OUTLOOK, EXPIRED)]
)
async def test_a_person_can_take_their_consent_back(
    app: PersonalApp, account: str, expected: tuple[object, ...]
) -> None:
    token = (await connected(app, account)).json()["refresh_token"]

    await app.contoso.control("DELETE", f"/tenants/{home_of(app, account)}/people/{account}/consents/{app.client_id}")

    assert refusal(await refreshed(app, token)) == expected


async def test_deleting_the_enterprise_app_takes_the_consent_away(app: PersonalApp) -> None:
    token = (await connected(app, ANN)).json()["refresh_token"]

    await app.contoso.control("DELETE", f"/tenants/{app.contoso.id}/consents/{app.client_id}")

    assert refusal(await refreshed(app, token)) == (400, "invalid_grant", [65001], "consent_required")


@pytest.mark.parametrize(("account", "expected"), [(ANN, (400, "invalid_grant", [50057], None)), (OUTLOOK, EXPIRED)])
async def test_a_disabled_account_gets_nothing_more(
    app: PersonalApp, account: str, expected: tuple[object, ...]
) -> None:
    token = (await connected(app, account)).json()["refresh_token"]

    path = f"/tenants/{home_of(app, account)}/people/{account}"
    await app.contoso.control("PATCH", path, {"accountEnabled": False})

    assert refusal(await refreshed(app, token)) == expected


async def test_a_sign_in_can_be_too_long_ago(app: PersonalApp) -> None:
    token = (await connected(app, ANN)).json()["refresh_token"]
    await app.contoso.control("PATCH", f"/tenants/{app.contoso.id}", {"sign_in_frequency_seconds": 3600})
    app.microsoft.clock.advance(timedelta(minutes=30))
    newer = (await refreshed(app, token)).json()["refresh_token"]

    app.microsoft.clock.advance(timedelta(minutes=30))

    assert (await refreshed(app, newer)).json()["error_codes"] == [70043]


async def test_personal_accounts_can_be_refused_at_common_and_served_at_consumers(app: PersonalApp) -> None:
    token = (await connected(app, OUTLOOK)).json()["refresh_token"]

    await app.contoso.control("PATCH", "/settings", {"personal_refresh_over_common": False})

    assert refusal(await refreshed(app, token)) == EXPIRED
    assert (await refreshed(app, token, "consumers")).status_code == 200


async def test_a_made_up_token_is_malformed(app: PersonalApp) -> None:
    assert refusal(await refreshed(app, "1.made-up")) == (400, "invalid_grant", [9002313], None)


async def test_another_apps_token_is_refused(app: PersonalApp) -> None:
    token = (await connected(app, ANN)).json()["refresh_token"]
    other = PersonalApp(app.microsoft)
    await other.register()

    assert (await refreshed(other, token)).json()["error"] == "invalid_grant"
