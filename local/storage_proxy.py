"""A reverse proxy before Azurite's table and queue services, so that storage follows the local clock.

The app and the host use its two ports as they would Azurite's: SharedKey signs the path but not the host. It

- counts operations (``GET /_meter``, ``DELETE /_meter``);
- fails some when told: ``POST /_faults {"service": "table", "status": 503, "times": 2}``, ``DELETE /_faults``;
- shows a message put with a visibility delay when the *local* clock reaches its instant, also when that jumps;
- tells whoever listens on ``GET /_visible`` which queue has a message to look at, one name a line.
"""

import argparse
import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree.ElementTree import fromstring

import msgspec
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from local.clock import LocalClock
from local.delayed_messages import DelayedMessages
from local.queue_storage import HOST_AGENT, QueueStorage
from local.storage_meter import Fault, Meter, Service, queue_kind, table_kind

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
_OWN_HEADERS = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")
_LARGEST_BODY = 8 * 1024 * 1024  # a table transaction may have 4 MiB
# The host hides a message for ten minutes while its function runs: a lease it renews, not a delay somebody asked for.
_HOST_LEASE_SECONDS = 600
_END = ""


@dataclass(frozen=True)
class _Call:
    """One request as the meter, the faults and the delays see it."""

    service: Service
    method: str
    resource: str  # the path after the account
    query: dict[str, list[str]]
    is_host: bool

    @property
    def kind(self) -> str:
        if self.service == "table":
            return table_kind(self.method, self.resource)
        return queue_kind(self.method, self.resource, peeks="peekonly" in self.query)

    @property
    def delay_seconds(self) -> int:
        return int(self.query.get("visibilitytimeout", ["0"])[0])


class StorageProxy:
    """Both services; ``upstream`` has the addresses of Azurite's."""

    def __init__(self, upstream: dict[Service, str], clock: LocalClock, queues: QueueStorage) -> None:
        self._upstream = upstream
        self._meter = Meter()
        self._faults: list[Fault] = []
        self._listeners: set[asyncio.Queue[str]] = set()
        self._delayed = DelayedMessages(clock, queues, self._tell)
        self._session: ClientSession

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        connector = TCPConnector(limit=200)
        async with ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            timeout=ClientTimeout(total=60),
            skip_auto_headers=_OWN_HEADERS,
        ) as self._session:
            watching = asyncio.create_task(self._delayed.watch())
            yield
            watching.cancel()

    async def end_streams(self, _: web.Application) -> None:
        self._tell(_END)

    def app(self, service: Service) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_get("/_meter", self._show_meter)
        app.router.add_delete("/_meter", self._reset_meter)
        app.router.add_post("/_faults", self._add_fault)
        app.router.add_delete("/_faults", self._clear_faults)
        app.router.add_get("/_visible", self._stream_visible)
        app.router.add_get("/_delayed", self._show_delayed)

        async def forward(request: web.Request) -> web.Response:
            return await self._forward(service, request)

        app.router.add_route("*", "/{anything:.*}", forward)
        app.on_shutdown.append(self.end_streams)
        return app

    async def _forward(self, service: Service, request: web.Request) -> web.Response:
        call = _read_call(service, request)
        self._meter.count("host" if call.is_host else service, call.kind)
        if not call.is_host:
            for fault in self._faults:
                if fault.strikes(service, call.kind):
                    return _failure(service, fault.status)
        body = await request.read()
        url = URL(self._upstream[service] + request.raw_path, encoded=True)
        try:
            async with self._session.request(
                request.method, url, headers=_passed_on(request.headers), data=body or None, allow_redirects=False
            ) as answer:
                content = await answer.read()
        except ClientError:
            return _failure(service, 503)
        if service == "queue" and answer.ok:
            self._observe(call, answer.headers, content)
        headers = _passed_on(answer.headers)
        if request.method != "HEAD":
            headers.popall("Content-Length", None)  # worked out anew
        return web.Response(status=answer.status, headers=headers, body=content)

    def _observe(self, call: _Call, headers: CIMultiDictProxy[str], content: bytes) -> None:
        """Remember what was delayed, tell what became visible."""
        queue, _, rest = call.resource.partition("/")
        if call.kind == "put" and not call.delay_seconds:
            self._tell(queue)
        elif call.kind == "put":
            put = fromstring(content)  # noqa: S314 - Azurite's answer
            receipt = put.findtext(".//PopReceipt", "")
            self._delayed.add(queue, put.findtext(".//MessageId", ""), receipt, timedelta(seconds=call.delay_seconds))
        elif call.kind == "update":
            self._observe_update(queue, rest.removeprefix("messages/"), headers["x-ms-popreceipt"], call.delay_seconds)
        elif call.kind == "delete":
            self._delayed.forget(rest.removeprefix("messages/"))

    def _observe_update(self, queue: str, message_id: str, pop_receipt: str, delay_seconds: int) -> None:
        self._delayed.forget(message_id)
        if not delay_seconds:
            self._tell(queue)
        elif delay_seconds != _HOST_LEASE_SECONDS:
            self._delayed.add(queue, message_id, pop_receipt, timedelta(seconds=delay_seconds))

    def _tell(self, queue: str) -> None:
        for listener in self._listeners:
            listener.put_nowait(queue)

    async def _stream_visible(self, request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(b"\n")
        names: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.add(names)
        try:
            with suppress(ConnectionError):
                while name := await names.get():
                    await stream.write(f"{name}\n".encode())
        finally:
            self._listeners.discard(names)
        return stream

    async def _show_meter(self, _: web.Request) -> web.Response:
        return web.json_response(self._meter.totals())

    async def _reset_meter(self, _: web.Request) -> web.Response:
        self._meter.reset()
        return web.Response(status=204)

    async def _show_delayed(self, _: web.Request) -> web.Response:
        return web.json_response(self._delayed.due_times())

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            self._faults.append(msgspec.json.decode(await request.read(), type=Fault))
        except msgspec.ValidationError as error:
            return web.Response(status=422, text=str(error))
        return web.Response(status=204)

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self._faults.clear()
        return web.Response(status=204)


def _read_call(service: Service, request: web.Request) -> _Call:
    path, _, query = request.raw_path.partition("?")
    resource = path.lstrip("/").partition("/")[2]
    is_host = request.headers.get("User-Agent", "") == HOST_AGENT
    return _Call(service, request.method, resource, parse_qs(query, keep_blank_values=True), is_host)


def _passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP)


