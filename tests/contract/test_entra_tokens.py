"""The token endpoint for client credentials: what it takes, what it refuses, and in which words."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from tests.contract.assertions import ask_token, assertion, claims_of
from tests.contract.standin import ROLES, InProcess, make_certificate, person


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    await microsoft.contoso.settle([person("ann")])


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
async def test_a_certificate_assertion_brings_a_token_with_the_granted_roles(
    microsoft: InProcess, algorithm: str
) -> None:
    await microsoft.contoso.grant()

    answer = await ask_token(microsoft, client_assertion=assertion(microsoft, algorithm=algorithm))

    assert answer.status_code == 200
    assert answer.json().keys() == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    claims = claims_of(answer)
    assert claims["roles"] == ROLES
    assert (claims["tid"], claims["appid"], claims["idtyp"]) == (
        microsoft.contoso.id,
        microsoft.contoso.client_id,
        "app",
    )


async def test_the_token_verifies_with_the_published_keys(microsoft: InProcess) -> None:
    await microsoft.contoso.grant()
    token = (await ask_token(microsoft)).json()["access_token"]
    keys = (await microsoft.client.get(f"/{microsoft.contoso.id}/discovery/v2.0/keys")).json()["keys"]

    key = next(each for each in keys if each["kid"] == jwt.get_unverified_header(token)["kid"])
    verified = jwt.decode(token, jwt.PyJWK(key), ["RS256"], audience="https://graph.microsoft.com", options=NO_TIMES)

    assert verified["tid"] == microsoft.contoso.id


async def test_a_token_without_grant_has_no_roles(microsoft: InProcess) -> None:
    await microsoft.contoso.control(
        "PUT", f"/tenants/{microsoft.contoso.id}/consents/{microsoft.contoso.client_id}", {"roles": []}
    )

    assert "roles" not in claims_of(await ask_token(microsoft))


async def test_the_lifetime_of_tokens_is_a_setting(microsoft: InProcess) -> None:
    await microsoft.contoso.grant()
    await microsoft.contoso.control("PATCH", "/settings", {"token_lifetime_seconds": 120})

    answer = await ask_token(microsoft)

    assert answer.json()["expires_in"] == 120
    assert claims_of(answer)["exp"] == microsoft.clock.now().timestamp() + 120


ASSERTION_FAULTS: list[tuple[dict[str, Any], int]] = [
    ({"iss": str(uuid4())}, 50048),
    ({"sub": str(uuid4())}, 50048),
    ({"aud": "https://127.0.0.1:7443/other/oauth2/v2.0/token"}, 700023),
    ({"jti": None}, 50027),
    ({"nbf": None}, 700024),
    ({"exp": datetime(2026, 11, 21, 8, tzinfo=UTC)}, 700024),
    ({"nbf": datetime(2026, 11, 21, 10, tzinfo=UTC)}, 700024),
]


@pytest.mark.parametrize(("claims", "code"), ASSERTION_FAULTS)
async def test_an_assertion_with_a_wrong_claim_is_refused(
    microsoft: InProcess, claims: dict[str, Any], code: int
) -> None:
    await microsoft.contoso.grant()

    answer = await ask_token(microsoft, client_assertion=assertion(microsoft, **claims))

    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (401, "invalid_client", [code])


async def test_a_certificate_that_is_not_registered_is_refused(microsoft: InProcess) -> None:
    await microsoft.contoso.grant()

    answer = await ask_token(microsoft, client_assertion=assertion(microsoft, certificate=make_certificate()))

    assert answer.json()["error_codes"] == [700027]
    assert "[Reason - The key was not found.]" in answer.json()["error_description"]


async def test_another_keys_signature_under_a_registered_name_is_refused(microsoft: InProcess) -> None:
    await microsoft.contoso.grant()
    forged = assertion(microsoft, certificate=make_certificate(), named_as=microsoft.contoso.certificate)

    answer = await ask_token(microsoft, client_assertion=forged)

    assert (answer.status_code, answer.json()["error_codes"]) == (401, [700027])


async def test_an_expired_certificate_is_refused_with_its_own_reason(microsoft: InProcess) -> None:
    old = make_certificate(days=30)
    await microsoft.contoso.register(certificates=[old.public_pem])
    await microsoft.contoso.grant()

    answer = await ask_token(microsoft, client_assertion=assertion(microsoft, certificate=old))

    assert "[Reason - The key used is expired.]" in answer.json()["error_description"]


async def test_a_malformed_assertion_is_refused(microsoft: InProcess) -> None:
    answer = await ask_token(microsoft, client_assertion="not.a.token")

    assert (answer.status_code, answer.json()["error_codes"]) == (401, [50027])


async def test_an_assertion_stays_good_when_only_the_stacks_clock_moved(microsoft: InProcess) -> None:
    await microsoft.contoso.grant()
    dated_by_the_machine = assertion(microsoft)
    microsoft.clock.advance(timedelta(days=2))

    assert (await ask_token(microsoft, client_assertion=dated_by_the_machine)).status_code == 200


REQUEST_FAULTS: list[tuple[dict[str, str | None], int, str, int]] = [
    ({"client_secret": "hunter2"}, 401, "invalid_client", 7000215),
    ({"client_assertion": None}, 401, "invalid_client", 7000218),
    ({"client_assertion_type": "jwt"}, 400, "invalid_request", 900144),
    ({"client_id": None}, 400, "invalid_request", 900144),
    ({"client_id": "00000000-aaaa-4bbb-8ccc-000000000000"}, 400, "unauthorized_client", 700016),
    ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ({"scope": None}, 400, "invalid_request", 900144),
    ({"scope": "https://graph.microsoft.com/User.Read.All"}, 400, "invalid_scope", 70011),
    ({"scope": "https://graph.microsoft.com/.default https://other.example/.default"}, 400, "invalid_scope", 700022),
    ({"scope": "https://other.example/.default"}, 400, "invalid_resource", 500011),
]


@pytest.mark.parametrize(("form", "status", "error", "code"), REQUEST_FAULTS)
async def test_a_wrong_token_request_is_refused(
    microsoft: InProcess, form: dict[str, str | None], status: int, error: str, code: int
) -> None:
    answer = await ask_token(microsoft, **form)

    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (status, error, [code])


SEGMENT_FAULTS = [("common", 9001023), ("consumers", 9001023), ("organizations", 50059), (str(uuid4()), 90002)]


@pytest.mark.parametrize(("segment", "code"), SEGMENT_FAULTS)
async def test_app_only_tokens_want_a_real_tenant_in_the_path(microsoft: InProcess, segment: str, code: int) -> None:
    url = f"{microsoft.contoso.base_url}/{segment}/oauth2/v2.0/token"

    answer = await ask_token(microsoft, url)

    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
        400,
        "invalid_request",
        [code],
    )


async def test_a_tenant_that_never_consented_has_no_service_principal(microsoft: InProcess) -> None:
    answer = await ask_token(microsoft)

    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
        401,
        "invalid_client",
        [7000229],
    )


async def test_a_disabled_enterprise_app_gets_no_token(microsoft: InProcess) -> None:
    contoso = microsoft.contoso
    await contoso.grant()
    await contoso.control("PATCH", f"/tenants/{contoso.id}/consents/{contoso.client_id}", {"disabled": True})

    answer = await ask_token(microsoft)

    assert (answer.json()["error"], answer.json()["error_codes"]) == ("unauthorized_client", [7000112])


async def test_a_federated_assertion_is_taken_only_as_registered(microsoft: InProcess) -> None:
    contoso = microsoft.contoso
    issuer = f"{contoso.base_url}/{contoso.id}/v2.0"
    await contoso.register(federated_credentials=[{"issuer": issuer, "subject": "Identity-1"}])
    await contoso.grant()
    path = f"/tenants/{contoso.id}/managed-identity-tokens"
    right = await contoso.control("POST", path, {"subject": "Identity-1"})
    other_case = await contoso.control("POST", path, {"subject": "identity-1"})

    accepted = await ask_token(microsoft, client_assertion=right["assertion"])
    refused = await ask_token(microsoft, client_assertion=other_case["assertion"])

    assert accepted.status_code == 200
    assert (refused.status_code, refused.json()["error_codes"]) == (401, [700213])


async def test_every_refusal_ends_with_the_three_traces(microsoft: InProcess) -> None:
    body = (await ask_token(microsoft, scope=None)).json()

    traces = body["error_description"].split("\r\n")[1:]
    ids = [f"Trace ID: {body['trace_id']}", f"Correlation ID: {body['correlation_id']}"]
    assert traces == [*ids, "Timestamp: 2026-11-21 09:00:00Z"]


NO_TIMES: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
