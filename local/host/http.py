"""HTTP triggers: from a request to an invocation and from what the function returned to an answer."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from multidict import CIMultiDict

from local.host import protos
from local.host.cookies import render_cookie
from local.host.functions import HttpTrigger
from local.host.keys import Keys
from local.host.routes import Match, RouteTable
from local.host.worker import Outcome, Worker

log = logging.getLogger("host")

# FUNCTIONS_REQUEST_BODY_SIZE_LIMIT of the real host, in bytes:
# https://learn.microsoft.com/azure/azure-functions/functions-bindings-http-webhook-trigger#limits
LARGEST_BODY = 104_857_600
# What the server below works out itself.
_HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpFront:
    """Answers every request of both ports that is not the host's own ``/admin``."""

    def __init__(self, worker: Worker, keys: Keys, prefix: str) -> None:
        self._worker = worker
        self._keys = keys
        self._routes = RouteTable(worker.functions, prefix)

    def app(self, admin: Mapping[tuple[str, str], Handler]) -> web.Application:
        app = web.Application(client_max_size=LARGEST_BODY)
        for (method, path), handler in admin.items():
            app.router.add_route(method, path, self._with_admin_key(handler))
        app.router.add_route("*", r"/{anything:[\s\S]*}", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.StreamResponse:
        match = self._routes.find(request.method, request.raw_path.partition("?")[0])
        if match is None:
            return web.Response(status=404)
        if not self._keys.open(match.trigger.auth_level, _presented_key(request)):
            return web.Response(status=401)
        data = protos.TypedData(http=await _http_message(request, match))
        outcome = await self._worker.invoke(
            match.function, data, {}, trace_parent=request.headers.get("traceparent", "")
        )
        return _response(outcome)

    def show(self, base_url: str) -> None:
        for function in self._worker.functions:
            if isinstance(function.trigger, HttpTrigger):
                methods = ",".join(sorted(function.trigger.methods))
                log.info("%s: [%s] %s/%s", function.name, methods, base_url, function.trigger.route)

    def _with_admin_key(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._keys.open("admin", _presented_key(request)):
                return web.Response(status=401)
            return await handler(request)

        return guarded


def _presented_key(request: web.Request) -> str:
    return request.headers.get("x-functions-key") or request.query.get("code", "")


async def _http_message(request: web.Request, match: Match) -> protos.RpcHttp:
    """As the real host: names in lower case, values of the same name joined, empty ones left out."""
    names = dict.fromkeys(name.lower() for name in request.headers)
    headers = {name: ",".join(request.headers.getall(name)) for name in names}
    query = {name: ",".join(request.query.getall(name)) for name in request.query}
    return protos.RpcHttp(
        method=request.method,
        url=f"{request.scheme}://{request.host}{request.raw_path}",
        headers={name: value for name, value in headers.items() if value},
        query={name: value for name, value in query.items() if value},
        params=match.parameters,
        body=protos.TypedData(bytes=await request.read()),
    )


def _response(outcome: Outcome) -> web.Response:
    """Nothing of a failure is told to the caller; the console has shown it."""
    if not outcome.succeeded:
        return web.Response(status=500)
    value = outcome.value
    if value is None:
        return web.Response(status=204)
    if value.WhichOneof("data") == "string":
        return web.Response(text=value.string)
    if value.WhichOneof("data") == "json":
        return web.json_response(json.loads(value.json))
    http = value.http
    headers = CIMultiDict((name, text) for name, text in http.headers.items() if name.lower() not in _HOP_BY_HOP)
    for cookie in http.cookies or ():
        headers.add("Set-Cookie", render_cookie(cookie))
    return web.Response(status=int(http.status_code), headers=headers, body=http.body.bytes)
