"""`/users` and `/users/{id}`: paging, selection, filters, and what is refused."""

import itertools
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest

from tests.contract.assertions import ask_token, bearer
from tests.contract.standin import InProcess, person


def people() -> list[dict[str, Any]]:
    crowd = [person(f"user{number:03}", mail=f"user{number:03}@contoso.example") for number in range(250)]
    return [
        person(
            "ann", mail="Ann@contoso.example", proxyAddresses=["SMTP:Ann@contoso.example", "smtp:a.lee@contoso.example"]
        ),
        person("o'hara", mail="o'hara@contoso.example"),
        person("twin1", mail="shared@contoso.example"),
        person("twin2", mail="shared@contoso.example", accountEnabled=False),
        person("guest", userType="Guest", mail="eve@fabrikam.example"),
        *crowd,
    ]


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    await microsoft.contoso.settle(people())
    await microsoft.contoso.grant()


async def get(microsoft: InProcess, path: str, **headers: str) -> httpx.Response:
    url = path if path.startswith("https") else f"{microsoft.contoso.base_url}/v1.0{path}"
    return await microsoft.client.get(url, headers={**await bearer(microsoft), **headers})


async def names(microsoft: InProcess, filter_text: str) -> list[str]:
    answer = await get(microsoft, f"/users?$select=userPrincipalName&$filter={quote(filter_text)}")
    assert answer.status_code == 200, answer.text
    return [each["userPrincipalName"].partition("@")[0] for each in answer.json()["value"]]


async def test_pages_follow_each_other_without_a_gap(microsoft: InProcess) -> None:
    sizes, seen, link = [], [], "/users?$select=id,mail&$top=99"
    while link:
        page = (await get(microsoft, link)).json()
        sizes.append(len(page["value"]))
        seen += [each["id"] for each in page["value"]]
        link = page.get("@odata.nextLink", "")

    assert sizes == [99, 99, 57]
    assert len(set(seen)) == 255


async def test_a_page_holds_100_people_and_the_default_properties(microsoft: InProcess) -> None:
    page = (await get(microsoft, "/users")).json()

    assert len(page["value"]) == 100
    assert page["@odata.context"].endswith("/v1.0/$metadata#users")
    assert set(page["value"][0]) == {
        "businessPhones",
        "displayName",
        "givenName",
        "id",
        "jobTitle",
        "mail",
        "mobilePhone",
        "officeLocation",
        "preferredLanguage",
        "surname",
        "userPrincipalName",
    }


async def test_selected_properties_come_alone(microsoft: InProcess) -> None:
    page = (await get(microsoft, "/users?$select=accountEnabled,userType,proxyAddresses&$top=1")).json()

    assert page["value"] == [
        {
            "accountEnabled": True,
            "userType": "Member",
            "proxyAddresses": ["SMTP:Ann@contoso.example", "smtp:a.lee@contoso.example"],
        }
    ]


async def test_people_who_leave_between_two_pages_shift_nobody(microsoft: InProcess) -> None:
    first = (await get(microsoft, "/users?$select=id&$top=100")).json()
    gone = first["value"][0]["id"]
    await microsoft.contoso.control("DELETE", f"/tenants/{microsoft.contoso.id}/people/{gone}")

    second = (await get(microsoft, first["@odata.nextLink"])).json()

    assert len(second["value"]) == 100
    assert not {each["id"] for each in first["value"]} & {each["id"] for each in second["value"]}


FILTERS = [
    ("mail eq 'ANN@contoso.example'", ["ann"]),
    ("mail eq 'shared@contoso.example'", ["twin1", "twin2"]),
    ("mail eq 'o''hara@contoso.example'", ["o'hara"]),
    ("userPrincipalName eq 'guest@contoso.example'", ["guest"]),
    ("proxyAddresses/any(x:x eq 'smtp:a.lee@contoso.example')", ["ann"]),
    ("proxyAddresses/any(p:p eq 'SMTP:ANN@contoso.example')", ["ann"]),
    ("mail eq 'shared@contoso.example' and accountEnabled eq true", ["twin1"]),
    ("accountEnabled eq false", ["twin2"]),
    ("userType eq 'Guest'", ["guest"]),
    ("(mail eq 'eve@fabrikam.example' or mail eq 'user007@contoso.example') and userType eq 'Member'", ["user007"]),
    ("mail eq 'nobody@contoso.example'", []),
    ("mail eq 'a.lee@contoso.example'", []),
    ("userPrincipalName eq 'shared@contoso.example'", []),
]


