"""Several requests in one, as Graph's `$batch` takes them."""

from typing import Any

import httpx
import pytest

from local.microsoft365.faults import Fault, FaultAnswer, Match
from tests.contract.calendars import ANN, BOB, CARL, GRAPH, Reader, error_code, meeting, reader_of
from tests.contract.standin import InProcess

VIEW = "startDateTime=2026-03-23T00:00:00Z&endDateTime=2026-03-30T00:00:00Z"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def ann(microsoft: InProcess) -> Reader:
    return await reader_of(microsoft)


def get(item: str | int, url: str, **more: Any) -> dict[str, Any]:
    return {"id": item, "method": "GET", "url": url, **more}


def create(item: str, **more: Any) -> dict[str, Any]:
    body = meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00")
    return {"id": item, "method": "POST", "url": f"/users/{ANN}/events", "headers": JSON, "body": body, **more}


async def post(reader: Reader, *items: dict[str, Any]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {reader.token}"}
    return await reader.client.post(f"{GRAPH}/$batch", json={"requests": items}, headers=headers)


async def answers(reader: Reader, *items: dict[str, Any]) -> dict[str, dict[str, Any]]:
    answer = await post(reader, *items)
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["responses"]}


async def test_each_item_is_answered_with_status_headers_and_body_of_its_own(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", zone="UTC"))

    found = await answers(
        ann,
        get("view", f"/users/{ANN}/calendarView?{VIEW}&$select=start"),
        get("nobody", "users/nobody@contoso.example/calendar"),
        get("no mailbox", f"/users/{CARL}/calendar"),
        get(4, f"users?$filter=mail eq '{BOB}'&$select=mail&$count=true", headers={"ConsistencyLevel": "eventual"}),
    )

    assert {name: each["status"] for name, each in found.items()} == {
        "view": 200,
        "nobody": 404,
        "no mailbox": 404,
        "4": 200,
    }
    assert [event["start"]["dateTime"] for event in found["view"]["body"]["value"]] == ["2026-03-24T09:00:00.0000000"]
    assert found["view"]["headers"]["Content-Type"].startswith("application/json")
    assert found["no mailbox"]["body"]["error"]["code"] == "MailboxNotEnabledForRESTAPI"
    assert (found["4"]["body"]["@odata.count"], found["4"]["headers"]["x-ms-resource-unit"]) == (1, "1")


async def test_answers_come_in_another_order_than_the_requests(ann: Reader) -> None:
    answer = await post(ann, *(get(str(number), f"/users/{ANN}/calendar") for number in range(6)))

    assert [each["id"] for each in answer.json()["responses"]] == ["5", "4", "3", "2", "1", "0"]


async def test_an_item_writes_and_one_without_content_has_no_body(ann: Reader) -> None:
    created = (await answers(ann, create("made")))["made"]
    deleted = await answers(
        ann, {"id": "gone", "method": "DELETE", "url": f"/users/{ANN}/events/{created['body']['id']}"}
    )

    assert created["status"] == 201
    assert (deleted["gone"]["status"], "body" in deleted["gone"]) == (204, False)
    assert await ann.value(f"/calendarView?{VIEW}") == []


async def test_a_batch_stays_within_the_four_requests_that_a_mailbox_takes_at_a_time(
    ann: Reader, microsoft: InProcess
) -> None:
    slow = Fault(FaultAnswer(delay_seconds=0.01), Match(kind="calendar"))
    microsoft.world.faults.add(slow)

    found = await answers(ann, *(get(str(number), f"/users/{ANN}/calendar") for number in range(20)))

    assert {each["status"] for each in found.values()} == {200}


async def test_a_throttled_item_says_itself_how_long_to_wait(ann: Reader, microsoft: InProcess) -> None:
    busy = microsoft.world.tenants[ann.tenant].directory.find_by_key(BOB)
    assert busy is not None
    microsoft.world.faults.add(Fault(FaultAnswer(status=429, retry_after=7), Match(user=busy.id), times=1))

    found = await answers(ann, get("ann", f"/users/{ANN}/calendar"), get("bob", f"/users/{BOB}/calendar"))

    assert (found["ann"]["status"], found["bob"]["status"]) == (200, 429)
    assert found["bob"]["headers"]["Retry-After"] == "7"


async def test_what_depends_on_a_failed_item_is_not_tried(ann: Reader) -> None:
    found = await answers(
        ann,
        get("first", "/users/nobody@contoso.example/calendar"),
        create("second", dependsOn=["FIRST"]),
        create("third", dependsOn=["second"]),
        get("other", f"/users/{ANN}/calendar"),
    )

    statuses = [found[name]["status"] for name in ("first", "second", "third", "other")]
    assert statuses == [404, 424, 424, 200]
    assert await ann.value(f"/calendarView?{VIEW}") == []


async def test_items_that_depend_on_one_another_are_carried_out_in_turn(ann: Reader) -> None:
    found = await answers(
        ann, create("made"), get("seen", f"/users/{ANN}/calendarView?{VIEW}&$select=subject", dependsOn=["made"])
    )

    assert [event["subject"] for event in found["seen"]["body"]["value"]] == ["Meeting"]


async def test_a_connection_that_is_cut_by_script_ends_its_item_alone(ann: Reader, microsoft: InProcess) -> None:
    microsoft.world.faults.add(Fault(FaultAnswer(drop_connection=True), Match(kind="calendar")))

    found = await answers(ann, get("cut", f"/users/{ANN}/calendar"), get("well", f"/users/{ANN}/calendars"))

    assert (found["cut"]["status"], found["well"]["status"]) == (504, 200)


async def test_the_log_shows_the_batch_and_each_of_its_items(ann: Reader, microsoft: InProcess) -> None:
    await post(ann, get("1", f"/users/{ANN}/calendar"), get("2", f"/users/{BOB}/calendarView?{VIEW}"))

    kinds = sorted(request.kind for request in microsoft.world.requests.after(0))
    assert kinds == ["batch", "calendar", "calendar_view"]


@pytest.mark.parametrize(
    "items",
    [
        [get(str(number), "/users") for number in range(21)],
        [get("a", "/users"), get("A", "/users")],
        [create("no type", headers={})],
        [{"id": "no body", "method": "POST", "url": f"/users/{ANN}/events", "headers": JSON}],
        [get("absolute", f"{GRAPH}/users")],
        [{**create("nested"), "url": "/$batch"}],
        [get("forward", "/users", dependsOn=["later"]), get("later", "/users")],
        [{"id": "no method", "url": "/users"}],
    ],
    ids=["too many", "same id", "no type", "no body", "absolute", "nested", "forward", "no method"],
)
async def test_a_malformed_batch_is_refused_as_a_whole(
    ann: Reader, microsoft: InProcess, items: list[dict[str, Any]]
) -> None:
    answer = await post(ann, *items)

    assert error_code(answer) == (400, "BadRequest")
    assert [request.kind for request in microsoft.world.requests.after(0)] == ["batch"]


async def test_a_batch_without_a_good_token_is_refused(ann: Reader) -> None:
    answer = await ann.client.post(f"{GRAPH}/$batch", json={"requests": [get("1", "/users")]})

    assert error_code(answer) == (401, "InvalidAuthenticationToken")
