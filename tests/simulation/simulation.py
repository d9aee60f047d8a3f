"""One run: Microsoft, the app in two processes, the host, and one clock for all of them."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

import httpx

from shared_code import ports
from shared_code.adapters.entra.authority import EntraAuthority
from shared_code.adapters.entra.delegated_tokens import DelegatedTokens, RefreshTokenRequests
from shared_code.adapters.entra.tokens import TokenCache
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.subscriptions import GraphSubscriptions, addresses_of
from shared_code.adapters.tables.rows import Rows
from shared_code.adapters.warming import Warming
from shared_code.bootstrap import App
from shared_code.dead_letter_ports import PoisonQueues
from shared_code.errors import Conflict, TryLater
from shared_code.event_ports import Webhooks
from shared_code.settings import Settings
from tests.fakes.composed_app import make_settings
from tests.fakes.memory_poison_queues import MemoryPoisonQueues
from tests.fakes.memory_queues import MemoryQueues
from tests.simulation.clock import SimulatedClock
from tests.simulation.ear import Ear
from tests.simulation.endpoint import Endpoint
from tests.simulation.host import Host
from tests.simulation.ids import Ids, draw_uuids_from
from tests.simulation.instances import serve
from tests.simulation.microsoft import Courier, Wire, build_world, open_outbound
from tests.simulation.personal import RefreshRequests, SimulatedSignIns
from tests.simulation.places import MICROSOFT, ORGCAL, WINDOW_DAYS
from tests.simulation.stage import Stage
from tests.simulation.storage import Distance, DistantPoisonQueues, DistantQueues, DistantRows
from tests.simulation.tokens import TokenRequests

_SECRETS = {"ORGCAL_SIGNING_KEYS": "a-signing-key-of-thirty-two-characters"}


AWAKE = timedelta(minutes=12)
ASLEEP, MOMENT = timedelta(minutes=28.5), timedelta(minutes=1.5)


def simulated_settings() -> Settings:
    return make_settings(
        ORGCAL_BASE_URL=ORGCAL,
        ORGCAL_AUTHORITY_URL=MICROSOFT,
        ORGCAL_GRAPH_URL=MICROSOFT,
        ORGCAL_WINDOW_DAYS=str(WINDOW_DAYS),
        **_SECRETS,
    )


class SimulatedApp(App):
    """The real App over this run's storage and wire."""

    def __init__(self, simulation: "Simulation") -> None:
        super().__init__(simulation.settings, simulation.clock)
        self._simulation = simulation

    @cached_property
    def _rows(self) -> DistantRows:  # type: ignore[override]
        return self._simulation.distant_rows

    @cached_property
    def _queues(self) -> ports.Queues:
        return self._simulation.distant_queues

    @cached_property
    def _poison_queues(self) -> PoisonQueues:
        return self._simulation.distant_given_up

    @cached_property
    def _webhooks(self) -> Webhooks:
        return self._simulation.ear

    @cached_property
    def _chance(self) -> ports.Chance:
        return self._simulation.ids

    @cached_property
    def _authority(self) -> EntraAuthority:
        """For looking at the grant; nobody signs in here, and what that needs takes long to build."""
        return EntraAuthority(self.settings, self._tokens, codes=_nobody, id_tokens=_nobody)

    @cached_property
    def _graph(self) -> GraphClient:
        return GraphClient(MICROSOFT, self._graph_tokens, self.clock, self._simulation.wire)

    @cached_property
    def _subscriptions(self) -> GraphSubscriptions:
        warming = Warming(addresses_of(ORGCAL), self.clock, self._simulation.own_addresses)
        return GraphSubscriptions(self._graph, ORGCAL, warming)

    @cached_property
    def _tokens(self) -> TokenCache:
        return TokenCache(TokenRequests(self._client, self.clock, self._simulation.numbers), self.clock)

    @cached_property
    def _delegated_tokens(self) -> DelegatedTokens:
        refreshing = RefreshRequests(self._client, self.clock, self._simulation.numbers)
        return DelegatedTokens(RefreshTokenRequests(self._token_vault, refreshing), self.clock)

    @cached_property
    def _personal_authority(self) -> SimulatedSignIns:
        return SimulatedSignIns(self._simulation.world, self._simulation.numbers)

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=self._simulation.wire)


