"""The identity service's limits are kept while a directory of 100,000 is matched and thousands of users are looked up.

The real flows and the real Graph adapter, in one process with the stand-in, which counts resource units and refuses
what is too much. Requests take no time here: whatever is done between two moves of the clock is done at once.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from math import ceil
from uuid import UUID

import httpx
import msgspec
import pytest

from local.microsoft365.entra.tokens import app_token
from local.microsoft365.server import create_app
from local.microsoft365.throttling import IDENTITY_WINDOW, identity_units
from local.microsoft365.world import App, Person, Tenant, World
from shared_code import directory_ports
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.directory import GraphDirectory
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, Through, tenant_of
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.product_user import Address, UserState
from shared_code.core.roster import SentUser
from shared_code.flows.product_users import iter_users
from shared_code.messages import AnyMessage, LookUpUsers, SweepUsers
from shared_code.order_queues import USER_MATCH
from tests.contract.standin import ADDRESS, ROLES
from tests.fakes.clock import FixedClock
from tests.fakes.composed_app import ComposedApp

ORGANIZATION, CONNECTION = OrganizationId("acme"), ConnectionId("c1")
TENANT, CLIENT = TenantId(str(UUID(int=10**6))), str(UUID(int=10**6 + 1))
AT_ONCE = 16  # messages, see host.json
MOST_ROUNDS = 3_000


@dataclass
class Directory:
    """A tenant of the stand-in and the app beside it, with one clock; orders for mailboxes are left lying."""

    world: World
    app: "AppBesideStandIn"

    def populate(self, people: int) -> None:
        directory = self.world.tenants[TENANT].directory
        for number in range(people):
            name = f"user{number}@contoso.example"
            aliases = [f"smtp:alias{number}@contoso.example"]
            directory.put(Person(str(UUID(int=number + 1)), name, mail=name, proxy_addresses=aliases))

    async def send(self, numbers: range, addresses: int = 1) -> None:
        """As the product sends its users, in one call."""
        users = {ProductUserId(f"user{number:06}"): _sent(number, addresses) for number in numbers}
        await self.app.product_users.put_many(ORGANIZATION, users, self.app.clock.now())

    async def carry_out(self) -> None:
        """Every match and look-up, at the earliest moment that it may be, as many at once as one function does."""
        sent, clock = self.app.sent, self.app.clock
        for _ in range(MOST_ROUNDS):
            following = sent.next_visible_at()
            if following is None:
                return
            clock.move_to(max(following, clock.now()))
            showing = [message for _ in range(AT_ONCE) if (message := sent.take(USER_MATCH)) is not None]
            if not showing:
                sent.take()
            await asyncio.gather(*map(self._carry_out, showing))
        raise AssertionError("matches and look-ups did not come to an end")

    async def _carry_out(self, message: AnyMessage) -> None:
        match message:
            case SweepUsers():
                await self.app.user_match.run(message, self.app.clock.now())
            case LookUpUsers():
                await self.app.look_up.run(message, self.app.clock.now())

    def waiting_look_ups(self) -> list[int]:
        """How many users each of them is about."""
        waiting = (sent.message for sent in self.app.sent._waiting)
        return [len(message.users) for message in waiting if isinstance(message, LookUpUsers)]

    async def states(self) -> Counter[UserState]:
        return Counter([user.value.state async for user in iter_users(self.app._users, ORGANIZATION)])

    def units_spent(self) -> int:
        """One unit a request: a listing of users with ``$select``, a user, a round of changes."""
        return sum(request.path.startswith("/v1.0/users") for request in self.world.requests.after(0))

    def refused(self) -> int:
        return sum(request.status == httpx.codes.TOO_MANY_REQUESTS for request in self.world.requests.after(0))


class AppBesideStandIn(ComposedApp):
    def __init__(self, clock: FixedClock, graph: GraphClient) -> None:
        super().__init__(clock=clock)
        self._client = graph

    @cached_property
    def _directory(self) -> directory_ports.Directory:
        return GraphDirectory(self._client)


@dataclass
class Tokens:
    """Signed once an hour, as long as they live."""

    world: World
    token: str = ""
    hour: int = -1

    async def get(self, through: Through) -> str:
        if self.hour != self.world.now().hour:
            found = self.world.tenants[tenant_of(through)]
            self.token = app_token(self.world, self.world.apps[CLIENT], found, found.service_principals[CLIENT])
            self.hour = self.world.now().hour
        return self.token

    async def replace(self, through: Through, refused: str) -> str:  # noqa: ARG002 - the port's signature
        return await self.get(through)

    async def replace_old(self, through: Through, token: str) -> str | None:  # noqa: ARG002 - the port's signature
        return None


@pytest.fixture
async def directory() -> AsyncIterator[Directory]:
    clock = FixedClock()
    world = World(clock, ADDRESS)
    world.apps[CLIENT] = App(CLIENT, "Orgcal for organisations")
    world.tenants[TENANT] = Tenant(TENANT, "contoso.example", ("contoso.example",))
    world.open_service_principal(world.tenants[TENANT], CLIENT).roles = tuple(ROLES)
    client = GraphClient(ADDRESS, Tokens(world), clock, httpx.ASGITransport(create_app(world)))
    app = AppBesideStandIn(clock, client)
    await app._organizations.create(Organization(ORGANIZATION, "Acme", clock.now()))
    link = ActivationLink(1, clock.now(), clock.now(), ProductUserId("boss"))
    connection = Connection(CONNECTION, ORGANIZATION, ConnectionState.ACTIVE, clock.now(), link, tenant=TENANT)
    await app._organizations.add_connection(connection, AuditEntry(clock.now(), "connection.requested", "boss"))
    yield Directory(world, app)
    await client.close()


async def test_a_match_of_a_hundred_thousand_and_the_look_ups_after_it_stay_within_the_limit(
    directory: Directory,
) -> None:
    directory.populate(100_000)
    await directory.send(range(0, 100_000, 100))  # so many at once are found by a full match
    await directory.carry_out()
    matched = directory.units_spent()

    await directory.send(range(1, 100_000, 200))
    looked_up = directory.waiting_look_ups()
    await directory.carry_out()

    assert await directory.states() == {UserState.PENDING: 1_500}
    assert matched == 102  # pages of 999, and where changes begin
    assert sum(looked_up) == 500
    assert len(looked_up) <= 20  # of fifty, and what a group has beyond
    assert directory.units_spent() == matched + sum(ceil(users / 3) for users in looked_up)
    assert directory.refused() == 0


async def test_look_ups_that_would_exceed_the_limit_are_spread_over_time(directory: Directory) -> None:
    limit = identity_units(40) // 10  # of a small tenant, a tenth: the SDK takes its time over each request
    directory.world.settings = msgspec.structs.replace(directory.world.settings, resource_units=limit)
    directory.populate(40)
    began = directory.app.clock.now()
    await directory.send(range(500), addresses=3)

    await directory.carry_out()

    spent, passed = directory.units_spent(), directory.app.clock.now() - began
    assert await directory.states() == {UserState.PENDING: 40, UserState.NO_MATCH: 460}
    assert spent >= 500 > limit
    assert passed > timedelta(seconds=IDENTITY_WINDOW * (spent - limit) / limit)
    assert directory.refused() == 0


def _sent(number: int, addresses: int) -> SentUser:
    names = [f"user{number}", f"alias{number}", f"former{number}"][:addresses]
    return SentUser(tuple(Address(f"{name}@contoso.example", verified=True) for name in names), "user", None, False)
