"""What is sent to the product's endpoint, and how its answers are read."""

import asyncio
import base64
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from shared_code.adapters import product_webhooks
from shared_code.adapters.product_webhooks import ProductWebhooks
from shared_code.core.delivery import Answer
from shared_code.core.ids import OrganizationId
from shared_code.core.product_event import EventType, new_event
from shared_code.core.secret import Secret
from tests.fakes.clock import FixedClock

OLD, NEW = ("whsec_" + base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))
URL = "https://product.example/hooks/very-private"
EVENT = new_event(
    EventType.USER_CONNECTED,
    OrganizationId("acme"),
    datetime(2026, 3, 2, 9, 0, 0, 5, tzinfo=UTC),
    "ann",
    user="ann",
    connection=None,
)


def webhooks(answer: Callable[[httpx.Request], httpx.Response], *secrets: str) -> ProductWebhooks:
    """The clock is the real one: the library that verifies asks it."""
    clock = FixedClock(datetime.now(UTC))
    return ProductWebhooks(
        Secret(URL), [Secret(secret) for secret in secrets or (OLD,)], clock, httpx.MockTransport(answer)
    )


async def sent(*secrets: str) -> httpx.Request:
    requests: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(204)

    assert (await webhooks(take, *secrets).send(EVENT)).is_taken
    return requests[0]


async def test_a_receiver_verifies_it_with_the_librarys_own_hand() -> None:
    request = await sent(OLD)

    body = Webhook(OLD).verify(request.content, dict(request.headers))

    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.headers["webhook-id"] == EVENT.event
    assert body == {
        "event": EVENT.event,
        "type": "user.connected",
        "timestamp": "2026-03-02T09:00:00.000005Z",
        "organization": "acme",
        "data": {"user": "ann", "connection": None},
    }


async def test_while_secrets_are_exchanged_both_verify_it_and_no_other() -> None:
    request = await sent(OLD, NEW)

    for secret in (OLD, NEW):
        Webhook(secret).verify(request.content, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(base64.b64encode(b"x" * 32).decode()).verify(request.content, dict(request.headers))


async def test_a_second_try_has_the_same_id_and_the_same_bytes() -> None:
    first, second = await sent(), await sent()

    assert first.content == second.content
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    asked: list[str] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    answer = await webhooks(redirect).send(EVENT)

    assert (answer, asked) == (Answer(302), [URL])


async def test_retry_after_is_read() -> None:
    answer = await webhooks(lambda _: httpx.Response(503, headers={"Retry-After": "90"})).send(EVENT)

    assert answer == Answer(503, timedelta(seconds=90))


async def test_no_answer_has_no_status_and_leaves_no_address_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def break_off(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}")

    with caplog.at_level(logging.DEBUG):
        answer = await webhooks(break_off).send(EVENT)

    assert answer == Answer(None)
    assert "very-private" not in caplog.text
    assert "ConnectError" in caplog.text


async def test_an_endpoint_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(product_webhooks, "ANSWER_SECONDS", 0)

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    silent = ProductWebhooks(Secret(URL), [Secret(OLD)], FixedClock(), httpx.MockTransport(hang))

    assert await silent.send(EVENT) == Answer(None)


async def test_nothing_is_known_of_the_address_but_its_digest() -> None:
    configured = webhooks(lambda _: httpx.Response(204))

    assert ProductWebhooks(Secret(""), (), FixedClock()).address is None
    assert configured.address is not None
    assert "product" not in configured.address
