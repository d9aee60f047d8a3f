"""A world with one mailbox, an endpoint inside the test, and both the clock and the endpoint's answers in hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from local.microsoft365.delivery import pump
from local.microsoft365.entra.tokens import app_token
from local.microsoft365.event_input import parse_draft
from local.microsoft365.mailbox import Mailbox, Placed
from local.microsoft365.outbound import Outbound
from local.microsoft365.seeding import AppEntry, PersonEntry, TenantEntry, grant, put_app, put_tenant
from local.microsoft365.server import create_app
from local.microsoft365.subscriptions import Subscription
from local.microsoft365.world import Tenant, World
from tests.unit.local.calendar_world import event

GRAPH = "https://graph.example"
TENANT, CLIENT = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
ANN, BOB = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
CHANGES, LIFECYCLE = "https://app.example/notifications", "https://app.example/lifecycle"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        self._now += by
        return self._now

    def move_to(self, instant: datetime) -> datetime:
        self._now = instant
        return self._now


@dataclass
class Endpoint(httpx.AsyncBaseTransport):
    """Shakes hands, answers ``status`` after ``seconds`` on the stopwatch, and keeps what it was sent."""

    status: int = 202
    seconds: float = 0.0
    stopwatch: float = 0.0
    shake: Callable[[str], httpx.Response] = lambda token: httpx.Response(200, text=token)
    handshakes: list[str] = field(default_factory=list)
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.stopwatch += self.seconds
        token = parse_qs(request.url.query.decode()).get("validationToken")
        if token is not None:
            self.handshakes.append(request.url.path)
            return self.shake(token[0])
        body = await request.aread()
        self.received.append((request.url.path, json.loads(body)))
        if self.seconds >= 10:
            raise httpx.ReadTimeout("nobody waits that long", request=request)
        return httpx.Response(self.status)

    @property
    def items(self) -> list[dict[str, Any]]:
        return [item for _, body in self.received for item in body["value"]]

    def take(self) -> list[dict[str, Any]]:
        items, self.received = self.items, []
        return items


class Subscribed:
    def __init__(self) -> None:
        self.clock, self.endpoint = HandClock(), Endpoint()
        outbound = Outbound(transport=self.endpoint, stopwatch=lambda: self.endpoint.stopwatch)
        self.world = World(self.clock, GRAPH, outbound=outbound)
        people = [
            PersonEntry(id=ANN, user_principal_name="ann@contoso.example"),
            PersonEntry(id=BOB, user_principal_name="bob@contoso.example"),
        ]
        put_app(self.world, CLIENT, AppEntry("Orgcal"))
        put_tenant(self.world, TENANT, TenantEntry(domain="contoso.example", people=people))
        self.consent("Calendars.ReadWrite")
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(self.world)), base_url=GRAPH)

    @property
    def tenant(self) -> Tenant:
        return self.world.tenants[TENANT]

    @property
    def mailbox(self) -> Mailbox:
        person = self.tenant.directory.find(ANN)
        assert person is not None
        return person.open_mailbox()

    def consent(self, *roles: str) -> None:
        grant(self.world, self.tenant, CLIENT, roles)

    async def graph(
        self, method: str, path: str = "", body: Any = None, tenant: str = TENANT, **headers: str
    ) -> httpx.Response:
        place = self.world.tenants[tenant]
        token = app_token(self.world, self.world.apps[CLIENT], place, place.service_principals[CLIENT])
        sent = {"Authorization": f"Bearer {token}", **headers}
        return await self.client.request(method, f"/v1.0/subscriptions{path}", json=body, headers=sent)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.client.request(method, f"/control{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def subscribe(self, prefer: str = 'IdType="ImmutableId"', **members: Any) -> Subscription:
        answer = await self.graph("POST", body=self.wish(**members), Prefer=prefer)
        assert answer.status_code == 201, answer.text
        found = self.world.subscriptions.find(answer.json()["id"])
        assert found is not None
        return found

    def wish(self, *, minutes: float = 10_000, **members: Any) -> dict[str, Any]:
        """A good subscription but for what is given; a member of None is left out."""
        good = {
            "changeType": "created,updated,deleted",
            "notificationUrl": CHANGES,
            "lifecycleNotificationUrl": LIFECYCLE,
            "resource": f"users/{ANN}/events",
            "expirationDateTime": (self.clock.now() + timedelta(minutes=minutes)).isoformat(),
            "clientState": "secret",
        }
        return {name: value for name, value in {**good, **members}.items() if value is not None}

    def meet(self, start: str = "2026-03-03T09:00:00", end: str = "2026-03-03T10:00:00", **more: Any) -> Placed:
        draft = parse_draft(event(start, end, **more))
        return self.mailbox.add(self.mailbox.default_calendar, draft, self.clock.now())

    async def pump(self, after: float = 0) -> list[dict[str, Any]]:
        """Move the clock by seconds, deliver, and take what has arrived."""
        self.clock.advance(timedelta(seconds=after))
        await pump(self.world)
        return self.endpoint.take()
