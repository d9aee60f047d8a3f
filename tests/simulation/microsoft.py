"""The stand-in of one run, and the wire to it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from random import Random

import httpx

from local.microsoft365.addressing import target_of
from local.microsoft365.delivery import next_due_at, send, take_due
from local.microsoft365.entra.signing_keys import SigningKeys
from local.microsoft365.outbound import Outbound
from local.microsoft365.seeding import AppEntry, PersonEntry, TenantEntry, put_app, put_tenant
from local.microsoft365.server import create_app
from local.microsoft365.world import World
from tests.simulation.clock import SimulatedClock
from tests.simulation.instances import Invocation, current, has_read, outside, step
from tests.simulation.places import CLIENT, DOMAINS, MICROSOFT, PEOPLE, ROLES
from tests.simulation.tokens import certificate

FASTEST, SLOWEST = 0.02, 0.3  # seconds
LATE = 20.0  # seconds that an answer may be under way


@cache
def _keys() -> SigningKeys:
    """Made once a process: they say nothing, and cost more than a whole run."""
    return SigningKeys()


def build_world(clock: SimulatedClock) -> World:
    world = World(clock, MICROSOFT, keys=_keys())
    put_app(world, CLIENT, AppEntry("Orgcal", required_roles=ROLES, certificates=(certificate().public_pem,)))
    for tenant, domain in DOMAINS.items():
        people = [
            PersonEntry(
                id=person.user_id,
                user_principal_name=person.address,
                mail=person.address,
                display_name=person.name.title(),
                mailbox_time_zone=person.zone,
            )
            for person in PEOPLE
            if person.tenant == tenant
        ]
        put_tenant(world, tenant, TenantEntry(domain=domain, people=people, roles_granted={CLIENT: ROLES}))
    return world


class Wire(httpx.AsyncBaseTransport):
    """The way to Microsoft. A request that has left is carried out, whether or not somebody is left to hear of it."""

    def __init__(self, world: World, chance: Random) -> None:
        self._microsoft = httpx.ASGITransport(create_app(world))
        self._chance = chance
        self.is_answer_lost: Callable[[httpx.Request], bool] = lambda _: False
        self.late_answers = 0  # of the next requests for a window
        self.on_request: list[Callable[[Invocation, httpx.Request], None]] = []
        self.on_answer: list[Callable[[Invocation, httpx.Request], None]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        invocation = current()
        step()
        if invocation is not None:
            for told in self.on_request:
                told(invocation, request)
        try:
            return await self._carry(request)
        finally:
            if invocation is not None:
                for told in self.on_answer:
                    told(invocation, request)

    async def _carry(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(self._chance.uniform(FASTEST, SLOWEST))
        step()
        work = self._microsoft.handle_async_request(request)
        task = asyncio.get_running_loop().create_task(work, context=outside())
        answer = await asyncio.shield(task)
        await asyncio.sleep(self._way_back(request))
        step()
        if self.is_answer_lost(request):
            raise httpx.ReadError("the answer was lost", request=request)
        if _is_view(request):
            has_read()
        return answer

    def _way_back(self, request: httpx.Request) -> float:
        if self.late_answers and _is_view(request):
            self.late_answers -= 1
            return LATE
        return self._chance.uniform(FASTEST, SLOWEST)


def _is_view(request: httpx.Request) -> bool:
    return target_of(request.url.path).kind == "calendar_view"


class Courier:
    """Brings notifications when they fall due."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            while True:
                for post in take_due(self._world):
                    group.create_task(send(self._world, post))
                due_at = next_due_at(self._world)
                left = None if due_at is None else max(timedelta(0), due_at - self._world.now())
                await self._world.outbound.wait_for_nudge(None if left is None else left.total_seconds())


def open_outbound(transport: httpx.AsyncBaseTransport) -> Outbound:
    return Outbound(transport=transport)
