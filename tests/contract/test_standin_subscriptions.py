"""Subscriptions at an app inside the test: answers of the documented shape, a receiver that is an ASGI app."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.microsoft365.delivery import pump
from local.microsoft365.outbound import Outbound
from tests.contract.calendars import ANN, GRAPH, WEEK, Reader, meeting, reader_of
from tests.contract.receiver import Receiver
from tests.contract.shapes import faults, shape_of
from tests.contract.standin import InProcess


@dataclass(frozen=True)
class Ann:
    """Ann's mailbox, and a receiver for what is told of it."""

    microsoft: InProcess
    reader: Reader
    receiver: Receiver

    async def graph(self, method: str, path: str = "", body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.reader.token}"}
        return await self.microsoft.client.request(method, f"{GRAPH}/subscriptions{path}", json=body, headers=headers)

    async def subscribe(self, **members: Any) -> httpx.Response:
        wish = {
            "changeType": "created,updated,deleted",
            "notificationUrl": "https://app.example/changes",
            "lifecycleNotificationUrl": "https://app.example/lifecycle",
            "resource": f"/users/{ANN}/events",
            "expirationDateTime": (self.microsoft.clock.now() + timedelta(days=6)).isoformat(),
            "clientState": "secret",
        }
        return await self.graph("POST", body={**wish, **members})


@pytest.fixture
async def ann(microsoft: InProcess) -> AsyncIterator[Ann]:
    receiver = Receiver("https://app.example")
    microsoft.world.outbound = Outbound(transport=httpx.ASGITransport(receiver.app))
    yield Ann(microsoft, await reader_of(microsoft), receiver)
    await microsoft.world.outbound.aclose()


async def test_every_answer_has_its_documented_shape(ann: Ann) -> None:
    made = await ann.subscribe()
    path = f"/{made.json()['id']}"
    until = {"expirationDateTime": (ann.microsoft.clock.now() + timedelta(days=5)).isoformat()}
    answers = [made, await ann.graph("GET"), await ann.graph("GET", path), await ann.graph("PATCH", path, until)]

    shapes = [shape_of(each.request.method, str(each.url)) for each in answers]

    assert shapes == ["subscription.json", "subscriptions-page.json", "subscription.json", "subscription.json"]
    for shape, answer in zip(shapes, answers, strict=True):
        assert shape is not None
        assert list(faults(shape, answer.json())) == []


async def test_every_refusal_has_graphs_envelope(ann: Ann) -> None:
    await ann.subscribe()
    refused = [
        await ann.subscribe(),
        await ann.subscribe(notificationUrl="http://app.example"),
        await ann.subscribe(resource="users/nobody/events"),
        await ann.subscribe(expirationDateTime="2100-01-01T00:00:00Z"),
        await ann.graph("GET", "/unknown"),
    ]

    assert [each.status_code for each in refused] == [409, 400, 404, 400, 404]
    assert [list(faults("error-envelope.json", each.json())) for each in refused] == [[]] * 5


async def test_nothing_leaves_before_it_is_pumped(ann: Ann) -> None:
    await ann.subscribe()
    await ann.reader.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    before = ann.receiver.bodies.qsize()
    posts = await pump(ann.microsoft.world)

    assert (before, posts, ann.receiver.bodies.qsize()) == (0, 1, 1)


async def test_a_view_is_stale_for_as_long_as_the_script_says(ann: Ann) -> None:
    await ann.subscribe()
    await ann.microsoft.contoso.control("PUT", "/notifications/script", {"stale_seconds": 5})

    await ann.reader.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    at_once = await ann.reader.value("/calendarView", WEEK)
    ann.microsoft.clock.advance_seconds(5)
    later = await ann.reader.value("/calendarView", WEEK)
    assert (len(at_once), len(later)) == (0, 1)


async def test_a_request_is_logged_with_the_mailbox_it_is_about(ann: Ann) -> None:
    made = (await ann.subscribe()).json()["id"]
    await ann.graph("POST", f"/{made}/reauthorize")

    log = (await ann.microsoft.contoso.control("GET", "/requests"))["requests"]

    person = ann.microsoft.world.tenants[ann.reader.tenant].directory.find_by_key(ANN)
    assert person is not None
    asked = [(each["method"], each["user"], each["status"]) for each in log if each["kind"] == "subscriptions"]
    assert asked == [("POST", person.id, 201), ("POST", person.id, 204)]


async def test_a_throttled_subscription_does_not_hold_up_the_directory(ann: Ann) -> None:
    fault = {"match": {"kind": "subscriptions"}, "answer": {"status": 429, "retry_after": 60}, "times": 1}
    await ann.microsoft.contoso.control("POST", "/faults", fault)

    refused, again = await ann.subscribe(), await ann.subscribe()
    people = await ann.microsoft.client.get(f"{GRAPH}/users", headers={"Authorization": f"Bearer {ann.reader.token}"})

    assert (refused.status_code, again.status_code, people.status_code) == (429, 429, 200)


async def test_an_empty_world_has_no_subscriptions(ann: Ann) -> None:
    await ann.subscribe()

    await ann.microsoft.contoso.control("POST", "/reset")

    assert (await ann.microsoft.contoso.control("GET", "/subscriptions"))["subscriptions"] == []
    assert await pump(ann.microsoft.world) == 0


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("subscription.json", {"id": "1", "colour": "red"}),
        ("subscriptions-page.json", {"value": [{}]}),
        ("change-notifications.json", {"value": []}),
        ("change-notifications.json", {"value": [{"subscriptionId": "1", "lifecycleEvent": "missed"}]}),
        ("lifecycle-notifications.json", {"value": [{"subscriptionId": "1", "lifecycleEvent": "created"}]}),
    ],
)
def test_a_shape_refuses_what_is_not_documented(name: str, body: dict[str, Any]) -> None:
    assert list(faults(name, body)) != []
