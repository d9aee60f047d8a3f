"""The whole app in this process: its flows and Graph adapters, storage in memory, the stand-in behind a transport.

Time stands until it is moved, so that requests and storage operations are counted, never timed.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import azure.functions as func
import httpx

from benchmarks.storage import CONNECTION, ORGANIZATION, TENANT, today
from functions.notifications import graph_lifecycle, graph_notifications
from functions.user_match_sweep import user_match_sweep
from local.microsoft365.delivery import next_due_at, pump
from local.microsoft365.entra.tokens import app_token
from local.microsoft365.event_input import parse_draft
from local.microsoft365.mailbox import Mailbox
from local.microsoft365.outbound import Outbound
from local.microsoft365.seeding import AppEntry, PersonEntry, TenantEntry, put_app, put_tenant
from local.microsoft365.server import create_app
from local.microsoft365.world import World
from shared_code import bootstrap, ports
from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.events import GraphEvents
from shared_code.adapters.graph.subscriptions import GraphSubscriptions, addresses_of
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.warming import Warming
from shared_code.booking_ports import Events
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import ProductUserId, Through, UserId, tenant_of
from shared_code.core.intervals import Interval
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.messages import ConnectMailbox
from shared_code.ports import UserChange
from shared_code.subscription_ports import Subscriptions
from tests.fakes.clock import FixedClock
from tests.fakes.composed_app import BASE_URL, ComposedApp
from tests.unit.functions.orders import carry_out

MICROSOFT = "https://microsoft.example"
ROLES = ("User.Read.All", "Calendars.ReadWrite")
MINUTE = timedelta(minutes=1)


class CountedWorld(ComposedApp):
    """An organisation whose people are matched and wait for their first read."""

    def __init__(self, people: int) -> None:
        super().__init__(clock=FixedClock(today()))
        self.tenants_people = [_person(number) for number in range(people)]
        self.graph = World(
            self.clock,
            MICROSOFT,
            outbound=Outbound(transport=httpx.MockTransport(self._receive), stopwatch=lambda: 0.0),
        )
        put_app(self.graph, self.settings.client_id, AppEntry("Orgcal", required_roles=ROLES))
        granted: dict[str, tuple[str, ...]] = {self.settings.client_id: ROLES}
        put_tenant(
            self.graph, TENANT, TenantEntry(domain="contoso.example", people=self.tenants_people, roles_granted=granted)
        )

    async def populate(self) -> None:
        now, link = self.clock.now(), ActivationLink(1, self.clock.now(), self.clock.now(), ProductUserId("boss"))
        organizations = TableOrganizations(self.rows)
        await organizations.create(Organization(ORGANIZATION, "Acme", now))
        connection = Connection(CONNECTION, ORGANIZATION, ConnectionState.ACTIVE, now, link, tenant=TENANT)
        await organizations.add_connection(connection, AuditEntry(now, "connection.requested", "boss"))
        users = [_matched(person, now) for person in self.tenants_people]
        await TableProductUsers(self.rows).save([UserChange(None, user) for user in users])

    async def connect(self) -> None:
        for person in self.tenants_people:
            user = ProductUserId(_name(person))
            order = ConnectMailbox(organization=ORGANIZATION, user=user, tenant=TENANT, user_id=UserId(person.id))
            await self.sent.send(order)
        await self.drain()

    def mailbox(self, number: int) -> Mailbox:
        person = self.graph.tenants[TENANT].directory.find_by_key(self.tenants_people[number].id)
        assert person is not None
        return person.open_mailbox()

    def add_meeting(self, number: int, time: Interval | None = None) -> None:
        """Somebody's calendar changes, the day after tomorrow unless a time is given; Graph has something to tell."""
        now, mailbox = self.clock.now(), self.mailbox(number)
        noon = now.replace(hour=12) + timedelta(days=2)
        time = time or Interval(noon, noon + timedelta(hours=1))
        times = {"start": time.start, "end": time.end}
        body = {name: {"dateTime": f"{at:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"} for name, at in times.items()}
        mailbox.add(mailbox.default_calendar, parse_draft({"subject": "A meeting", **body}), now)

    async def deliver(self) -> int:
        """Graph posts what is due; how many posts."""
        return await pump(self.graph)

    async def drain(self) -> None:
        """Carry out every order that shows now."""
        while (message := self.sent.take()) is not None:
            await carry_out(message)

    async def run_for(self, period: timedelta) -> None:
        """Let time go on from one thing that is due to the next: the minute timer, delayed orders, Graph's posts."""
        end = self.clock.now() + period
        while (now := self.clock.now()) < end:
            minute = now.replace(second=0, microsecond=0) + MINUTE
            due = (minute, end, self.sent.next_visible_at(), next_due_at(self.graph))
            self.clock.move_to(max(now, min(instant for instant in due if instant is not None)))
            await self.deliver()
            if self.clock.now() == minute:
                await user_match_sweep(func.TimerRequest())
            await self.drain()

    def requests(self) -> Counter[str]:
        """Graph's, by kind."""
        return Counter(request.kind for request in self.graph.requests.after(0))

    def forget_counts(self) -> None:
        self.graph.requests.clear()
        self.rows.operations.clear()
        self.sent.sent.clear()

    async def _receive(self, request: httpx.Request) -> httpx.Response:
        """What Graph posts reaches the app's own functions."""
        takes = graph_lifecycle if request.url.path.endswith("lifecycle") else graph_notifications
        answer = await takes(
            func.HttpRequest("POST", str(request.url), params=dict(request.url.params), body=request.content)
        )
        kind = {"Content-Type": answer.mimetype or "text/plain"}
        return httpx.Response(answer.status_code, content=answer.get_body(), headers=kind)

    @cached_property
    def _client(self) -> GraphClient:
        return GraphClient(MICROSOFT, GraphTokens(self), self.clock, httpx.ASGITransport(create_app(self.graph)))

    @cached_property
    def _calendars(self) -> ports.Calendars:
        return GraphCalendars(self._client)

    @cached_property
    def _events(self) -> Events:
        return GraphEvents(self._client)

    @cached_property
    def _subscriptions(self) -> Subscriptions:
        warming = Warming(addresses_of(BASE_URL), self.clock, httpx.MockTransport(self._receive))
        return GraphSubscriptions(self._client, BASE_URL, warming)


