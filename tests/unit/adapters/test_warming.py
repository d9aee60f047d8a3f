"""Our own addresses are called before Graph calls them, and whatever comes of it stops nothing."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from shared_code.adapters.warming import STAYS_WARM, Warming
from tests.fakes.clock import FixedClock

ADDRESSES = ("https://app.example/graph/notifications", "https://app.example/graph/lifecycle")


class Endpoint(httpx.AsyncBaseTransport):
    """Says back what it is told, unless told otherwise."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response] | None = None) -> None:
        self.called: list[str] = []
        self._answer = answer or (lambda request: httpx.Response(200, text=request.url.params["validationToken"]))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        self.called.append(str(request.url.copy_with(query=None)))
        return self._answer(request)


async def test_both_addresses_are_called_and_answer(caplog: pytest.LogCaptureFixture) -> None:
    endpoint = Endpoint()

    with caplog.at_level(logging.WARNING, "orgcal"):
        await Warming(ADDRESSES, FixedClock(), endpoint).warm()

    assert sorted(endpoint.called) == sorted(ADDRESSES)
    assert caplog.records == []


async def test_an_address_that_is_warm_is_left_alone_for_two_minutes() -> None:
    endpoint, clock = Endpoint(), FixedClock()
    warming = Warming(ADDRESSES, clock, endpoint)
    await warming.warm()
    clock.advance(STAYS_WARM - timedelta(seconds=1))
    await warming.warm()
    meanwhile = len(endpoint.called)
    clock.advance(timedelta(seconds=1))

    await warming.warm()

    assert (meanwhile, len(endpoint.called)) == (2, 4)


async def test_many_at_once_wait_for_the_same_handshakes() -> None:
    endpoint = Endpoint()
    warming = Warming(ADDRESSES, FixedClock(), endpoint)

    await asyncio.gather(*(warming.warm() for _ in range(20)))

    assert len(endpoint.called) == 2


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody", request=request)


def dawdle(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("too slow", request=request)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (refuse, "error=ConnectError"),
        (dawdle, "error=ReadTimeout"),
        (lambda _: httpx.Response(503), "status=503"),
        (lambda _: httpx.Response(200, text="something else"), "status=200"),
    ],
    ids=["unreachable", "slow", "unwell", "somebody else"],
)
async def test_a_failure_is_said_and_stops_nothing(
    answer: Callable[[httpx.Request], httpx.Response], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "orgcal"):
        await Warming(ADDRESSES, FixedClock(), Endpoint(answer)).warm()

    assert [record.getMessage() for record in caplog.records] == [
        f"endpoint_not_warm address={address} {said}" for address in ADDRESSES
    ]
