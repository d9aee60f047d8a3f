"""Graph's own posts: the handshake, changes and lifecycle events, forged ones among them."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import azure.functions as func
import pytest

from functions.notifications import LONGEST_TOKEN, graph_lifecycle, graph_notifications
from shared_code import bootstrap
from shared_code.adapters.client_states import SignedClientStates
from shared_code.core.client_state import ClientState
from shared_code.core.ids import MailboxKey, TenantId, UserId
from shared_code.core.personal_account import CONSUMERS
from shared_code.core.secret import Secret
from shared_code.errors import TryLater, Unexpected
from shared_code.flows.subscribing import keep_order
from shared_code.messages import AnyMessage, SyncMailbox
from shared_code.order_queues import CALENDAR_SYNC
from tests.fakes.composed_app import BASE_URL, ComposedApp, make_settings

Function = Callable[[func.HttpRequest], Awaitable[func.HttpResponse]]

KEY, RETIRED, NEXT = ("a-signing-key-of-thirty-two-characters", "retired-" * 5, "next-" * 8)
TENANT = TenantId("11111111-2222-4333-8444-555555555555")
OTHER_TENANT = TenantId("99999999-2222-4333-8444-555555555555")
SUBSCRIPTION = "7f105c7d-2dc5-4530-97cd-4e7ae6534c07"
MEBIBYTE = 1024 * 1024

both = pytest.mark.parametrize("function", [graph_notifications, graph_lifecycle], ids=["notifications", "lifecycle"])


def mailbox(number: int = 1, tenant: TenantId = TENANT) -> MailboxKey:
    return MailboxKey("organizations", tenant, UserId(str(UUID(int=number))))


def state(of: MailboxKey, key: str = KEY, generation: int = 1) -> str:
    return SignedClientStates([Secret(key)]).write(ClientState(of, generation))


def change(of: MailboxKey, **other: Any) -> dict[str, Any]:
    """https://learn.microsoft.com/graph/api/resources/changenotification, with what the app does not read."""
    return {
        "subscriptionId": SUBSCRIPTION,
        "subscriptionExpirationDateTime": "2026-03-08T09:00:00+00:00",
        "changeType": "updated",
        "resource": f"Users/{of.user_id}/Events/AAMkAGI1=",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "AAMkAGI1="},
        "clientState": state(of),
        "tenantId": of.tenant,
        **other,
    }


def lifecycle(of: MailboxKey, event: str) -> dict[str, Any]:
    return {
        "subscriptionId": SUBSCRIPTION,
        "subscriptionExpirationDateTime": "2026-03-08T09:00:00+00:00",
        "tenantId": of.tenant,
        "clientState": state(of),
        "lifecycleEvent": event,
    }


async def post(function: Function, *items: object, raw: bytes | None = None, **params: str) -> func.HttpResponse:
    body = json.dumps({"value": items}).encode() if raw is None else raw
    return await function(func.HttpRequest("POST", f"{BASE_URL}/graph/notifications", params=params, body=body))


def ordered(orgcal: ComposedApp) -> list[MailboxKey]:
    return [order.mailbox for order in orgcal.sent.messages if isinstance(order, SyncMailbox)]


@both
async def test_a_change_becomes_one_order_to_read_its_mailbox(orgcal: ComposedApp, function: Function) -> None:
    answer = await post(function, change(mailbox()))

    assert answer.status_code == 202
    assert orgcal.sent.messages == [
        SyncMailbox(
            registration="organizations",
            tenant=TENANT,
            user_id=mailbox().user_id,
            queued_at=orgcal.clock.now(),
            cause="notified",
        )
    ]
    assert [sent.queue for sent in orgcal.sent.sent] == [CALENDAR_SYNC]


async def test_no_table_is_read_for_a_notification(orgcal: ComposedApp) -> None:
    await post(graph_notifications, change(mailbox()), change(mailbox(2), clientState="forged"))

    assert orgcal.rows.operations == []


async def test_many_changes_of_a_few_mailboxes_are_one_order_each(orgcal: ComposedApp) -> None:
    items = [change(mailbox(number % 3)) for number in range(30)]

    await post(graph_notifications, *items)

    assert ordered(orgcal) == [mailbox(0), mailbox(1), mailbox(2)]