class GraphTokens:
    """What Entra would sign, without asking it."""

    def __init__(self, app: CountedWorld) -> None:
        self._app = app

    async def get(self, through: Through) -> str:
        world, found = self._app.graph, self._app.graph.tenants[tenant_of(through)]
        client_id = self._app.settings.client_id
        return app_token(world, world.apps[client_id], found, found.service_principals[client_id])

    async def replace(self, through: Through, refused: str) -> str:  # noqa: ARG002 - the port's signature
        return await self.get(through)

    async def replace_old(self, through: Through, denied: str) -> str | None:  # noqa: ARG002 - the port's signature
        return None


def _person(number: int) -> PersonEntry:
    address = f"user{number}@contoso.example"
    return PersonEntry(id=str(UUID(int=number + 1)), user_principal_name=address, mail=address)


def _name(person: PersonEntry) -> str:
    return person.user_principal_name.partition("@")[0]


def _matched(person: PersonEntry, now: datetime) -> ProductUser:
    """The product does not know the zone, so that Microsoft is asked for it."""
    address = person.user_principal_name
    match = Match(CONNECTION, TENANT, UserId(person.id), MatchRule.MAIL, address, now)
    return ProductUser(
        ORGANIZATION,
        ProductUserId(_name(person)),
        (Address(address, verified=True),),
        UserState.PENDING,
        now,
        match=match,
    )


@contextmanager
def counted_world(people: int) -> Iterator[CountedWorld]:
    """Served by the functions of this process meanwhile."""
    world = CountedWorld(people)
    bootstrap.serve(world)
    try:
        yield world
    finally:
        bootstrap.serve(None)
