"""The host as a whole: the worker, its triggers, two ports, the admin API, and a clean stop."""

import asyncio
import logging
import os
import ssl
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web

from local.clock import Clock
from local.host import protos
from local.host.functions import Function, QueueTrigger, TimerTrigger
from local.host.http import Handler, HttpFront
from local.host.keys import Keys
from local.host.queues import QueueListener
from local.host.settings import HostSettings
from local.host.timers import Timer
from local.host.worker import Worker
from local.queue_storage import QueueStorage

log = logging.getLogger("host")

_FINISH_SECONDS = 10.0
_RECONNECT_SECONDS = 0.5
_WAIT_FOR_IDLE_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True)
class Ports:
    http: int
    https: int | None


class AdminInput(msgspec.Struct):
    """https://learn.microsoft.com/azure/azure-functions/functions-manually-run-non-http"""

    input: str = ""


class Host:
    """Runs a loaded app until stopped."""

    def __init__(self, worker: Worker, settings: HostSettings, keys: Keys, clock: Clock, meter_url: str | None) -> None:
        self._worker = worker
        self._settings = settings
        self._clock = clock
        self._meter_url = meter_url
        self._front = HttpFront(worker, keys, settings.route_prefix)
        self._runner = web.AppRunner(
            self._front.app(self._admin_routes()), access_log=None, shutdown_timeout=_FINISH_SECONDS
        )
        self._storages: dict[str, QueueStorage] = {}
        self._listeners: list[QueueListener] = []
        self._timers: dict[str, Timer] = {}
        self._loops: set[asyncio.Task[None]] = set()  # ended at the stop
        self._polling: set[asyncio.Task[None]] = set()  # end by themselves once told
        self._started_at = time.monotonic()

    async def start(self, *, http_port: int, https_port: int, certificate: Path | None) -> Ports:
        for function in self._worker.functions:
            await self._attach(function)
        await self._runner.setup()
        http = await self._listen(http_port, None)
        https = None if certificate is None else await self._listen(https_port, _tls(certificate))
        self._front.show(f"https://localhost:{https}" if https else f"http://localhost:{http}")
        for listener in self._listeners:
            _spawn(listener.run(), self._polling)
        for timer in self._timers.values():
            _spawn(timer.run(), self._loops)
        if self._meter_url and self._listeners:
            _spawn(self._follow_visible(f"{self._meter_url}/_visible"), self._loops)
        return Ports(http, https)

    async def stop(self) -> None:
        """No new work; what runs may finish."""
        for site in list(self._runner.sites):
            await site.stop()
        unfinished = [*self._loops, *self._polling]
        for loop in self._loops:
            loop.cancel()
        for listener in self._listeners:
            listener.stop()
        await asyncio.gather(*unfinished, return_exceptions=True)
        await self._worker.finish(seconds=_FINISH_SECONDS)
        await asyncio.gather(*(listener.finish() for listener in self._listeners))
        await self._runner.cleanup()
        for storage in self._storages.values():
            await storage.__aexit__()

    async def _attach(self, function: Function) -> None:
        match function.trigger:
            case QueueTrigger() as trigger:
                queues = await self._storage(trigger.connection)
                settings = self._settings.queues
                self._listeners.append(
                    QueueListener(function, trigger, queues=queues, settings=settings, invoke=self._worker.invoke)
                )
                log.info("%s: queue %s", function.name, trigger.queue)
            case TimerTrigger() as trigger:
                self._timers[function.name] = Timer(function, trigger, clock=self._clock, invoke=self._worker.invoke)
                log.info("%s: timer %s", function.name, trigger.schedule)

    async def _storage(self, connection: str) -> QueueStorage:
        if connection not in self._storages:
            storage = QueueStorage.from_connection_string(os.environ[connection])
            self._storages[connection] = await storage.__aenter__()
        return self._storages[connection]

    async def _listen(self, port: int, tls: ssl.SSLContext | None) -> int:
        site = web.TCPSite(self._runner, "127.0.0.1", port, ssl_context=tls)
        await site.start()
        bound: int = self._runner.addresses[-1][1]
        return bound

    async def _follow_visible(self, url: str) -> None:
        """The storage proxy tells which queue has something to see, so that quiet queues need no quick polling."""
        no_limit = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(timeout=no_limit) as session:
            while True:
                try:
                    async with session.get(url) as stream:
                        async for line in stream.content:
                            self._nudge(line.decode().strip())
                except aiohttp.ClientError as error:
                    log.warning("the storage proxy does not answer: %s", error)
                await asyncio.sleep(_RECONNECT_SECONDS)

    def _nudge(self, queue: str) -> None:
        """An empty name comes first: the listening has begun, and what was put before it is found by looking once."""
        for listener in self._listeners:
            if queue in {"", listener.queue}:
                listener.nudge()

    def _admin_routes(self) -> dict[tuple[str, str], Handler]:
        return {
            ("GET", "/admin/host/status"): self._status,
            ("GET", "/admin/functions"): self._list_functions,
            ("POST", "/admin/functions/{name}"): self._run_function,
        }

    async def _status(self, request: web.Request) -> web.Response:
        """As the real host's, and how much there is to do: what has begun and runs, timers due, messages in each queue.

        ``?wait=idle`` answers when nothing runs or is due, after a while with no messages counted if that never is."""
        uptime = round((time.monotonic() - self._started_at) * 1000)
        status = {"id": "local", "state": "Running", "version": "local", "processUptime": uptime}
        counts = request.query.get("wait") != "idle" or await self._becomes_idle()
        messages = await self._count_messages() if counts else {}
        work = {"begun": self._worker.begun, **self._work(), "messages": messages}
        return web.json_response({**status, **work})

    async def _becomes_idle(self) -> bool:
        give_up_at = time.monotonic() + _WAIT_FOR_IDLE_SECONDS
        while any(self._work().values()):
            if time.monotonic() > give_up_at:
                return False
            await asyncio.sleep(_LOOK_EVERY_SECONDS)
        return True

    def _work(self) -> dict[str, int]:
        return {
            "running": self._worker.running,
            "timers_due": sum(timer.is_due() for timer in self._timers.values()),
        }

    async def _count_messages(self) -> dict[str, int]:
        queues = self._queues_with_storage()
        counts = await asyncio.gather(*(storage.count(queue) for queue, storage in queues))
        return {queue: count for (queue, _), count in zip(queues, counts, strict=True)}

    def _queues_with_storage(self) -> list[tuple[str, QueueStorage]]:
        triggers = [each.trigger for each in self._worker.functions if isinstance(each.trigger, QueueTrigger)]
        return [(trigger.queue, self._storages[trigger.connection]) for trigger in triggers]

    async def _list_functions(self, _: web.Request) -> web.Response:
        return web.json_response([{"name": function.name} for function in self._worker.functions])

    async def _run_function(self, request: web.Request) -> web.Response:
        """Run a timer or queue function now; 202 at once, as on Azure."""
        function = next((each for each in self._worker.functions if each.name == request.match_info["name"]), None)
        if function is None:
            return web.Response(status=404)
        text = msgspec.json.decode(await request.read() or b"{}", type=AdminInput).input
        if function.name in self._timers:
            _spawn(self._timers[function.name].fire(is_past_due=False), self._loops)
        elif isinstance(function.trigger, QueueTrigger):
            _spawn(self._run_queue_function(function, text), self._loops)
        else:
            return web.Response(status=400)
        return web.Response(status=202)

    async def _run_queue_function(self, function: Function, text: str) -> None:
        await self._worker.invoke(function, protos.TypedData(string=text), {})


def _spawn(work: Coroutine[None, None, None], among: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(work)
    among.add(task)
    task.add_done_callback(among.discard)
    task.add_done_callback(_show_failure)


def _show_failure(task: asyncio.Task[None]) -> None:
    """A loop that ends by an error is a fault of the host; nobody else would hear of it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a part of the host has ended", exc_info=error)


def _tls(certificate: Path) -> ssl.SSLContext:
    """``certificate``: a PEM file with the private key and the chain."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
