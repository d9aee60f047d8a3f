"""The stand-in's directory and Entra answers against the documented shapes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.assertions import ask_token, bearer
from tests.contract.browsing import VERIFIER, consent_url, sent_to, sign_in, sign_in_url, submit
from tests.contract.shapes import faults, shape_of
from tests.contract.shapes.__main__ import main
from tests.contract.standin import GLOBAL_ADMINISTRATOR, SIGNED_IN, InProcess, person

ADMIN = "admin@contoso.example"
EVERYTHING = (
    "id,displayName,givenName,surname,jobTitle,mail,mobilePhone,officeLocation,preferredLanguage,userPrincipalName,"
    "accountEnabled,userType,proxyAddresses,otherMails,mailNickname,showInAddressList,createdDateTime,creationType,"
    "externalUserState,assignedLicenses,businessPhones"
)


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    guest = person("guest", userType="Guest", mail=None, proxyAddresses=["smtp:guest@contoso.example"])
    admin = person("admin", directory_roles=[GLOBAL_ADMINISTRATOR])
    await microsoft.contoso.settle([admin, guest, person("ann", accountEnabled=None, userType=None, licensed=False)])
    await microsoft.contoso.grant()


def misfits(url: str, body: Any, method: str = "GET") -> list[str]:
    name = shape_of(method, url)
    assert name is not None
    return list(faults(name, body))


PATHS = [
    "/users",
    "/users?$top=1&$count=true",
    f"/users?$select={EVERYTHING}",
    f"/users/{ADMIN}",
    f"/users/{ADMIN}?$select={EVERYTHING}",
    "/users/delta",
    f"/users/delta?$select={EVERYTHING}",
    "/users/delta?$deltatoken=latest",
]


@pytest.mark.parametrize("path", PATHS)
async def test_a_directory_answer_has_its_documented_shape(microsoft: InProcess, path: str) -> None:
    headers = {**await bearer(microsoft), "ConsistencyLevel": "eventual"}

    answer = await microsoft.client.get(f"/v1.0{path}", headers=headers)

    assert misfits(str(answer.url), answer.json()) == []


async def test_a_removal_has_its_documented_shape(microsoft: InProcess) -> None:
    headers = await bearer(microsoft)
    link = (await microsoft.client.get("/v1.0/users/delta", headers=headers)).json()["@odata.deltaLink"]
    gone = f"/v1.0/users/{ADMIN}?$select=id"
    admin = (await microsoft.client.get(gone, headers=headers)).json()["id"]
    await microsoft.contoso.control("DELETE", f"/tenants/{microsoft.contoso.id}/people/{admin}")

    page = (await microsoft.client.get(link, headers=headers)).json()

    assert page["value"] == [{"id": admin, "@removed": {"reason": "changed"}}]
    assert misfits(link, page) == []


@pytest.mark.parametrize("path", ["/users?$skip=1", "/users/nobody", "/users?$select=skills", "/me"])
async def test_a_refusal_of_graph_has_its_documented_shape(microsoft: InProcess, path: str) -> None:
    answer = await microsoft.client.get(f"/v1.0{path}", headers=await bearer(microsoft))

    assert list(faults("error-envelope.json", answer.json())) == []
    assert answer.json()["error"]["innerError"].keys() == {"date", "request-id", "client-request-id"}


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_scripted_refusal_has_its_documented_shape(microsoft: InProcess, status: int) -> None:
    headers = await bearer(microsoft)
    await microsoft.contoso.control("POST", "/faults", {"answer": {"status": status}})

    graph = await microsoft.client.get("/v1.0/users", headers=headers)
    entra = await ask_token(microsoft)

    assert list(faults("error-envelope.json", graph.json())) == []
    assert list(faults("token-error.json", entra.json())) == []


SEGMENTS = ["contoso.example", "organizations", "common"]


@pytest.mark.parametrize("segment", SEGMENTS)
async def test_metadata_and_keys_have_their_documented_shape(microsoft: InProcess, segment: str) -> None:
    metadata = await microsoft.client.get(f"/{segment}/v2.0/.well-known/openid-configuration")
    keys = await microsoft.client.get(metadata.json()["jwks_uri"])

    assert misfits(str(metadata.url), metadata.json()) == []
    assert misfits(str(keys.url), keys.json()) == []


async def test_the_issuer_is_the_tenants_or_a_template(microsoft: InProcess) -> None:
    base = microsoft.contoso.base_url
    url = "/{}/v2.0/.well-known/openid-configuration"

    own = (await microsoft.client.get(url.format("contoso.example"))).json()
    shared = (await microsoft.client.get(url.format("organizations"))).json()
    unknown = await microsoft.client.get(url.format("nobody.example"))

    assert own["issuer"] == f"{base}/{microsoft.contoso.id}/v2.0"
    assert own["token_endpoint"] == f"{base}/{microsoft.contoso.id}/oauth2/v2.0/token"
    assert shared["issuer"] == f"{base}/{{tenantid}}/v2.0"
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_tenant")


async def test_one_key_may_sign_for_personal_accounts_only(microsoft: InProcess) -> None:
    keys = (await microsoft.client.get("/common/discovery/v2.0/keys")).json()["keys"]

    fixed = [key for key in keys if "{tenantid}" not in key["issuer"]]
    assert [key["issuer"].split("/")[-2] for key in fixed] == ["9188040d-6c67-4c5b-b112-36a304b66dad"]


async def test_tokens_and_their_refusals_have_their_documented_shape(microsoft: InProcess) -> None:
    granted, refused = await ask_token(microsoft), await ask_token(microsoft, scope=None)
    code = sent_to(await sign_in(microsoft.client, sign_in_url(microsoft.contoso), ADMIN))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": SIGNED_IN, "code_verifier": VERIFIER}
    signed_in = await ask_token(microsoft, **form)

    assert misfits(microsoft.contoso.token_url, granted.json(), "POST") == []
    assert misfits(microsoft.contoso.token_url, signed_in.json(), "POST") == []
    assert list(faults("token-error.json", refused.json())) == []


async def test_the_ways_back_to_the_app_have_their_documented_shapes(microsoft: InProcess) -> None:
    consent, proof = consent_url(microsoft.contoso), sign_in_url(microsoft.contoso)
    await sign_in(microsoft.client, consent, ADMIN)

    declined = sent_to(await submit(microsoft.client, consent, "cancel"))
    granted = sent_to(await submit(microsoft.client, consent, "accept"))
    signed_in = sent_to(await microsoft.client.get(proof))
    cancelled = sent_to(await submit(microsoft.client, proof, "cancel"))

    assert list(faults("redirect-consent-error.json", declined)) == []
    assert list(faults("redirect-consent.json", granted)) == []
    assert list(faults("redirect-code.json", signed_in)) == []
    assert list(faults("redirect-error.json", cancelled)) == []


EXAMPLES: list[tuple[dict[str, Any], int]] = [
    (
        {
            "request": {"method": "GET", "url": "https://graph.example/v1.0/users"},
            "response": {"status": 200, "body": {}},
        },
        1,
    ),
    ({"response": {"status": 429, "body": {"error": {"code": "TooManyRequests", "message": ""}}}}, 0),
    ({"redirect_error": "GET http://localhost?error=access_denied"}, 1),
    ({"unrelated": 1}, 1),
]


@pytest.mark.parametrize(("example", "exit_code"), EXAMPLES)
def test_an_example_that_does_not_fit_fails_the_check(tmp_path: Path, example: dict[str, Any], exit_code: int) -> None:
    (tmp_path / "example.json").write_text(json.dumps(example))

    assert main(tmp_path) == exit_code
