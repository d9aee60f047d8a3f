"""The processes that the app runs in, and how one dies: at any await, and nothing it would have done comes after.

Every port asks whether its process still lives, before it does anything and before it answers. A dead one gets
``Dead``, which is nobody's error: no ``except`` of the app's catches it, and what a ``finally`` would do is not done.
"""

import asyncio
from collections.abc import Coroutine
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

from shared_code import bootstrap
from shared_code.bootstrap import App
from shared_code.core.sync_rules import LEASE_TIME

STALL = LEASE_TIME + timedelta(seconds=30)


class Dead(BaseException):
    """The process is gone."""


@dataclass(eq=False)
class Invocation:
    """One call of a function: a queue message, a tick of the timer, a request."""

    instance: "Instance"
    about: str
    is_done: bool = False
    has_stalled: bool = False  # it may go on with what is no longer its own, and find out when it writes

    @property
    def is_over(self) -> bool:
        return self.is_done or self.instance.is_dead


@dataclass(eq=False)
class Instance:
    """One process. ``dies_after`` counts down the steps over a port's threshold that are left to it, None: it lives."""

    number: int
    app: App
    loop: asyncio.AbstractEventLoop
    dies_after: int | None = None
    is_dead: bool = False
    stalls_after: int | None = None  # the same, until it stands still for a while
    stalls_when_read: bool = False  # as soon as it has a calendar's answer in hand
    stalled_until: float = 0.0  # by the loop's time
    tasks: dict[asyncio.Task[Any], None] = field(default_factory=dict)  # in their order: a set's is another each time

    def start[T](self, about: str, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        context, invocation = copy_context(), Invocation(self, about)
        context.run(_current.set, invocation)
        task = self.loop.create_task(work, context=context)
        self.tasks[task] = None
        task.add_done_callback(lambda done: self._end(invocation, done))
        return task

    def _end(self, invocation: Invocation, done: asyncio.Task[Any]) -> None:
        invocation.is_done = True
        self.tasks.pop(done, None)

    def die(self) -> None:
        self.is_dead = True
        for task in list(self.tasks):
            task.cancel()


_current: ContextVar[Invocation | None] = ContextVar("invocation", default=None)


def current() -> Invocation | None:
    """Whose work this is; None if it is Microsoft's, or the test's own."""
    return _current.get()


def step() -> None:
    """A port's threshold. Raises ``Dead`` in a process that has died, or that dies here."""
    invocation = _current.get()
    if invocation is None:
        return
    instance = invocation.instance
    if instance.dies_after is not None and not instance.is_dead:
        instance.dies_after -= 1
        if instance.dies_after < 0:
            instance.die()
    if instance.is_dead:
        raise Dead


def standstill() -> float:
    """Seconds for which this process does nothing: it was frozen with its machine, or starved, and wakes none the
    wiser, with a lease that somebody else may have taken by then."""
    invocation = _current.get()
    if invocation is None:
        return 0.0
    instance, now = invocation.instance, invocation.instance.loop.time()
    if instance.stalls_after is not None:
        instance.stalls_after -= 1
        if instance.stalls_after < 0:
            instance.stalls_after = None
            _stall(instance)
    left = max(0.0, instance.stalled_until - now)
    invocation.has_stalled = invocation.has_stalled or left > 0
    return left


def has_read() -> None:
    """This process has just been told what is in a calendar."""
    invocation = _current.get()
    if invocation is not None and invocation.instance.stalls_when_read:
        invocation.instance.stalls_when_read = False
        _stall(invocation.instance)


def _stall(instance: Instance) -> None:
    instance.stalled_until = instance.loop.time() + STALL.total_seconds()


def outside() -> Context:
    """For what goes on when the process is dead: Microsoft works on what it was asked."""
    context = copy_context()
    context.run(_current.set, None)
    return context


class _Serving:
    """What the functions take for their process's one App: that of the process they run in."""

    def __getattr__(self, name: str) -> Any:
        invocation = _current.get()
        if invocation is None:
            raise RuntimeError("a function runs in no process")
        return getattr(invocation.instance.app, name)


def serve() -> None:
    bootstrap.serve(cast("App", _Serving()))