@pytest.mark.parametrize(("text", "expected"), FILTERS)
async def test_filters_find_exactly_whom_they_name(microsoft: InProcess, text: str, expected: list[str]) -> None:
    assert await names(microsoft, text) == expected


async def test_ids_are_found_in_one_request(microsoft: InProcess) -> None:
    some = [each["id"] for each in (await get(microsoft, "/users?$select=id&$top=15")).json()["value"]]
    text = " or ".join(f"id eq '{each}'" for each in some)

    assert len(await names(microsoft, text)) == 15


async def test_a_filter_is_paged_too(microsoft: InProcess) -> None:
    first = (await get(microsoft, "/users?$select=id&$top=200&$filter=userType eq 'Member'")).json()

    second = (await get(microsoft, first["@odata.nextLink"])).json()

    assert (len(first["value"]), len(second["value"])) == (200, 54)


async def test_the_count_wants_its_header_and_stands_on_the_first_page_only(microsoft: InProcess) -> None:
    refused = await get(microsoft, "/users?$count=true")
    first = (await get(microsoft, "/users?$count=true&$top=200", ConsistencyLevel="eventual")).json()
    forgotten = await get(microsoft, first["@odata.nextLink"])
    second = (await get(microsoft, first["@odata.nextLink"], ConsistencyLevel="eventual")).json()

    assert (refused.status_code, first["@odata.count"], forgotten.status_code) == (400, 255, 400)
    assert "@odata.count" not in second


REFUSED = [
    ("$top=0", 400),
    ("$top=1000", 400),
    ("$top=many", 400),
    ("$skip=5", 400),
    ("$top=1&$top=2", 400),
    ("$select=nonsense", 400),
    ("$select=skills", 501),
    ("$select=mailboxSettings", 501),
    ("$select=department", 501),
    ("$orderby=displayName", 501),
    ('$search="displayName:a"', 501),
    ("$filter=mail", 400),
    ("$filter=mail eq ann", 400),
    ("$filter=mail eq 'a' or", 400),
    ("$filter=(mail eq 'a'", 400),
    ("$filter=mail eq 'a' mail eq 'b'", 400),
    ("$filter=nonsense eq 'a'", 400),
    ("$filter=accountEnabled eq 'true'", 400),
    ("$filter=startswith(mail,'a')", 501),
    ("$filter=mail ne 'a'", 501),
    ("$filter=displayName eq 'Ann'", 501),
    ("$filter=" + " or ".join(f"mail eq '{number}'" for number in range(16)), 400),
    ("$skiptoken=made-up", 400),
    ("$count=maybe", 400),
]


@pytest.mark.parametrize(("query", "status"), REFUSED)
async def test_what_graph_does_not_do_is_refused(microsoft: InProcess, query: str, status: int) -> None:
    answer = await get(microsoft, f"/users?{query}")

    assert (answer.status_code, list(answer.json())) == (status, ["error"])


@pytest.mark.parametrize("key", ["id", "userPrincipalName"])
async def test_a_person_is_found_by_id_and_by_name(microsoft: InProcess, key: str) -> None:
    ann = (await get(microsoft, "/users?$select=id,userPrincipalName&$top=1")).json()["value"][0]

    found = (await get(microsoft, f"/users/{ann[key]}?$select=id,mail")).json()

    assert found["@odata.context"].endswith("#users(id,mail)/$entity")
    assert (found["id"], found["mail"]) == (ann["id"], "Ann@contoso.example")


