"""Orgcal's adapter for people's own sign-ins, against the running stand-in."""

import asyncio
from threading import get_ident
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msal
import pytest

from shared_code.adapters.entra.refreshing import GRAPH_SCOPES
from shared_code.core.ids import TenantId
from shared_code.errors import Forged, SignInRefused, TryLater
from tests.contract.personal import PERSONAL_ACCOUNTS
from tests.contract.personal_entra import CHALLENGE, NONCE, VERIFIER, PersonalEntra, entra
from tests.contract.standin import GLOBAL_ADMINISTRATOR, person

__all__ = ["entra"]


@pytest.mark.parametrize("kind", ["work", "outlook"])
async def test_a_code_of_whoever_signs_in_becomes_a_proof_with_a_refresh_token(entra: PersonalEntra, kind: str) -> None:
    ids, account = await entra.settle(), str(getattr(entra, kind))

    proof = await entra.authority.redeem(await entra.code(account), VERIFIER, NONCE)

    home = PERSONAL_ACCOUNTS if kind == "outlook" else entra.contoso.id
    assert (proof.tenant, proof.user_id, proof.account) == (home, ids[account], account)
    assert await refreshes(entra, proof.tenant, proof.refresh_token.reveal())


async def test_a_code_works_once_and_says_so(entra: PersonalEntra) -> None:
    await entra.settle()
    code = await entra.code(entra.outlook)
    await entra.authority.redeem(code, VERIFIER, NONCE)

    with pytest.raises(SignInRefused) as caught:
        await entra.authority.redeem(code, VERIFIER, NONCE)

    assert (caught.value.error, caught.value.code) == ("invalid_grant", 54005)


async def test_another_verifier_does_not_redeem_a_code(entra: PersonalEntra) -> None:
    await entra.settle()
    code = await entra.code(entra.work)

    with pytest.raises(SignInRefused) as caught:
        await entra.authority.redeem(code, VERIFIER[::-1], NONCE)

    assert caught.value.code == 501481


async def test_another_nonce_is_forged(entra: PersonalEntra) -> None:
    await entra.settle()
    code = await entra.code(entra.outlook)

    with pytest.raises(Forged) as caught:
        await entra.authority.redeem(code, VERIFIER, "another")

    assert caught.value.reason == "nonce"


async def test_what_a_tenant_refuses_at_the_redemption_is_passed_on(entra: PersonalEntra) -> None:
    await entra.settle()
    code = await entra.code(entra.work)
    path = f"/tenants/{entra.contoso.id}/people/{entra.work}"
    await entra.contoso.control("PATCH", path, {"accountEnabled": False})

    with pytest.raises(SignInRefused) as caught:
        await entra.authority.redeem(code, VERIFIER, NONCE)

    assert caught.value.code == 50057


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 429, "retry_after": 7}, {"drop_connection": True}])
async def test_a_passing_fault_is_tried_later(entra: PersonalEntra, answer: dict[str, object]) -> None:
    await entra.settle()
    code = await entra.code(entra.work)
    await entra.fault(answer)

    with pytest.raises(TryLater):
        await entra.authority.redeem(code, VERIFIER, NONCE)


async def test_microsofts_library_which_waits_for_its_answers_keeps_nobody_else_waiting(entra: PersonalEntra) -> None:
    threads: list[int] = []

    def acquire(_: msal.ConfidentialClientApplication) -> dict[str, Any]:
        threads.append(get_ident())
        return {}

    await entra.authority.codes.ask("common", acquire)

    assert len(threads) == 1
    assert get_ident() not in threads  # of the event loop


def test_the_address_asks_for_five_scopes_and_which_account(entra: PersonalEntra) -> None:
    url = urlsplit(entra.authority.sign_in_url("a state&more", NONCE, CHALLENGE, "zoe@outlook.com"))

    asked = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/common/oauth2/v2.0/authorize"
    assert asked["scope"] == "offline_access openid profile User.Read Calendars.ReadWrite"
    assert (asked["prompt"], asked["login_hint"]) == ("select_account", "zoe@outlook.com")
    assert (asked["code_challenge_method"], asked["response_mode"]) == ("S256", "query")
    assert (asked["state"], asked["nonce"]) == ("a state&more", NONCE)


async def test_an_administrator_allows_the_app_for_everybody(entra: PersonalEntra) -> None:
    await entra.settle()
    admin = person(f"admin-{entra.name}", directory_roles=[GLOBAL_ADMINISTRATOR])
    await entra.contoso.control("PUT", f"/tenants/{entra.contoso.id}/people/{admin['id']}", admin)
    url = entra.authority.consent_url(TenantId(entra.contoso.id))
    entra.contoso.client.cookies.clear()

    await entra.contoso.client.post(url, data={"action": "sign_in", "account": admin["userPrincipalName"]})
    granted = await entra.contoso.client.post(url, data={"action": "accept"})
    asked = await entra.contoso.client.post(
        entra.authority.sign_in_url("s", NONCE, CHALLENGE, None), data={"action": "sign_in", "account": entra.work}
    )

    assert "error" not in granted.headers["location"]
    assert "code=" in asked.headers["location"], "nobody is asked for a consent any more"


async def refreshes(entra: PersonalEntra, tenant: str, token: str) -> bool:
    """Whether Microsoft takes the refresh token for another access token."""
    credential = await entra.authority.codes.credentials.for_msal()
    answer = await asyncio.to_thread(_refresh, entra, f"{entra.contoso.base_url}/{tenant}", credential, token)
    return "access_token" in answer


def _refresh(entra: PersonalEntra, authority: str, credential: dict[str, Any], token: str) -> dict[str, Any]:
    app = msal.ConfidentialClientApplication(
        entra.client_id, client_credential=credential, authority=authority, instance_discovery=False
    )
    return dict(app.acquire_token_by_refresh_token(token, scopes=list(GRAPH_SCOPES)))