async def test_one_collection_may_speak_of_several_tenants_and_kinds(orgcal: ComposedApp) -> None:
    elsewhere = mailbox(1, OTHER_TENANT)

    await post(graph_notifications, change(mailbox()), change(elsewhere), lifecycle(mailbox(3), "missed"))

    assert ordered(orgcal) == [mailbox(), elsewhere, mailbox(3)]


@both
@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "somethingNew"])
async def test_where_changes_went_by_untold_the_mailbox_is_read(
    orgcal: ComposedApp, function: Function, event: str
) -> None:
    answer = await post(function, lifecycle(mailbox(), event))

    assert (answer.status_code, ordered(orgcal)) == (202, [mailbox()])


async def test_a_subscription_that_asks_for_its_authorization_is_looked_after_and_has_lost_nothing_yet(
    orgcal: ComposedApp,
) -> None:
    asking = lifecycle(mailbox(), "reauthorizationRequired")

    answer = await post(graph_lifecycle, asking, asking)

    assert (answer.status_code, ordered(orgcal)) == (202, [])
    assert orgcal.sent.messages == [keep_order(mailbox(), orgcal.clock.now(), "authorization", SUBSCRIPTION)]


async def test_a_subscription_that_was_removed_is_looked_after_and_the_mailbox_read(orgcal: ComposedApp) -> None:
    await post(graph_lifecycle, lifecycle(mailbox(), "subscriptionRemoved"))

    assert ordered(orgcal) == [mailbox()]
    assert keep_order(mailbox(), orgcal.clock.now(), "removed", SUBSCRIPTION) in orgcal.sent.messages


async def test_a_forged_lifecycle_event_orders_nothing(orgcal: ComposedApp) -> None:
    forged = {**lifecycle(mailbox(), "subscriptionRemoved"), "clientState": state(mailbox(), key=RETIRED)}

    await post(graph_lifecycle, forged)

    assert orgcal.sent.messages == []


@both
@pytest.mark.parametrize(
    "forged",
    [
        {"clientState": None},
        {"clientState": ""},
        {"clientState": "guessed"},
        {"clientState": state(mailbox(), key=RETIRED)},
        {"clientState": state(mailbox())[:-1] + "!"},
        {"clientState": state(mailbox(1, OTHER_TENANT))},
        {"tenantId": OTHER_TENANT},
        {"tenantId": None},
        {"tenantId": ""},
    ],
    ids=str,
)
async def test_what_nobody_vouches_for_is_dropped_counted_and_answered_alike(
    orgcal: ComposedApp, function: Function, forged: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "orgcal"):
        answer = await post(function, change(mailbox(), **forged), change(mailbox(2)))

    assert (answer.status_code, answer.get_body(), ordered(orgcal)) == (202, b"", [mailbox(2)])
    assert [record.getMessage() for record in caplog.records] == ["notifications_taken items=2 dropped=1 mailboxes=1"]


async def test_a_tenant_id_counts_however_it_is_written(orgcal: ComposedApp) -> None:
    named = TenantId("aaaaaaaa-2222-4333-8444-555555555555")

    await post(graph_notifications, change(mailbox(1, named), tenantId=named.upper()))

    assert ordered(orgcal) == [mailbox(1, named)]


@both
@pytest.mark.parametrize("named", ["", None, CONSUMERS, "84df9e7f-e9f6-40af-b435-aaaaaaaaaaaa"])
async def test_an_outlook_com_account_is_known_by_its_state_whatever_tenant_is_named(
    orgcal: ComposedApp, function: Function, named: str | None
) -> None:
    own = MailboxKey("personal", CONSUMERS, mailbox().user_id)

    await post(function, change(own, tenantId=named))

    assert ordered(orgcal) == [own]


async def test_a_work_account_that_somebody_connected_is_in_its_tenant(orgcal: ComposedApp) -> None:
    own = MailboxKey("personal", TENANT, mailbox().user_id)

    await post(graph_notifications, change(own), change(own, tenantId=OTHER_TENANT), change(own, tenantId=""))

    assert ordered(orgcal) == [own]
    assert len(orgcal.sent.messages) == 1


