"""What only the real authority can get wrong, against the running stand-in for Entra."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from shared_code.adapters.entra.credentials import Credentials
from shared_code.core.ids import TenantId
from shared_code.core.secret import Secret
from shared_code.errors import Disconnected, Forged, Throttled, TryLater
from tests.contract.adapters import (
    Adapters,
    adapters,
    assembled,
    certificate_credentials,
    federated_credentials,
    settings_for,
)
from tests.contract.standin import CALLBACK, GLOBAL_ADMINISTRATOR, ROLES, Contoso, Running, make_certificate, person

__all__ = ["adapters"]

NONCE = "n-0S6_WzA2Mj"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@pytest.fixture
async def admin(adapters: Adapters) -> dict[str, Any]:
    """A person of this test's tenant only; the stand-in is shared, and an account is looked for everywhere."""
    somebody = person(f"admin-{adapters.tenant}", directory_roles=[GLOBAL_ADMINISTRATOR], app_roles=["Connect"])
    await adapters.contoso.control("PUT", f"/tenants/{adapters.tenant}/people/{somebody['id']}", somebody)
    return somebody


@pytest.fixture
async def code(adapters: Adapters, admin: dict[str, Any]) -> str:
    """Of an administrator who has just signed in."""
    return await adapters.sign_in(admin["userPrincipalName"], NONCE, CHALLENGE)


async def test_a_disabled_enterprise_app_disconnects(adapters: Adapters) -> None:
    path = f"/tenants/{adapters.tenant}/consents/{adapters.contoso.client_id}"
    await adapters.contoso.control("PATCH", path, {"disabled": True})

    with pytest.raises(Disconnected) as caught:
        await adapters.authority.read_grant(adapters.tenant)

    assert caught.value.reason == "app_disabled"


async def test_a_tenant_that_does_not_exist_disconnects(adapters: Adapters) -> None:
    with pytest.raises(Disconnected) as caught:
        await adapters.authority.read_grant(TenantId("99999999-9999-4999-8999-999999999999"))

    assert caught.value.reason == "tenant_not_found"


async def test_a_certificate_that_is_not_registered_is_refused(adapters: Adapters, running: Running) -> None:
    other = make_certificate()
    pem = Secret(other.private_pem + other.public_pem)
    credentials = certificate_credentials(adapters.contoso, running, pem)

    async with assembled(adapters.contoso, running, credentials) as stranger:
        with pytest.raises(Disconnected) as caught:
            await stranger.authority.read_grant(adapters.tenant)

    assert caught.value.reason == "credential_refused"


async def _federate(contoso: Contoso, running: Running, subject: str) -> Credentials:
    issuer = f"{contoso.base_url}/{contoso.id}/v2.0"
    trusted = [{"issuer": issuer, "subject": "identity-1", "audience": "api://AzureADTokenExchange"}]
    await contoso.register(certificates=[], federated_credentials=trusted)
    return federated_credentials(contoso, running, subject, settings_for(contoso).endpoints)


async def test_a_managed_identity_gets_tokens_and_redeems_codes(
    adapters: Adapters, running: Running, code: str, admin: dict[str, Any]
) -> None:
    credentials = await _federate(adapters.contoso, running, "identity-1")

    async with assembled(adapters.contoso, running, credentials) as federated:
        roles = (await federated.authority.read_grant(adapters.tenant)).roles
        proof = await federated.authority.redeem(adapters.tenant, code, VERIFIER, NONCE)

    assert roles == frozenset(ROLES)
    assert proof.user_id == admin["id"]


async def test_a_managed_identity_that_is_not_trusted_is_refused(adapters: Adapters, running: Running) -> None:
    credentials = await _federate(adapters.contoso, running, "identity-2")

    async with assembled(adapters.contoso, running, credentials) as federated:
        with pytest.raises(Disconnected) as caught:
            await federated.authority.read_grant(adapters.tenant)

    assert caught.value.reason == "credential_refused"


async def test_conditional_access_disconnects(adapters: Adapters) -> None:
    await adapters.fault({"kind": "token"}, {"status": 400, "code": "AADSTS53003"})

    with pytest.raises(Disconnected) as caught:
        await adapters.authority.read_grant(adapters.tenant)

    assert caught.value.reason == "conditional_access"


@pytest.mark.parametrize("answer", [{"status": 503}, {"drop_connection": True}, {"status": 400}])
async def test_a_passing_fault_of_entra_is_tried_later_and_not_at_once(
    adapters: Adapters, answer: dict[str, Any]
) -> None:
    await adapters.fault({"kind": "token"}, answer)

    with pytest.raises(TryLater):
        await adapters.authority.read_grant(adapters.tenant)

    assert len(await adapters.requests("token")) == 1


async def test_entra_throttles_the_whole_tenant(adapters: Adapters) -> None:
    await adapters.fault({"kind": "token"}, {"status": 429, "retry_after": 17})

    with pytest.raises(Throttled) as caught:
        await adapters.authority.read_grant(adapters.tenant)

    assert caught.value.whole_tenant
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 17


async def test_the_consent_address_asks_for_everything_registered_at_the_home_of_whoever_signs_in(
    adapters: Adapters,
) -> None:
    url = urlsplit(adapters.authority.admin_consent_url("a state"))

    assert url.path == "/organizations/v2.0/adminconsent"
    assert parse_qs(url.query) == {
        "client_id": [adapters.contoso.client_id],
        "scope": [f"{adapters.contoso.base_url}/.default"],
        "redirect_uri": [CALLBACK],
        "state": ["a state"],
    }


async def test_absent_directory_roles_are_told_from_empty_ones(adapters: Adapters, code: str) -> None:
    await adapters.contoso.register(group_membership_claims=None)

    proof = await adapters.authority.redeem(adapters.tenant, code, VERIFIER, NONCE)

    assert proof.directory_roles is None


async def test_a_consent_that_has_not_spread_yet_is_told_apart(adapters: Adapters, code: str) -> None:
    await adapters.fault({"kind": "token"}, {"status": 400, "code": "AADSTS65001"})

    with pytest.raises(Disconnected) as caught:
        await adapters.authority.redeem(adapters.tenant, code, VERIFIER, NONCE)

    assert caught.value.reason == "consent_missing"


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        ({"key": "personal"}, "key_issuer"),
        ({"key": "unpublished"}, "key"),
        ({"key": "impostor"}, "signature"),
        ({"algorithm": "none"}, "algorithm"),
        ({"claims": {"aud": "another app"}}, "audience"),
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"exp": 1_700_000_000}}, "expired"),
        ({"remove": ["tid"]}, "claims"),
        ({"remove": ["oid"]}, "claims"),
    ],
)
async def test_a_forged_id_token_is_refused(
    adapters: Adapters, code: str, forgery: dict[str, Any], reason: str
) -> None:
    await adapters.contoso.control("PUT", "/id-tokens", forgery)

    try:
        with pytest.raises(Forged) as caught:
            await adapters.authority.redeem(adapters.tenant, code, VERIFIER, NONCE)
    finally:
        await adapters.contoso.control("DELETE", "/id-tokens")

    assert caught.value.reason == reason
