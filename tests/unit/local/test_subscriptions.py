"""The life of a subscription: made, refused, renewed, ended."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.microsoft365.handshake import REFUSED
from tests.unit.local.subscribed_world import ANN, BOB, CHANGES, CLIENT, LIFECYCLE, START, TENANT, Subscribed


@pytest.fixture
async def contoso() -> AsyncIterator[Subscribed]:
    inside = Subscribed()
    async with inside.client:
        yield inside


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_new_subscription_has_shaken_hands_with_both_addresses(contoso: Subscribed) -> None:
    answer = await contoso.graph("POST", body=contoso.wish(), Prefer='IdType="ImmutableId"')

    assert (answer.status_code, contoso.endpoint.handshakes) == (201, ["/notifications", "/lifecycle"])
    body = answer.json()
    assert body["creatorId"] == contoso.tenant.service_principals[CLIENT].id
    assert body["expirationDateTime"] == "2026-03-09T07:40:00.0000000Z"
    assert (body["clientState"], body["latestSupportedTlsVersion"]) == ("secret", "v1_2")


async def test_the_token_is_added_to_the_query_that_an_address_has(contoso: Subscribed) -> None:
    urls: list[httpx.URL] = []

    class Recording(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            urls.append(request.url)
            return await contoso.endpoint.handle_async_request(request)

    contoso.world.outbound._transport = Recording()

    await contoso.subscribe(notificationUrl=f"{CHANGES}?code=x", lifecycleNotificationUrl=None)

    (url,) = urls
    assert url.params["code"] == "x"
    assert url.params["validationToken"].startswith("Validation: ")
    assert b"Validation%3A%20Testing%20" in url.query


@pytest.mark.parametrize(
    "reply",
    [
        httpx.Response(202, text="{token}"),
        httpx.Response(200, json="{token}"),
        httpx.Response(200, text="{token}\n"),
        httpx.Response(500),
    ],
)
async def test_an_address_that_says_back_something_else_is_refused(contoso: Subscribed, reply: httpx.Response) -> None:
    def shake(token: str) -> httpx.Response:
        content = reply.text.replace("{token}", token)
        return httpx.Response(reply.status_code, text=content, headers={"content-type": _kind(reply)})

    contoso.endpoint.shake = shake

    answer = await contoso.graph("POST", body=contoso.wish())

    assert error(answer) == (400, "ValidationError")
    assert answer.json()["error"]["message"] == REFUSED
    assert len(contoso.world.subscriptions) == 0


def _kind(reply: httpx.Response) -> str:
    return str(reply.headers.get("content-type", "text/plain"))


async def test_the_lifecycle_address_must_shake_hands_too(contoso: Subscribed) -> None:
    def shake(token: str) -> httpx.Response:
        is_lifecycle = contoso.endpoint.handshakes[-1] == "/lifecycle"
        return httpx.Response(404) if is_lifecycle else httpx.Response(200, text=token)

    contoso.endpoint.shake = shake

    assert error(await contoso.graph("POST", body=contoso.wish())) == (400, "ValidationError")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"notificationUrl": "http://app.example/notifications"}, (400, "InvalidRequest")),
        ({"lifecycleNotificationUrl": "http://app.example/lifecycle"}, (400, "InvalidRequest")),
        ({"notificationUrl": "/notifications"}, (400, "InvalidRequest")),
        ({"clientState": "x" * 129}, (400, "InvalidRequest")),
        ({"changeType": "created,moved"}, (400, "InvalidRequest")),
        ({"changeType": None}, (400, "InvalidRequest")),
        ({"latestSupportedTlsVersion": "v2_0"}, (400, "InvalidRequest")),
        ({"vapidPublicKey": ""}, (400, "InvalidRequest")),
        ({"webPushEncryptionSecret": "x"}, (400, "InvalidRequest")),
        ({"colour": "red"}, (400, "InvalidRequest")),
        ({"includeResourceData": True}, (501, "NotImplemented")),
        ({"resource": "users"}, (501, "NotImplemented")),
        ({"minutes": 10_071}, (400, "ExtensionError")),
        ({"minutes": -1}, (400, "InvalidRequest")),
        ({"resource": "users/nobody@contoso.example/events"}, (404, "ExtensionError")),
    ],
)
async def test_a_wrong_subscription_is_refused(
    contoso: Subscribed, members: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert error(await contoso.graph("POST", body=contoso.wish(**members))) == expected
    assert contoso.endpoint.handshakes == []


async def test_the_ceiling_is_named_in_the_recorded_words(contoso: Subscribed) -> None:
    answer = await contoso.graph("POST", body=contoso.wish(minutes=10_080))

    assert answer.json()["error"]["message"] == "Subscription expiration can only be 10070 minutes in the future."


async def test_a_short_life_is_raised_to_45_minutes(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe(minutes=5)

    assert subscription.expires_at == START + timedelta(minutes=45)


async def test_client_state_may_have_128_characters(contoso: Subscribed) -> None:
    assert (await contoso.subscribe(clientState="x" * 128)).client_state == "x" * 128


async def test_an_unlicensed_mailbox_and_a_forbidden_one_are_told_apart(contoso: Subscribed) -> None:
    await contoso.control("PATCH", f"/tenants/{TENANT}/people/{BOB}", {"licensed": False})
    no_mailbox = await contoso.graph("POST", body=contoso.wish(resource=f"users/{BOB}/events"))
    await contoso.control("PATCH", f"/tenants/{TENANT}", {"access_policy": {CLIENT: {"denied": [ANN]}}})
    forbidden = await contoso.graph("POST", body=contoso.wish())

    assert "Status Code: NotFound" in no_mailbox.json()["error"]["message"]
    assert error(forbidden) == (403, "ExtensionError")
    assert "Status Code: Forbidden; Reason: Access to OData is disabled." in forbidden.json()["error"]["message"]


async def test_without_the_calendar_role_nothing_can_be_subscribed_to(contoso: Subscribed) -> None:
    contoso.consent("User.Read.All")

    assert error(await contoso.graph("POST", body=contoso.wish())) == (403, "ExtensionError")


async def test_a_second_one_for_the_same_changes_is_a_conflict_that_names_the_first(contoso: Subscribed) -> None:
    first = await contoso.subscribe()

    same = await contoso.graph("POST", body=contoso.wish(changeType="deleted,created,updated"))
    other = await contoso.graph("POST", body=contoso.wish(changeType="updated"))

    assert error(same) == (409, "ObjectIdentifierInUse")
    assert f"Subscription Id {first.id} already exists" in same.json()["error"]["message"]
    assert other.status_code == 201


async def test_duplicates_may_be_allowed(contoso: Subscribed) -> None:
    await contoso.control("PATCH", "/settings", {"duplicate_subscriptions": "allowed"})

    first, second = await contoso.subscribe(), await contoso.subscribe()

    assert first.id != second.id


async def test_a_mailbox_has_only_so_many(contoso: Subscribed) -> None:
    await contoso.control("PATCH", "/settings", {"subscriptions_per_mailbox": 1})
    await contoso.subscribe(changeType="created")

    assert error(await contoso.graph("POST", body=contoso.wish(changeType="updated"))) == (403, "Forbidden")
    assert (await contoso.graph("POST", body=contoso.wish(resource=f"users/{BOB}/events"))).status_code == 201


async def test_a_script_wraps_a_passing_fault_in_a_refusal_of_creation_only(contoso: Subscribed) -> None:
    message = "Operation: Create; Exception: [Status Code: ServiceUnavailable; Reason: Target is unavailable]"
    fault = {"status": 403, "code": "ExtensionError", "message": message}
    match = {"kind": "subscriptions", "method": "POST"}
    await contoso.control("POST", "/faults", {"match": match, "answer": fault, "times": 1})

    listed = await contoso.graph("GET")
    refused = await contoso.graph("POST", body=contoso.wish())
    made = await contoso.graph("POST", body=contoso.wish())

    assert (listed.status_code, error(refused), made.status_code) == (200, (403, "ExtensionError"), 201)


@pytest.mark.parametrize("resource", [f"users/{BOB}/events", "/users('bob@contoso.example')/events"])
async def test_a_fault_meets_the_subscription_of_the_person_it_names(contoso: Subscribed, resource: str) -> None:
    anns = await contoso.subscribe()
    await contoso.control("POST", "/faults", {"match": {"user": BOB}, "answer": {"status": 503}})

    bobs = await contoso.graph("POST", body=contoso.wish(resource=resource))
    renewed = await contoso.graph("PATCH", f"/{anns.id}", {"expirationDateTime": anns.expires_at.isoformat()})
    await contoso.control("POST", "/faults", {"match": {"user": ANN}, "answer": {"status": 503}})
    refused = await contoso.graph("PATCH", f"/{anns.id}", {"expirationDateTime": anns.expires_at.isoformat()})

    assert [answer.status_code for answer in (bobs, renewed, refused)] == [503, 200, 503]
    assert [each["user"] for each in (await contoso.control("GET", "/requests"))["requests"]] == [ANN, BOB, ANN, ANN]


async def test_a_list_has_pages_and_only_what_is_the_apps_own(contoso: Subscribed) -> None:
    await contoso.control("PATCH", "/settings", {"subscription_page_size": 2})
    made = {(await contoso.subscribe(changeType=each)).id for each in ("created", "updated", "deleted")}
    stranger = await contoso.subscribe(changeType="created,updated")
    stranger.app = "33333333-3333-4333-8333-333333333333"

    first = (await contoso.graph("GET")).json()
    link = first["@odata.nextLink"].removeprefix("https://graph.example/v1.0/subscriptions")
    second = (await contoso.graph("GET", link)).json()

    assert {each["id"] for each in [*first["value"], *second["value"]]} == made
    assert "@odata.nextLink" not in second
    assert (await contoso.graph("GET", f"/{stranger.id}")).status_code == 404


async def test_renewal_moves_the_end_and_refreshes_the_authorization(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe(minutes=100)
    contoso.clock.advance(timedelta(minutes=90))
    until = (contoso.clock.now() + timedelta(minutes=10_000)).isoformat()

    answer = await contoso.graph("PATCH", f"/{subscription.id}", {"expirationDateTime": until})

    assert (answer.status_code, answer.json()["expirationDateTime"][:16]) == (200, until[:16])
    assert subscription.token_expires_at == contoso.clock.now() + timedelta(days=1)
    assert [act for _, act in subscription.acts] == ["created", "renewed"]


async def test_a_new_address_shakes_hands_before_it_counts(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe(lifecycleNotificationUrl=None)
    moved = await contoso.graph("PATCH", f"/{subscription.id}", {"notificationUrl": "https://app.example/new"})
    contoso.endpoint.shake = lambda _: httpx.Response(404)
    refused = await contoso.graph("PATCH", f"/{subscription.id}", {"notificationUrl": "https://app.example/newer"})

    assert (moved.status_code, error(refused)) == (200, (400, "ValidationError"))
    assert subscription.notification_url == "https://app.example/new"


@pytest.mark.parametrize("change", [{"clientState": "other"}, {"lifecycleNotificationUrl": LIFECYCLE}])
async def test_what_a_renewal_cannot_change_is_refused(contoso: Subscribed, change: dict[str, str]) -> None:
    subscription = await contoso.subscribe()

    assert error(await contoso.graph("PATCH", f"/{subscription.id}", change)) == (400, "InvalidRequest")
    assert subscription.client_state == "secret"


async def test_an_expired_subscription_is_gone_and_can_be_made_anew(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe(minutes=45)
    contoso.clock.advance(timedelta(minutes=45))
    until = (contoso.clock.now() + timedelta(minutes=10_000)).isoformat()

    renewed = await contoso.graph("PATCH", f"/{subscription.id}", {"expirationDateTime": until})
    again = await contoso.graph("POST", body=contoso.wish())

    assert (error(renewed), again.status_code) == ((404, "ResourceNotFound"), 201)


async def test_a_deleted_subscription_is_gone_without_a_word(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()

    deleted = await contoso.graph("DELETE", f"/{subscription.id}")
    again = await contoso.graph("DELETE", f"/{subscription.id}")
    contoso.meet()

    assert (deleted.status_code, again.status_code) == (204, 404)
    assert await contoso.pump() == []


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", f"/tenants/{TENANT}/consents/{CLIENT}", {"roles": []}),
        ("PATCH", f"/tenants/{TENANT}/consents/{CLIENT}", {"disabled": True}),
        ("DELETE", f"/tenants/{TENANT}/consents/{CLIENT}", None),
        ("DELETE", f"/tenants/{TENANT}/people/{ANN}", None),
        ("DELETE", f"/tenants/{TENANT}/people/{ANN}?permanent=true", None),
        ("PATCH", f"/tenants/{TENANT}/people/{ANN}", {"licensed": False}),
        ("PATCH", f"/tenants/{TENANT}", {"access_policy": {CLIENT: {"denied": [ANN]}}}),
    ],
)
async def test_a_subscription_ends_with_the_access_and_the_app_hears_of_it(
    contoso: Subscribed, method: str, path: str, body: Any
) -> None:
    subscription = await contoso.subscribe()

    await contoso.control(method, path, body)

    (item,) = await contoso.pump()
    assert (item["lifecycleEvent"], item["subscriptionId"]) == ("subscriptionRemoved", subscription.id)
    assert len(contoso.world.subscriptions) == 0


async def test_a_mailbox_that_is_replaced_takes_its_subscriptions_along(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()
    before = contoso.mailbox

    await contoso.control("POST", f"/tenants/{TENANT}/people/{ANN}/new-mailbox")

    (told,) = await contoso.pump()
    assert (told["lifecycleEvent"], told["subscriptionId"]) == ("subscriptionRemoved", subscription.id)
    assert contoso.mailbox is not before
    assert (await contoso.graph("GET", f"/{subscription.id}")).status_code == 404


async def test_rbac_for_applications_opens_only_the_mailboxes_in_scope(contoso: Subscribed) -> None:
    contoso.consent("User.Read.All")
    await contoso.control("PATCH", f"/tenants/{TENANT}", {"exchange_scope": {CLIENT: [ANN]}})

    inside = await contoso.graph("POST", body=contoso.wish())
    outside = await contoso.graph("POST", body=contoso.wish(resource=f"users/{BOB}/events"))
    await contoso.control("PATCH", f"/tenants/{TENANT}", {"exchange_scope": {CLIENT: []}})

    assert (inside.status_code, error(outside)) == (201, (403, "ExtensionError"))
    assert [each["lifecycleEvent"] for each in await contoso.pump()] == ["subscriptionRemoved"]


async def test_what_does_not_touch_the_access_leaves_the_subscription(contoso: Subscribed) -> None:
    await contoso.subscribe()

    await contoso.control("PATCH", f"/tenants/{TENANT}/people/{ANN}", {"displayName": "Ann"})
    await contoso.control("DELETE", f"/tenants/{TENANT}/people/{BOB}")

    assert (await contoso.pump(), len(contoso.world.subscriptions)) == ([], 1)


async def test_removal_may_go_without_a_word(contoso: Subscribed) -> None:
    await contoso.control("PATCH", "/settings", {"removal_notices": False})
    await contoso.subscribe()

    await contoso.control("DELETE", f"/tenants/{TENANT}/people/{ANN}")

    assert (await contoso.pump(), len(contoso.world.subscriptions)) == ([], 0)


async def test_reauthorization_is_asked_for_every_quarter_hour_until_it_is_given(contoso: Subscribed) -> None:
    subscription = await contoso.subscribe()

    early = await contoso.pump(after=86_400 - 1_801)
    first = await contoso.pump(after=1)
    soon = await contoso.pump(after=899)
    second = await contoso.pump(after=1)
    given = await contoso.graph("POST", f"/{subscription.id}/reauthorize")
    later = await contoso.pump(after=3_600)

    assert [len(each) for each in (early, first, soon, second, later)] == [0, 1, 0, 1, 0]
    assert (first[0]["lifecycleEvent"], given.status_code) == ("reauthorizationRequired", 204)
    assert "resource" not in first[0]
    assert subscription.expires_at == START + timedelta(minutes=10_000)


async def test_the_tokens_lifetime_is_a_setting(contoso: Subscribed) -> None:
    await contoso.control("PATCH", "/settings", {"subscription_token_seconds": 3_600})
    subscription = await contoso.subscribe()

    assert subscription.token_expires_at == START + timedelta(hours=1)
