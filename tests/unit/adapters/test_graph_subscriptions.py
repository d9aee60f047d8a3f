"""The subscription adapter against bytes and statuses of every kind."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared_code.adapters.graph.subscriptions import GraphSubscriptions
from shared_code.errors import Disconnected, Gone, NoMailbox, Occupied, OrgcalError, Refused, TryLater, Unexpected
from shared_code.subscription_ports import GivenSubscription
from tests.unit.adapters.graph_transport import LINK, NOW, TENANT, USER, ScriptedGraph

BASE = "https://app.example"
ID = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07"
END = NOW + timedelta(minutes=10_000)
IN_THE_WAY = f"Subscription Id {ID} already exists for the requested combination"


def wire(**changes: Any) -> dict[str, Any]:
    """https://learn.microsoft.com/graph/api/resources/subscription"""
    return {
        "@odata.context": "https://graph.example/v1.0/$metadata#subscriptions/$entity",
        "id": ID,
        "resource": f"users/{USER}/events",
        "applicationId": "24d3b144-21ae-4080-943f-7067b395b913",
        "changeType": "created,updated,deleted",
        "clientState": "said",
        "notificationUrl": f"{BASE}/graph/notifications",
        "lifecycleNotificationUrl": f"{BASE}/graph/lifecycle",
        "expirationDateTime": "2026-11-28T07:40:00.9356913Z",
        **changes,
    }


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "innerError": {"request-id": "r"}}}


def wrapping(status: str) -> dict[str, Any]:
    return error("ExtensionError", f"Operation: Create; Exception: [Status Code: {status}; Reason: whatever]")


@pytest.fixture
def graph() -> ScriptedGraph:
    return ScriptedGraph()


@pytest.fixture
def subscriptions(graph: ScriptedGraph) -> GraphSubscriptions:
    return GraphSubscriptions(graph.client(), BASE)


