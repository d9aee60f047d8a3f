"""Delivery without anybody asking for it, as in the process, and the way out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from local.microsoft365.courier import LOOK_EVERY_SECONDS, deliver_forever
from local.microsoft365.outbound import Outbound
from tests.unit.local.subscribed_world import CHANGES, Subscribed


class Gatekeeper(httpx.AsyncBaseTransport):
    """Answers posts to ``/slow`` only once the gate is open, and tells of every answer."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.answered: asyncio.Queue[str] = asyncio.Queue()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        token = request.url.params.get("validationToken")
        if token is not None:
            return httpx.Response(200, text=token)
        if request.url.path == "/slow":
            await self.gate.wait()
        self.answered.put_nowait(request.url.path)
        return httpx.Response(202)

    async def next_answer(self) -> str:
        return await asyncio.wait_for(self.answered.get(), 5)


class Patient(Outbound):
    """Tells how long each wait is meant to last at most."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(transport=transport)
        self._waits: asyncio.Queue[float | None] = asyncio.Queue()

    async def wait_for_nudge(self, seconds: float | None) -> None:
        self._waits.put_nowait(seconds)
        await super().wait_for_nudge(seconds)

    async def next_wait(self) -> float | None:
        return await asyncio.wait_for(self._waits.get(), 5)


@asynccontextmanager
async def delivering(contoso: Subscribed) -> AsyncIterator[None]:
    courier = asyncio.create_task(deliver_forever(contoso.world))
    yield
    courier.cancel()
    await asyncio.wait((courier,))


@pytest.fixture
async def contoso() -> AsyncIterator[Subscribed]:
    inside = Subscribed()
    async with inside.client:
        yield inside


async def test_a_change_leaves_by_itself(contoso: Subscribed) -> None:
    keeper = Gatekeeper()
    contoso.world.outbound = Outbound(transport=keeper)
    await contoso.subscribe()

    async with delivering(contoso):
        contoso.meet()

        assert await keeper.next_answer() == "/notifications"


async def test_a_slow_address_holds_up_nobody_else(contoso: Subscribed) -> None:
    keeper = Gatekeeper()
    contoso.world.outbound = Outbound(transport=keeper)
    await contoso.subscribe(notificationUrl="https://app.example/slow")
    await contoso.subscribe(changeType="created")

    async with delivering(contoso):
        contoso.meet()
        first = await keeper.next_answer()
        contoso.meet()
        second = await keeper.next_answer()
        keeper.gate.set()
        later = [await keeper.next_answer(), await keeper.next_answer()]

    assert (first, second, later) == ("/notifications", "/notifications", ["/slow", "/slow"])


async def test_a_moved_clock_is_seen_without_a_word(contoso: Subscribed) -> None:
    keeper = Gatekeeper()
    contoso.world.outbound = Outbound(transport=keeper)
    await contoso.subscribe()
    await contoso.control("PUT", "/notifications/script", {"delay_seconds": 3_600})

    async with delivering(contoso):
        contoso.meet()
        contoso.clock.advance(timedelta(hours=1))

        assert await keeper.next_answer() == "/notifications"


async def test_the_courier_sleeps_for_good_while_nothing_can_come_and_looks_up_while_something_can(
    contoso: Subscribed,
) -> None:
    patient = Patient(transport=contoso.endpoint)
    contoso.world.outbound = patient

    async with delivering(contoso):
        idle = await patient.next_wait()
        await contoso.subscribe()
        busy = await patient.next_wait()

    assert (idle, busy) == (None, LOOK_EVERY_SECONDS)


async def test_nobody_waits_longer_than_the_limit() -> None:
    outbound = Outbound(transport=Gatekeeper())

    reply = await outbound.post("https://app.example/slow", b"", "text/plain", 0.01)

    assert (reply.status, reply.is_success) == (None, False)


async def test_a_redirect_is_an_answer_and_no_success() -> None:
    moved = httpx.MockTransport(lambda _: httpx.Response(307, headers={"location": CHANGES}))

    reply = await Outbound(transport=moved).post(CHANGES, b"", "text/plain", 1)

    assert (reply.status, reply.is_success) == (307, False)
