"""What goes wrong by script and by limit, and what the request log says about it."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.contract.assertions import ask_token, bearer
from tests.contract.standin import InProcess, person

ANN, BOB = person("ann"), person("bob")


@pytest.fixture(autouse=True)
async def settled(microsoft: InProcess) -> None:
    await microsoft.contoso.settle([ANN, BOB])
    await microsoft.contoso.grant()


async def script(microsoft: InProcess, match: dict[str, Any], answer: dict[str, Any], **more: Any) -> None:
    await microsoft.contoso.control("POST", "/faults", {"match": match, "answer": answer, **more})


async def get(microsoft: InProcess, path: str) -> httpx.Response:
    return await microsoft.client.get(f"/v1.0{path}", headers=await bearer(microsoft))


async def logged(microsoft: InProcess, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await microsoft.contoso.control("GET", f"/requests{query}"))["requests"]
    return found


async def test_a_fault_answers_as_often_as_it_says(microsoft: InProcess) -> None:
    await script(microsoft, {"kind": "users"}, {"status": 503, "message": "Down."}, times=2)

    answers = [await get(microsoft, "/users") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].json()["error"]["code"] == "ServiceUnavailable"
    assert answers[0].json()["error"]["message"] == "Down."
    assert "retry-after" not in answers[0].headers


async def test_a_fault_meets_only_whom_it_names(microsoft: InProcess) -> None:
    await script(microsoft, {"user": ANN["id"]}, {"status": 500})

    assert (await get(microsoft, f"/users/{ANN['id']}/calendars")).status_code == 500
    assert (await get(microsoft, f"/users/{ANN['userPrincipalName']}/calendars")).status_code == 500
    assert (await get(microsoft, f"/users/{BOB['id']}/calendars")).status_code == 200


async def test_a_fault_ends_at_its_time(microsoft: InProcess) -> None:
    await script(microsoft, {"kind": "users"}, {"status": 500}, until="2026-11-21T09:01:00Z")

    early = await get(microsoft, "/users")
    await microsoft.contoso.control("POST", "/clock", {"advance_seconds": 60})

    assert (early.status_code, (await get(microsoft, "/users")).status_code) == (500, 200)


async def test_a_call_before_retry_after_has_passed_is_throttled_again(microsoft: InProcess) -> None:
    await script(microsoft, {"kind": "users"}, {"status": 429, "retry_after": 30}, times=1)

    first = await get(microsoft, "/users")
    microsoft.clock.advance_seconds(10)
    second = await get(microsoft, "/users")
    microsoft.clock.advance_seconds(20)
    third = await get(microsoft, "/users")

    assert [answer.status_code for answer in (first, second, third)] == [429, 429, 200]
    assert (first.headers["retry-after"], second.headers["retry-after"]) == ("30", "20")
    assert [each["early"] for each in await logged(microsoft) if each["kind"] == "users"] == [False, True, False]


async def test_a_throttled_mailbox_does_not_throttle_another(microsoft: InProcess) -> None:
    await script(microsoft, {"user": ANN["id"]}, {"status": 429, "retry_after": 30}, times=1)

    throttled = await get(microsoft, f"/users/{ANN['id']}/calendars")
    other = await get(microsoft, f"/users/{BOB['id']}/calendars")

    assert (throttled.status_code, other.status_code) == (429, 200)


async def test_a_connection_can_be_dropped(microsoft: InProcess) -> None:
    await script(microsoft, {"kind": "users"}, {"drop_connection": True})

    with pytest.raises(httpx.ReadError):
        await get(microsoft, "/users")


async def test_the_token_endpoint_fails_in_its_own_shape(microsoft: InProcess) -> None:
    fault = {"status": 400, "code": "AADSTS53003", "message": "Blocked by conditional access."}
    await script(microsoft, {"kind": "token", "tenant": microsoft.contoso.id}, fault)

    answer = await ask_token(microsoft)

    assert (answer.status_code, answer.json()["error_codes"]) == (400, [53003])


async def test_a_fifth_request_at_the_same_time_is_over_the_mailbox_limit(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PATCH", "/settings", {"latency_seconds": 0.05})
    header = await bearer(microsoft)
    url = f"/v1.0/users/{ANN['id']}/calendars"

    answers = await asyncio.gather(*(microsoft.client.get(url, headers=header) for _ in range(5)))

    statuses = sorted(answer.status_code for answer in answers)
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert statuses == [200, 200, 200, 200, 429]
    assert refused.json()["error"]["code"] == "ApplicationThrottled"
    assert "MailboxConcurrency" in refused.json()["error"]["message"]


async def test_a_limit_of_the_whole_tenant_holds_for_all_that_is_asked_there(microsoft: InProcess) -> None:
    fault = {"status": 429, "retry_after": 30, "whole_tenant": True}
    await script(microsoft, {"user": ANN["id"]}, fault, times=1)

    first = await get(microsoft, f"/users/{ANN['id']}/calendars")
    others = [await get(microsoft, path) for path in (f"/users/{BOB['id']}/calendars", "/users")]
    microsoft.clock.advance_seconds(30)
    later = await get(microsoft, f"/users/{BOB['id']}/calendars")

    contoso = microsoft.contoso
    assert first.headers["x-ms-throttle-scope"] == f"Tenant_Application/ReadWrite/{contoso.client_id}/{contoso.id}"
    assert [answer.status_code for answer in (first, *others, later)] == [429, 429, 429, 200]
    assert [entry["early"] for entry in await logged(microsoft) if entry["kind"] != "token"] == [
        False,
        True,
        True,
        False,
    ]


async def test_the_directory_counts_resource_units_and_fills_up_again(microsoft: InProcess) -> None:
    await microsoft.contoso.control("PATCH", "/settings", {"resource_units": 4})

    answers = [await get(microsoft, "/users") for _ in range(3)]
    microsoft.clock.advance_seconds(20)
    later = await get(microsoft, "/users?$select=id")

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[1].headers["x-ms-throttle-limit-percentage"] == "1.0"
    assert answers[2].headers["x-ms-throttle-information"] == "ResourceUnitLimitExceeded"
    assert int(answers[2].headers["retry-after"]) >= 1
    assert later.status_code == 200


async def test_the_log_names_kind_tenant_user_and_app(microsoft: InProcess) -> None:
    await get(microsoft, f"/users/{ANN['userPrincipalName']}/calendars")

    token, calendars = await logged(microsoft)

    contoso = microsoft.contoso
    assert (token["kind"], token["tenant"], token["app"]) == ("token", contoso.id, contoso.client_id)
    assert (calendars["kind"], calendars["user"], calendars["status"]) == ("calendars", ANN["id"], 200)
    assert await logged(microsoft, f"?after={token['n']}") == [calendars]
    assert await contoso.control("GET", "/requests/summary") == {"calendars": {"200": 1}, "token": {"200": 1}}


async def test_faults_and_log_can_be_emptied(microsoft: InProcess) -> None:
    await script(microsoft, {}, {"status": 500})
    await microsoft.contoso.control("DELETE", "/faults")
    await get(microsoft, "/users")
    await microsoft.contoso.control("DELETE", "/requests")

    assert await microsoft.contoso.control("GET", "/faults") == {"faults": []}
    assert await logged(microsoft) == []
