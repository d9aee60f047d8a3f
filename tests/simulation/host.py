"""The Functions host: hands queue messages to the real functions, rings the minute, and survives its processes.

As the real one it shows a message again 30 seconds after it failed, and gives it up to the poison queue after 8 tries.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import azure.functions as func

from functions.calendar_sync import calendar_backfill, calendar_sync
from functions.product_delivery import product_delivery
from functions.user_match import user_match
from functions.user_match_sweep import user_match_sweep
from shared_code.bootstrap import App
from shared_code.errors import OrgcalError
from shared_code.messages import encode
from shared_code.order_queues import CALENDAR_BACKFILL, CALENDAR_SYNC, PRODUCT_DELIVERY, QUEUES, USER_MATCH
from tests.fakes.memory_poison_queues import MemoryPoisonQueues
from tests.fakes.memory_queues import MemoryQueues
from tests.simulation.clock import SimulatedClock
from tests.simulation.instances import Dead, Instance

FUNCTIONS: dict[str, Any] = {
    USER_MATCH: user_match,
    CALENDAR_SYNC: calendar_sync,
    CALENDAR_BACKFILL: calendar_backfill,
    PRODUCT_DELIVERY: product_delivery,
}
VISIBILITY = timedelta(seconds=30)
MOST_TRIES = 8
AT_ONCE = 4  # messages of one queue, in both processes together
INSTANCES = 2
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Delivery:
    queue: str
    body: bytes
    number: int
    tries: int = 1
    deaths: int = 0  # tries that ended with their process


@dataclass
class Host:
    clock: SimulatedClock
    queues: MemoryQueues
    chance: Random
    compose: Callable[[], App]
    loop: asyncio.AbstractEventLoop
    given_up: MemoryPoisonQueues
    poison: list[Delivery] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    surprises: list[BaseException] = field(default_factory=list)
    deaths: int = 0

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._running: Counter[str] = Counter()
        self._again: list[tuple[datetime, Delivery]] = []
        self._nudged = asyncio.Event()
        self._timer: asyncio.Task[Any] | None = None
        self.instances = [self._open() for _ in range(INSTANCES)]
        self.queues.on_send = lambda _: self.nudge()

    @property
    def is_idle(self) -> bool:
        return not any(instance.tasks for instance in self.instances)

    def nudge(self) -> None:
        self._nudged.set()

    def any_instance(self) -> Instance:
        """One that lives, and is awake if any is; for each that has died another one was started."""
        self.instances = [self._open() if instance.is_dead else instance for instance in self.instances]
        awake = [instance for instance in self.instances if instance.stalled_until <= self.loop.time()]
        return self.chance.choice(awake or self.instances)

    def start[T](self, about: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        return self.any_instance().start(about, work)

    def stop_all(self) -> None:
        """Every process dies where it stands."""
        for instance in self.instances:
            if instance.tasks:
                self.deaths += 1
            instance.die()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ring())
            group.create_task(self._poll())

    async def _poll(self) -> None:
        while True:
            self._nudged.clear()
            for queue in QUEUES:
                while self._running[queue] < AT_ONCE and (delivery := self._take(queue)) is not None:
                    self._hand_over(delivery)
            await self._wait()

    async def _wait(self) -> None:
        shows_at = min((at for at in (self.queues.next_visible_at(), *self._times()) if at is not None), default=None)
        seconds = None if shows_at is None else (shows_at - self.clock.now()).total_seconds()
        if seconds is not None and seconds <= 0:
            seconds = None  # it shows, and there is no room for it: whoever ends nudges
        try:
            async with asyncio.timeout(seconds):
                await self._nudged.wait()
        except TimeoutError:
            return

    def _times(self) -> list[datetime]:
        return [at for at, _ in self._again]

    def _take(self, queue: str) -> Delivery | None:
        now = self.clock.now()
        for again in self._again:
            if again[0] <= now and again[1].queue == queue:
                self._again.remove(again)
                return replace(again[1], tries=again[1].tries + 1)
        message = self.queues.take(queue)
        return None if message is None else Delivery(queue, encode(message), next(self._numbers))

    def _hand_over(self, delivery: Delivery) -> None:
        message = func.QueueMessage(id=str(delivery.number), body=delivery.body)
        instance = self.any_instance()
        task = instance.start(delivery.body.decode(), FUNCTIONS[delivery.queue](message))
        self._running[delivery.queue] += 1
        task.add_done_callback(lambda done: self._settle(delivery, instance, done))

    def _settle(self, delivery: Delivery, instance: Instance, done: asyncio.Task[Any]) -> None:
        self._running[delivery.queue] -= 1
        self.nudge()
        error = None if done.cancelled() else done.exception()
        if not done.cancelled() and error is None and not instance.is_dead:
            return
        if instance.is_dead:
            delivery = replace(delivery, deaths=delivery.deaths + 1)
        else:
            self._note(error)
        if delivery.tries >= MOST_TRIES:
            self.poison.append(delivery)
            self.given_up.give_up(delivery.queue, delivery.body)
        else:
            self._again.append((self.clock.now() + VISIBILITY, delivery))

    def redrive(self) -> None:
        """As an operator does with dead letters, once no process dies any more."""
        died = [each for each in self.poison if each.deaths]
        self.poison = [each for each in self.poison if not each.deaths]
        self._again += [(self.clock.now(), replace(each, tries=1)) for each in died]
        self.nudge()

    def _note(self, error: BaseException | None) -> None:
        """What a function may raise is one of the app's own errors: the host brings the message again."""
        self.failures[type(error).__name__] += 1
        if error is not None and not isinstance(error, OrgcalError | Dead):
            self.surprises.append(error)

    async def _ring(self) -> None:
        while True:
            now = self.clock.now()
            full = now.replace(second=0, microsecond=0) + MINUTE
            await asyncio.sleep((full - now).total_seconds())
            self.ring()

    def ring(self) -> None:
        """The minute is full; a run that is not over yet is left alone."""
        if self._timer is not None and not self._timer.done():
            return
        instance = self.any_instance()
        self._timer = instance.start("timer", user_match_sweep(func.TimerRequest()))
        self._timer.add_done_callback(lambda done: self._settle_timer(instance, done))

    def _settle_timer(self, instance: Instance, done: asyncio.Task[Any]) -> None:
        if not done.cancelled() and (error := done.exception()) is not None and not instance.is_dead:
            self._note(error)

    def _open(self) -> Instance:
        return Instance(next(self._numbers), self.compose(), self.loop)