@pytest.mark.parametrize(("named", "orders"), [(TENANT, 2), (OTHER_TENANT, 0)])
async def test_a_lifecycle_event_may_name_its_tenant_as_an_organization(
    orgcal: ComposedApp, named: TenantId, orders: int
) -> None:
    told = lifecycle(mailbox(), "subscriptionRemoved")
    del told["tenantId"]

    await post(graph_lifecycle, {**told, "organizationId": named})

    assert len(orgcal.sent.messages) == orders


async def test_every_present_key_is_accepted() -> None:
    orgcal = ComposedApp(make_settings(ORGCAL_SIGNING_KEYS=f"{KEY},{NEXT}"))
    bootstrap.serve(orgcal)
    try:
        await post(
            graph_notifications,
            change(mailbox(1), clientState=state(mailbox(1), KEY)),
            change(mailbox(2), clientState=state(mailbox(2), NEXT)),
            change(mailbox(3), clientState=state(mailbox(3), RETIRED)),
        )
    finally:
        bootstrap.serve(None)

    assert ordered(orgcal) == [mailbox(1), mailbox(2)]


@both
async def test_an_empty_collection_is_taken(orgcal: ComposedApp, function: Function) -> None:
    assert (await post(function)).status_code == 202


@both
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"value": {}}',
        b'{"value": [1]}',
        b'{"value": [{"clientState": 7}]}',
        b'{"value": null}',
    ],
)
async def test_a_malformed_body_is_400_and_orders_nothing(orgcal: ComposedApp, function: Function, raw: bytes) -> None:
    answer = await post(function, raw=raw)

    assert (answer.status_code, orgcal.sent.sent) == (400, [])


@both
async def test_a_body_over_one_mebibyte_is_refused(orgcal: ComposedApp, function: Function) -> None:
    fits = json.dumps({"value": [change(mailbox())]}).encode().ljust(MEBIBYTE)

    refused, taken = await post(function, raw=fits + b" "), await post(function, raw=fits)

    assert (refused.status_code, taken.status_code, len(orgcal.sent.sent)) == (413, 202, 1)


@both
async def test_while_the_queue_refuses_graph_is_asked_to_come_again(orgcal: ComposedApp, function: Function) -> None:
    def refuse(message: AnyMessage) -> None:
        if isinstance(message, SyncMailbox) and message.user_id == mailbox(2).user_id:
            raise TryLater("the queue does not answer")

    orgcal.sent.on_send = refuse

    answer = await post(function, *(change(mailbox(number)) for number in (1, 2, 3)))

    assert (answer.status_code, ordered(orgcal)) == (503, [mailbox(1), mailbox(3)])
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_queue_that_is_not_there_is_a_fault_of_ours_that_graph_tries_again(orgcal: ComposedApp) -> None:
    def refuse(message: AnyMessage) -> None:
        raise Unexpected("no such queue")

    orgcal.sent.on_send = refuse

    assert (await post(graph_notifications, change(mailbox()))).status_code == 500


@both
@pytest.mark.parametrize(
    "token", ["Validation: Testing client application reachability for subscription Request-Id: 1+1=2", "<b>é</b>", "0"]
)
async def test_the_handshake_gives_the_token_back_as_plain_text(function: Function, token: str) -> None:
    answer = await post(function, raw=b"", validationToken=token)

    assert (answer.status_code, answer.get_body().decode(), answer.mimetype) == (200, token, "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("token", ["", "x" * (LONGEST_TOKEN + 1)], ids=["empty", "too long"])
async def test_a_token_that_graph_would_not_send_is_refused(token: str) -> None:
    answer = await post(graph_notifications, raw=b"", validationToken=token)

    assert answer.status_code == 400
    assert token == "" or token.encode() not in answer.get_body()


async def test_the_handshake_asks_nothing_of_the_app(mocker: Any) -> None:
    composed = mocker.patch("shared_code.bootstrap.app")

    await post(graph_notifications, raw=b"", validationToken="token")

    assert composed.call_count == 0
