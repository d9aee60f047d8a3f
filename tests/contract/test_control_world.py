"""The control interface: people, tenants, clock, keys; and how plainly it refuses nonsense."""

from typing import Any
from uuid import uuid4

import pytest

from local.microsoft365.seeding import plant
from tests.contract.assertions import ask_token, bearer
from tests.contract.standin import InProcess, person

ANN = person("ann", mail="ann@contoso.example")


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    await microsoft.contoso.settle([ANN])
    await microsoft.contoso.grant()


def path_of(microsoft: InProcess, who: str = ANN["id"]) -> str:
    return f"/control/tenants/{microsoft.contoso.id}/people/{who}"


async def test_the_clock_moves_and_the_world_follows(microsoft: InProcess) -> None:
    before = await microsoft.contoso.control("GET", "/clock")
    after = await microsoft.contoso.control("POST", "/clock", {"advance_seconds": 90})
    exact = await microsoft.contoso.control("POST", "/clock", {"now": "2026-12-01T00:00:00Z"})

    assert (before["now"], after["now"]) == ("2026-11-21T09:00:00Z", "2026-11-21T09:01:30Z")
    assert exact["now"] == "2026-12-01T00:00:00Z"


async def test_a_person_is_shown_edited_and_added(microsoft: InProcess) -> None:
    await microsoft.client.patch(path_of(microsoft), json={"displayName": "Ann Lee", "licensed": False})
    added = str(uuid4())
    await microsoft.client.put(path_of(microsoft, added), json={"userPrincipalName": "new@contoso.example"})

    shown = (await microsoft.client.get(path_of(microsoft))).json()
    listed = await microsoft.client.get("/v1.0/users?$select=id", headers=await bearer(microsoft))

    assert (shown["displayName"], shown["mail"], shown["licensed"]) == ("Ann Lee", "ann@contoso.example", False)
    assert [each["id"] for each in listed.json()["value"]] == [ANN["id"], added]


async def test_many_people_are_added_at_once(microsoft: InProcess) -> None:
    many = [person(f"user{number}") for number in range(30)]

    answer = await microsoft.contoso.control("POST", f"/tenants/{microsoft.contoso.id}/people", many)

    assert answer["ids"] == [each["id"] for each in many]


IMPLAUSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"userPrincipalName": "ann@elsewhere.example"}, "verified domain"),
    ({"userPrincipalName": "ANN@contoso.example"}, "belongs to"),
    ({"userPrincipalName": "x@contoso.example", "colour": "red"}, "colour"),
    ({}, "userPrincipalName"),
    ({"userPrincipalName": 5}, "str"),
]


@pytest.mark.parametrize(("body", "reason"), IMPLAUSIBLE)
async def test_people_whom_entra_would_not_hold_are_refused(
    microsoft: InProcess, body: dict[str, Any], reason: str
) -> None:
    answer = await microsoft.client.put(path_of(microsoft, str(uuid4())), json=body)

    assert answer.status_code == 422
    assert reason in answer.json()["detail"]


@pytest.mark.parametrize("path", [f"/control/tenants/{uuid4()}", f"/control/tenants/contoso.example/people/{uuid4()}"])
async def test_what_is_not_there_is_404(microsoft: InProcess, path: str) -> None:
    assert (await microsoft.client.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["/control/tenants/contoso", "/control/apps/orgcal"])
async def test_tenants_and_apps_are_named_by_guid(microsoft: InProcess, path: str) -> None:
    answer = await microsoft.client.put(path, json={"domain": "x.example"} if "tenants" in path else {"name": "x"})

    assert (answer.status_code, "GUID" in answer.json()["detail"]) == (422, True)


async def test_guests_have_no_mailbox_unless_it_is_said(microsoft: InProcess) -> None:
    plain, licensed = person("g1", userType="Guest"), person("g2", userType="Guest", licensed=True)
    await microsoft.contoso.control("POST", f"/tenants/{microsoft.contoso.id}/people", [plain, licensed])

    shown = [(await microsoft.client.get(path_of(microsoft, each["id"]))).json() for each in (plain, licensed)]

    assert [each["licensed"] for each in shown] == [False, True]