async def test_all_events_of_a_mailbox_are_subscribed_to_with_both_addresses_and_immutable_ids(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    graph.answer(wire(), 201)

    given = await subscriptions.create(LINK, "said", END)

    (request,) = graph.requests
    assert (request.method, request.url.path) == ("POST", "/v1.0/subscriptions")
    assert request.headers["prefer"] == 'IdType="ImmutableId"'
    assert json.loads(request.content) == {
        "changeType": "created,updated,deleted",
        "notificationUrl": "https://app.example/graph/notifications",
        "lifecycleNotificationUrl": "https://app.example/graph/lifecycle",
        "resource": f"users/{USER}/events",
        "expirationDateTime": "2026-11-28T07:40:00Z",
        "clientState": "said",
        "latestSupportedTlsVersion": "v1_2",
    }
    expiry = datetime(2026, 11, 28, 7, 40, 0, 935691, tzinfo=UTC)
    urls = (f"{BASE}/graph/notifications", f"{BASE}/graph/lifecycle")
    assert given == GivenSubscription(ID, expiry, *urls, "said", USER)


async def test_all_of_a_tenant_are_listed_page_by_page_with_whose_events_they_are_about(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    following = "https://graph.example/v1.0/subscriptions?$skiptoken=a%2Bb"
    hidden = wire(clientState=None, resource=f"Users/{USER.upper()}/Events")
    others = [wire(id="group", resource="/groups"), wire(id="calendar", resource=f"users/{USER}/calendars/c/events")]
    graph.answer({"value": [hidden], "@odata.nextLink": following})
    graph.answer({"value": others})

    listed = await subscriptions.list(TENANT)

    assert [str(request.url) for request in graph.requests] == ["https://graph.example/v1.0/subscriptions", following]
    assert [(one.subscription, one.user_id) for one in listed] == [(ID, USER), ("group", None), ("calendar", None)]


async def test_a_list_that_leads_elsewhere_is_not_followed(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    graph.answer({"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/subscriptions"})

    with pytest.raises(Unexpected):
        await subscriptions.list(TENANT)

    assert len(graph.requests) == 1


async def test_our_own_addresses_are_warm_before_graph_is_asked_to_call_them(graph: ScriptedGraph) -> None:
    warmed_after: list[int] = []

    class Warmth:
        async def warm(self) -> None:
            warmed_after.append(len(graph.requests))

    graph.answer(wire(), 201)

    await GraphSubscriptions(graph.client(), BASE, Warmth()).create(LINK, "said", END)

    assert warmed_after == [0]


async def test_a_renewal_changes_the_end_alone_and_believes_what_comes_back(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    graph.answer(wire(expirationDateTime="2026-11-27T09:00:00+02:00"))

    expires_at = await subscriptions.renew(TENANT, ID, END)

    (request,) = graph.requests
    assert (request.method, request.url.path) == ("PATCH", f"/v1.0/subscriptions/{ID}")
    assert json.loads(request.content) == {"expirationDateTime": "2026-11-28T07:40:00Z"}
    assert expires_at == datetime(2026, 11, 27, 7, tzinfo=UTC)


async def test_one_is_deleted_and_read_by_its_id(graph: ScriptedGraph, subscriptions: GraphSubscriptions) -> None:
    graph.answer(b"", 204)
    graph.answer(wire(clientState=None, lifecycleNotificationUrl=None))

    await subscriptions.delete(TENANT, ID)
    found = await subscriptions.read(TENANT, ID)

    path = f"/v1.0/subscriptions/{ID}"
    assert [(request.method, request.url.path) for request in graph.requests] == [("DELETE", path), ("GET", path)]
    assert (found.client_state, found.lifecycle_url) == (None, None)


async def test_it_is_ours_only_with_both_of_our_addresses(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    given = []
    for changes in ({}, {"notificationUrl": "https://other.example/x"}, {"lifecycleNotificationUrl": None}):
        graph.answer(wire(**changes))
        given.append(await subscriptions.read(TENANT, ID))

    assert [subscriptions.is_ours(one) for one in given] == [True, False, False]


async def test_the_one_in_the_way_is_named(graph: ScriptedGraph, subscriptions: GraphSubscriptions) -> None:
    graph.answer(error("ObjectIdentifierInUse", IN_THE_WAY), 409)

    with pytest.raises(Occupied) as occupied:
        await subscriptions.create(LINK, "said", END)

    assert occupied.value.taken_by == ID


async def test_a_refusal_may_not_say_which_one_is_in_the_way(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    graph.answer(error("ObjectIdentifierInUse", "in use"), 409)

    with pytest.raises(Occupied) as occupied:
        await subscriptions.create(LINK, "said", END)

    assert occupied.value.taken_by is None


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, error("ValidationError", "Subscription validation request failed."), TryLater),
        (400, error("InvalidRequest", "Subscription validation request failed."), TryLater),
        (400, error("ExtensionError", "Subscription expiration can only be 10070 minutes in the future."), Unexpected),
        (403, wrapping("ServiceUnavailable"), TryLater),
        (403, wrapping("GatewayTimeout"), TryLater),
        (403, wrapping("Forbidden"), Refused),
        (403, error("Authorization_RequestDenied", "Insufficient privileges"), Disconnected),
        (404, wrapping("NotFound"), NoMailbox),
        (404, error("MailboxNotEnabledForRESTAPI", "inactive"), NoMailbox),
        (409, error("ObjectIdentifierInUse", "in use"), Occupied),
        (429, error("TooManyRequests", "slow down"), TryLater),
        (503, error("ServiceUnavailable", "busy"), TryLater),
    ],
)
async def test_what_a_creation_was_refused_for_is_told_apart(
    graph: ScriptedGraph,
    subscriptions: GraphSubscriptions,
    status: int,
    body: dict[str, Any],
    expected: type[OrgcalError],
) -> None:
    graph.answer(body, status)

    with pytest.raises(expected):
        await subscriptions.create(LINK, "said", END)


@pytest.mark.parametrize("code", ["ResourceNotFound", "ExtensionError", None])
@pytest.mark.parametrize("operation", ["read", "renew", "delete"])
async def test_one_that_graph_does_not_know_is_gone(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions, code: str | None, operation: str
) -> None:
    graph.refuse(404, code)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "read": lambda: subscriptions.read(TENANT, ID),
        "renew": lambda: subscriptions.renew(TENANT, ID, END),
        "delete": lambda: subscriptions.delete(TENANT, ID),
    }

    with pytest.raises(Gone):
        await calls[operation]()


async def test_an_answer_that_names_no_subscription_is_not_guessed_at(
    graph: ScriptedGraph, subscriptions: GraphSubscriptions
) -> None:
    graph.answer({"id": ID}, 201)

    with pytest.raises(Unexpected):
        await subscriptions.create(LINK, "said", END)