def _failure(service: Service, status: int) -> web.Response:
    """As storage says it is busy: https://learn.microsoft.com/rest/api/storageservices/status-and-error-codes2"""
    headers = {"x-ms-error-code": "ServerBusy"}
    if service == "table":
        error = {"odata.error": {"code": "ServerBusy", "message": {"lang": "en-US", "value": "Told to fail."}}}
        return web.json_response(error, status=status, headers=headers)
    text = (
        '<?xml version="1.0" encoding="utf-8"?><Error><Code>ServerBusy</Code><Message>Told to fail.</Message></Error>'
    )
    return web.Response(status=status, text=text, content_type="application/xml", headers=headers)


async def _serve(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = LocalClock(options.clock_file)
    upstream: dict[Service, str] = {"queue": options.queue, "table": options.table}
    azurite = os.environ["AzureWebJobsStorage"]  # noqa: SIM112 - the name that Functions gives it
    async with QueueStorage.from_connection_string(azurite) as queues:
        proxy = StorageProxy(upstream, clock, queues)
        async with proxy.running():
            runners = {service: await _listen(proxy.app(service)) for service in upstream}
            urls = {f"{service}_url": f"http://127.0.0.1:{port}" for service, (_, port) in runners.items()}
            _write_json(options.ready_file, urls)
            await stop.wait()
            for runner, _ in runners.values():
                await runner.cleanup()


async def _listen(app: web.Application) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


def _write_json(path: Path, content: dict[str, str]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(content))
    fresh.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(
        description="A proxy before Azurite; AzureWebJobsStorage holds Azurite's own keys."
    )
    parser.add_argument("--queue", required=True, help="address of Azurite's queue service")
    parser.add_argument("--table", required=True, help="address of Azurite's table service")
    parser.add_argument("--clock-file", type=Path, required=True)
    parser.add_argument("--ready-file", type=Path, required=True)
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