@pytest.mark.parametrize("key", [str(uuid4()), "nobody@contoso.example"])
async def test_an_unknown_person_is_404(microsoft: InProcess, key: str) -> None:
    answer = await get(microsoft, f"/users/{key}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "Request_ResourceNotFound")


async def test_without_the_role_nothing_is_listed(microsoft: InProcess) -> None:
    await microsoft.contoso.grant("Calendars.ReadWrite")

    answer = await get(microsoft, "/users")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Authorization_RequestDenied")


async def test_a_token_opens_only_its_own_tenant(microsoft: InProcess) -> None:
    other = str(uuid4())
    await microsoft.contoso.control("PUT", f"/tenants/{other}", {"domain": "x.example", "people": []})

    assert len((await get(microsoft, "/users?$top=999")).json()["value"]) == 255


async def test_a_deleted_enterprise_app_is_not_known_to_graph_either(microsoft: InProcess) -> None:
    token = await bearer(microsoft)
    contoso = microsoft.contoso
    await contoso.control("DELETE", f"/tenants/{contoso.id}/consents/{contoso.client_id}")

    answer = await microsoft.client.get("/v1.0/users", headers=token)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "Authorization_IdentityNotFound")


async def test_a_token_does_not_outlive_its_enterprise_app(microsoft: InProcess) -> None:
    token = await bearer(microsoft)
    contoso = microsoft.contoso
    await contoso.control("DELETE", f"/tenants/{contoso.id}/consents/{contoso.client_id}")
    await contoso.grant()

    assert (await microsoft.client.get("/v1.0/users", headers=token)).status_code == 401


async def test_an_expired_token_is_401(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PATCH", "/settings", {"token_lifetime_seconds": 0})

    answer = await get(microsoft, "/users")

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert answer.json()["error"]["message"] == "Lifetime validation failed, the token is expired."


TOKENS = ["", "Bearer", "Bearer not.a.token", "Basic YTpi"]


@pytest.mark.parametrize("authorization", TOKENS)
async def test_what_is_no_token_is_401(microsoft: InProcess, authorization: str) -> None:
    answer = await microsoft.client.get("/v1.0/users", headers={"Authorization": authorization})

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "InvalidAuthenticationToken")
    assert "authorization_uri" in answer.headers["www-authenticate"]


async def test_a_token_whose_signature_was_changed_is_401(microsoft: InProcess) -> None:
    token = (await ask_token(microsoft)).json()["access_token"]
    head, claims, signature = token.split(".")
    changed = "".join("A" if letter != "A" else "B" for letter in itertools.islice(signature, 8)) + signature[8:]

    answer = await microsoft.client.get("/v1.0/users", headers={"Authorization": f"Bearer {head}.{claims}.{changed}"})

    assert answer.status_code == 401


async def test_the_client_request_id_comes_back(microsoft: InProcess) -> None:
    answer = await get(microsoft, "/users?$skip=1", **{"client-request-id": "c-1"})

    inner = answer.json()["error"]["innerError"]
    assert (answer.headers["client-request-id"], inner["client-request-id"]) == ("c-1", "c-1")
    assert inner["request-id"] == answer.headers["request-id"]
    assert inner["date"] == "2026-11-21T09:00:00"


UNKNOWN = [
    "/v1.0/me/photo",
    "/v1.0/groups",
    "/v1.0/users/x/messages",
    "/v1.0/$batch",
    "/beta/users",
    "/common/oauth2/token",
]


@pytest.mark.parametrize("path", UNKNOWN)
async def test_what_the_stand_in_does_not_know_is_501(microsoft: InProcess, path: str) -> None:
    answer = await get(microsoft, f"{microsoft.contoso.base_url}{path}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (501, "NotImplemented")
    assert "COVERAGE.md" in answer.json()["error"]["message"]


async def test_a_wrong_method_is_501_too(microsoft: InProcess) -> None:
    answer = await microsoft.client.post("/v1.0/users", headers=await bearer(microsoft), json={})

    assert answer.status_code == 501