_nobody: Any = None


class Simulation:
    """Made and closed by the machine; ``chance`` decides everything that hypothesis does not."""

    def __init__(self, seed: int, stage: Stage) -> None:
        self.stage = stage
        self.loop = stage.loop
        self.loop.set_exception_handler(lambda _, __: None)  # whoever waits hears of it, and a dead process need not
        self.clock = SimulatedClock(self.loop)
        self.chance = Random(seed)  # noqa: S311 - a run is the same each time
        draw_uuids_from(self.chance)
        self.numbers = itertools.count(1)
        self.ids = Ids(self.numbers)
        self.settings = simulated_settings()
        self.rows = stage.rows
        self.queues = MemoryQueues(self.clock)
        distance = Distance(self.chance)
        self.given_up = MemoryPoisonQueues(self.clock)
        self.distant_given_up = DistantPoisonQueues(self.given_up, distance)
        self.distant_rows, self.distant_queues = (
            DistantRows(self.rows, distance),
            DistantQueues(self.queues, distance, stage.put),
        )
        self.ear = Ear()
        self.begun_at = self.clock.now()
        self.world = build_world(self.clock)
        self.wire = Wire(self.world, self.chance)
        self.host = Host(self.clock, self.queues, self.chance, lambda: SimulatedApp(self), self.loop, self.given_up)
        self.endpoint = Endpoint(self.host)
        self.own_addresses = httpx.ASGITransport(self.endpoint)
        self.world.outbound = open_outbound(self.own_addresses)
        self.courier = Courier(self.world)
        serve()
        self._going = [self.loop.create_task(self.host.run()), self.loop.create_task(self.courier.run())]

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def call[T](self, about: str, work: Callable[[App], Coroutine[Any, Any, T]]) -> T:
        """A request of the product, which asks again if the process dies, or if it is told to come again."""
        while True:
            instance = self.host.any_instance()
            task = instance.start(about, work(instance.app))
            self.run(_ended(task))
            if not instance.is_dead and not isinstance(task.exception(), Conflict | TryLater):
                return task.result()
            self.pass_time(timedelta(seconds=1))

    def pass_time(self, by: timedelta) -> None:
        self.run(asyncio.sleep(by.total_seconds()))
        for task in self._going:
            if task.done():
                task.result()

    def pass_long(self, by: timedelta) -> None:
        """The same where nothing is going on: of each half hour only the last minute and a half is lived through."""
        end = self.now + by
        self.pass_time(min(by, AWAKE))
        while self.now < end - AWAKE:
            self.clock.jump(min(ASLEEP, end - AWAKE - self.now))
            self._look_at_the_clock()
            self.pass_time(MOMENT)
        self.pass_time(max(timedelta(0), end - self.now))

    def jump(self, by: timedelta) -> None:
        """Nobody was there for so long: all processes are gone, and whatever fell due is late."""
        self.host.stop_all()
        self.clock.jump(by)
        self._look_at_the_clock()

    def _look_at_the_clock(self) -> None:
        self.host.nudge()
        self.world.outbound.nudge()

    def close(self) -> None:
        self.host.stop_all()
        for task in self._going:
            task.cancel()
        self.run(asyncio.sleep(0))
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.run(asyncio.sleep(0))
        self.run(self.stage.close())
        self.loop.close()


async def _ended(task: asyncio.Task[Any]) -> None:
    await asyncio.wait([task])


class NearApp(App):
    """The real App without any distance to its storage: what the stored rows say at one instant."""

    def __init__(self, simulation: Simulation) -> None:
        super().__init__(simulation.settings, simulation.clock)
        self._simulation = simulation

    @cached_property
    def _rows(self) -> Rows:  # type: ignore[override]
        return self._simulation.rows

    @cached_property
    def _queues(self) -> ports.Queues:
        return MemoryQueues(self._simulation.clock)  # to ask changes nothing

    @cached_property
    def _graph(self) -> GraphClient:
        """Never asked; one with a transport of its own would read the trusted authorities for each run."""
        return GraphClient(MICROSOFT, self._graph_tokens, self.clock, self._simulation.wire)
