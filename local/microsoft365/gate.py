"""The gate before every Entra and Graph request: log, latency, scripted faults, throttling and concurrency."""

import asyncio
import re
import traceback
from uuid import uuid4

import httpx
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.microsoft365.addressing import target_of
from local.microsoft365.asked import Asked, asked_of, read_ahead
from local.microsoft365.faults import FaultAnswer
from local.microsoft365.limits import check_limits, resource_units, tenant_throttle_scope
from local.microsoft365.refusals import scripted_answer, throttled, too_many_at_once
from local.microsoft365.request_log import LoggedRequest
from local.microsoft365.subscription_upkeep import reconsider
from local.microsoft365.throttling import MAILBOX_CONCURRENCY
from local.microsoft365.world import World

_CHANGES_ACCESS = re.compile(
    r"/control/(?:settings|apps/.*|tenants/(?!.*/(?:calendars|events)(?:/|$)).*)|/[^/]+/v2[.]0/.*"
)


class Gate:
    """ASGI middleware. Control calls pass untouched and are not logged."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith("/control"):
            await self._app(scope, receive, send)
            self._follow_up(scope)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = str(uuid4())
        target = target_of(scope["path"])
        receive, form = await read_ahead(target, scope["method"], receive)
        asked = asked_of(self._world, target, Headers(scope=scope), form, scope["method"])
        await _Visit(self._app, self._world, asked, scope).answer(receive, send)
        self._follow_up(scope)

    def _follow_up(self, scope: Scope) -> None:
        """A subscription lives as long as the consent, the person and the licence that it rests on."""
        if scope["method"] != "GET":
            if _CHANGES_ACCESS.fullmatch(scope["path"]):
                reconsider(self._world)
            self._world.outbound.nudge()


class _Visit:
    """One request on its way through."""

    def __init__(self, app: ASGIApp, world: World, asked: Asked, scope: Scope) -> None:
        self._app = app
        self._world = world
        self._asked = asked
        self._scope = scope
        self._arrived = world.now()
        self._status: int | None = None
        self._early = False
        self._extra: dict[str, str] = {}

    async def answer(self, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                self._sign(message)
            await send(message)

        try:
            await self._pass(receive, watched)
        except httpx.ReadError:
            raise
        except Exception:
            traceback.print_exc()  # uvicorn's own log is off, since it reports every dropped connection
            raise
        finally:
            self._log()

    async def _pass(self, receive: Receive, send: Send) -> None:
        if not self._asked.target.is_mailbox:
            await self._serve(receive, send)
            return
        with self._world.throttling.running(("running", *self._asked.scope)) as running:
            if running > MAILBOX_CONCURRENCY and self._world.settings.throttle:
                await too_many_at_once(self._world, self._request_ids())(self._scope, receive, send)
                return
            await self._serve(receive, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        refusal = self._throttled()
        fault = None if refusal else self._world.faults.take(self._asked.match, self._arrived)
        await asyncio.sleep(self._world.settings.latency_seconds + (fault.delay_seconds if fault else 0.0))
        if fault is not None and fault.after_the_act:
            await self._app(self._scope, receive, _unheard)
        if fault is not None and fault.drop_connection:
            await _drop(send)
        if fault is not None:
            refusal = self._from_script(fault)
        await (refusal or self._app)(self._scope, receive, send)

    def _throttled(self) -> Response | None:
        """Refused because an earlier Retry-After has not passed, or because a limit is used up."""
        remaining = self._remaining()
        if remaining is not None:
            self._early = True
            return throttled(self._world, self._asked.target, remaining, self._request_ids())
        query = self._scope["query_string"].decode("latin-1")
        spent = check_limits(self._world, self._asked, query, self._arrived)
        if spent is None:
            return None
        self._extra = resource_units(self._asked, spent, query)
        if spent.retry_after is None:
            return None
        self._world.throttling.hold(self._asked.scope, spent.retry_after, self._arrived)
        return throttled(self._world, self._asked.target, spent.retry_after, self._request_ids())

    def _remaining(self) -> float | None:
        """Seconds that an earlier Retry-After, of this scope or of the whole tenant, still has to run."""
        scopes = [self._asked.scope] if self._asked.target.is_entra else [self._asked.scope, self._asked.tenant_scope]
        found = (self._world.throttling.remaining(scope, self._arrived) for scope in scopes)
        return max((seconds for seconds in found if seconds is not None), default=None)

    def _from_script(self, fault: FaultAnswer) -> Response | None:
        if fault.status is None:
            return None
        if fault.retry_after is not None:
            scope = self._asked.tenant_scope if fault.whole_tenant else self._asked.scope
            self._world.throttling.hold(scope, fault.retry_after, self._world.now())
        if fault.whole_tenant:
            self._extra["x-ms-throttle-scope"] = tenant_throttle_scope(self._asked)
        return scripted_answer(self._world, self._asked.target, fault, self._request_ids())

    def _request_ids(self) -> tuple[str, str]:
        request_id: str = self._scope["state"]["request_id"]
        return request_id, Headers(scope=self._scope).get("client-request-id", request_id)

    def _sign(self, message: Message) -> None:
        """The headers that every answer carries."""
        headers = MutableHeaders(scope=message)
        request_id, client_request_id = self._request_ids()
        if self._asked.target.is_entra:
            headers["x-ms-request-id"] = request_id
            headers.setdefault("cache-control", "no-store, no-cache")
            return
        headers["request-id"] = request_id
        headers["client-request-id"] = client_request_id
        for name, value in self._extra.items():
            headers[name] = value

    def _log(self) -> None:
        state, asked = self._scope["state"], self._asked
        self._world.requests.add(
            LoggedRequest(
                n=self._world.requests.take_number(),
                at=self._arrived,
                kind=asked.target.kind,
                method=self._scope["method"],
                path=self._scope["path"],
                query=self._scope["query_string"].decode("latin-1"),
                tenant=state.get("tenant", asked.tenant),
                user=state.get("user", asked.user),
                app=state.get("app", asked.app),
                status=self._status,
                request_id=state["request_id"],
                early=self._early,
            )
        )


async def _unheard(message: Message) -> None:
    """An answer on its way to nobody."""


async def _drop(send: Send) -> None:
    """Begin an answer and break off: the server closes the socket; in process the client sees the same error."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    raise httpx.ReadError("the connection was dropped by script")