async def test_a_tenants_rules_change_one_by_one(microsoft: InProcess) -> None:
    tenant = f"/tenants/{microsoft.contoso.id}"
    await microsoft.contoso.control("PATCH", tenant, {"propagation_seconds": 5})
    await microsoft.contoso.control("PATCH", tenant, {"declined_as": "access_denied"})

    shown = await microsoft.contoso.control("GET", tenant)

    assert (shown["propagation_seconds"], shown["declined_as"], shown["people_count"]) == (5.0, "access_denied", 1)
    assert shown["verified_domains"] == ["contoso.example"]


async def test_rotated_keys_are_published_and_retired_ones_no_longer(microsoft: InProcess) -> None:
    token = await bearer(microsoft)
    rotated = await microsoft.contoso.control("POST", "/keys/rotate", {})
    still_good = await microsoft.client.get("/v1.0/users", headers=token)
    await microsoft.contoso.control("POST", "/keys/rotate", {"retire": True})
    refused = await microsoft.client.get("/v1.0/users", headers=token)

    assert len(rotated["published"]) == 2
    assert (still_good.status_code, refused.status_code) == (200, 401)


async def test_exchange_scopes_open_mailboxes_that_the_token_does_not(microsoft: InProcess) -> None:
    bob = person("bob")
    await microsoft.contoso.control("POST", f"/tenants/{microsoft.contoso.id}/people", [bob])
    await microsoft.contoso.grant("User.Read.All")
    scope = {"exchange_scope": {microsoft.contoso.client_id: [ANN["id"]]}}
    await microsoft.contoso.control("PATCH", f"/tenants/{microsoft.contoso.id}", scope)
    header = await bearer(microsoft)

    inside = await microsoft.client.get(f"/v1.0/users/{ANN['id']}/calendars", headers=header)
    outside = await microsoft.client.get(f"/v1.0/users/{bob['id']}/calendars", headers=header)

    assert (inside.status_code, outside.status_code) == (200, 403)
    assert outside.json()["error"]["message"] == "Access is denied. Check credentials and try again."


POLICIES: list[tuple[dict[str, list[str]], int]] = [
    ({"denied": [ANN["id"]]}, 403),
    ({"only": []}, 403),
    ({"only": [ANN["id"]]}, 200),
    ({"only": [ANN["id"]], "denied": [ANN["id"]]}, 403),
]


@pytest.mark.parametrize(("policy", "status"), POLICIES)
async def test_application_access_policies_close_mailboxes(
    microsoft: InProcess, policy: dict[str, list[str]], status: int
) -> None:
    change = {"access_policy": {microsoft.contoso.client_id: policy}}
    await microsoft.contoso.control("PATCH", f"/tenants/{microsoft.contoso.id}", change)

    answer = await microsoft.client.get(f"/v1.0/users/{ANN['id']}/calendars", headers=await bearer(microsoft))

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["error"]["message"] == "Access to OData is disabled."


async def test_a_person_without_licence_has_no_mailbox(microsoft: InProcess) -> None:
    await microsoft.client.patch(path_of(microsoft), json={"licensed": False})

    answer = await microsoft.client.get(f"/v1.0/users/{ANN['id']}/calendars", headers=await bearer(microsoft))

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MailboxNotEnabledForRESTAPI")


async def test_calendars_want_their_own_role(microsoft: InProcess) -> None:
    await microsoft.contoso.grant("User.Read.All")

    answer = await microsoft.client.get(f"/v1.0/users/{ANN['id']}/calendars", headers=await bearer(microsoft))

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ErrorAccessDenied")


async def test_a_seed_file_holds_the_same_json_as_the_puts(microsoft: InProcess) -> None:
    tenant = str(uuid4())
    plant(
        microsoft.world,
        b"""{"apps": {"11111111-2222-4333-8444-555555555555": {"name": "Seeded"}},
             "tenants": {"%s": {"domain": "seed.example", "people": [{"userPrincipalName": "s@seed.example"}],
                                "roles_granted": {"11111111-2222-4333-8444-555555555555": ["User.Read.All"]}}}}"""
        % tenant.encode(),
    )

    shown = await microsoft.contoso.control("GET", "/tenants/seed.example")

    assert shown["consents"]["11111111-2222-4333-8444-555555555555"]["roles"] == ["User.Read.All"]


async def test_a_reset_world_has_no_tenants(microsoft: InProcess) -> None:
    await microsoft.contoso.control("POST", "/reset")

    assert (await ask_token(microsoft)).json()["error_codes"] == [90002]
