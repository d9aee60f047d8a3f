"""The ``Subscriptions`` port: one suite for the fake and for the real adapter against the stand-in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

import httpx
import pytest

from local.microsoft365.entra.tokens import app_token
from local.microsoft365.server import create_app
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.subscriptions import GraphSubscriptions
from shared_code.core.ids import MailboxKey, TenantId, Through, UserId, tenant_of
from shared_code.core.subscription import LIFETIME
from shared_code.errors import Gone, Occupied, TryLater
from shared_code.subscription_ports import Subscriptions
from tests.contract.adapters import link_to
from tests.fakes.clock import START
from tests.fakes.fake_subscriptions import FakeSubscriptions
from tests.unit.local.subscribed_world import ANN, BOB, CLIENT, GRAPH, TENANT, Subscribed

ANNS = MailboxKey("organizations", TenantId(TENANT), UserId(ANN))
BOBS = MailboxKey("organizations", TenantId(TENANT), UserId(BOB))
BASE = "https://app.example"


class Microsoft(Protocol):
    @property
    def subscriptions(self) -> Subscriptions: ...

    @property
    def now(self) -> datetime: ...


@dataclass
class FakeMicrosoft:
    subscriptions: FakeSubscriptions = field(default_factory=FakeSubscriptions)

    @property
    def now(self) -> datetime:
        return START


class RealMicrosoft:
    """The adapter over msgraph-sdk, and the stand-in behind an in-process transport."""

    def __init__(self) -> None:
        self.world = Subscribed()
        transport = httpx.ASGITransport(create_app(self.world.world))
        self.client = GraphClient(GRAPH, AppTokens(self.world), self.world.clock, transport)
        self.subscriptions = GraphSubscriptions(self.client, BASE)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()


@dataclass(frozen=True)
class AppTokens:
    world: Subscribed

    async def get(self, through: Through) -> str:
        place = self.world.world.tenants[tenant_of(through)]
        return app_token(self.world.world, self.world.world.apps[CLIENT], place, place.service_principals[CLIENT])

    async def replace(self, through: Through, refused: str) -> str:  # noqa: ARG002 - the port's
        return await self.get(through)

    async def replace_old(self, through: Through, denied: str) -> str | None:  # noqa: ARG002 - the port's
        return None


@pytest.fixture
async def real() -> AsyncIterator[RealMicrosoft]:
    microsoft = RealMicrosoft()
    yield microsoft
    await microsoft.client.close()
    await microsoft.world.client.aclose()


@pytest.fixture(params=["fake", "real"])
def microsoft(request: pytest.FixtureRequest) -> Microsoft:
    if request.param == "fake":
        return FakeMicrosoft()
    real: RealMicrosoft = request.getfixturevalue("real")
    return real


async def test_a_new_subscription_lives_as_long_as_it_says_and_is_ours(microsoft: Microsoft) -> None:
    given = await microsoft.subscriptions.create(link_to(ANNS), "said", microsoft.now + LIFETIME)

    assert given.expires_at == microsoft.now + LIFETIME
    assert given.client_state == "said"
    assert microsoft.subscriptions.is_ours(given)
    assert await microsoft.subscriptions.read(ANNS.tenant, given.subscription) == given


async def test_a_second_one_of_the_same_mailbox_is_refused_with_the_name_of_the_first(microsoft: Microsoft) -> None:
    first = await microsoft.subscriptions.create(link_to(ANNS), "first", microsoft.now + LIFETIME)
    other = await microsoft.subscriptions.create(link_to(BOBS), "other", microsoft.now + LIFETIME)

    with pytest.raises(Occupied) as occupied:
        await microsoft.subscriptions.create(link_to(ANNS), "second", microsoft.now + LIFETIME)

    assert occupied.value.taken_by == first.subscription != other.subscription


async def test_a_list_holds_every_mailboxs_and_keeps_their_words_to_itself(microsoft: Microsoft) -> None:
    given = [
        await microsoft.subscriptions.create(link_to(mailbox), "said", microsoft.now + LIFETIME)
        for mailbox in (ANNS, BOBS)
    ]

    listed = await microsoft.subscriptions.list(ANNS.tenant)

    assert [one.user_id for one in given] == [ANNS.user_id, BOBS.user_id]
    by_name = sorted(listed, key=lambda one: one.subscription)
    assert by_name == sorted((replace(one, client_state=None) for one in given), key=lambda one: one.subscription)


async def test_a_tenant_without_any_has_an_empty_list(microsoft: Microsoft) -> None:
    assert await microsoft.subscriptions.list(ANNS.tenant) == ()


async def test_a_long_list_is_read_to_its_end(real: RealMicrosoft) -> None:
    settings = {"duplicate_subscriptions": "allowed", "subscription_page_size": 2}
    await real.world.control("PATCH", "/settings", settings)
    for _ in range(5):
        await real.subscriptions.create(link_to(ANNS), "said", real.now + LIFETIME)

    assert len(await real.subscriptions.list(ANNS.tenant)) == 5


async def test_a_renewal_says_until_when(microsoft: Microsoft) -> None:
    given = await microsoft.subscriptions.create(link_to(ANNS), "said", microsoft.now + timedelta(days=1))

    expires_at = await microsoft.subscriptions.renew(ANNS.tenant, given.subscription, microsoft.now + LIFETIME)

    found = await microsoft.subscriptions.read(ANNS.tenant, given.subscription)
    assert expires_at == found.expires_at == microsoft.now + LIFETIME


async def test_what_was_deleted_is_gone_and_makes_room(microsoft: Microsoft) -> None:
    given = await microsoft.subscriptions.create(link_to(ANNS), "said", microsoft.now + LIFETIME)
    await microsoft.subscriptions.delete(ANNS.tenant, given.subscription)

    for call in (microsoft.subscriptions.read, microsoft.subscriptions.delete):
        with pytest.raises(Gone):
            await call(ANNS.tenant, given.subscription)
    with pytest.raises(Gone):
        await microsoft.subscriptions.renew(ANNS.tenant, given.subscription, microsoft.now + LIFETIME)
    again = await microsoft.subscriptions.create(link_to(ANNS), "again", microsoft.now + LIFETIME)
    assert again.subscription != given.subscription


async def test_graph_shakes_hands_with_both_addresses_and_tells_with_our_word(real: RealMicrosoft) -> None:
    await real.subscriptions.create(link_to(ANNS), "said", real.now + LIFETIME)

    real.world.meet()
    told: list[dict[str, Any]] = await real.world.pump()

    assert sorted(real.world.endpoint.handshakes) == ["/graph/lifecycle", "/graph/notifications"]
    assert {(item["clientState"], item["tenantId"]) for item in told} == {("said", TENANT)}
    assert [one.immutable_ids for one in real.world.world.subscriptions] == [True]


async def test_an_address_that_fails_the_handshake_may_do_better_later(real: RealMicrosoft) -> None:
    real.world.endpoint.shake = lambda token: httpx.Response(503, text=token)

    with pytest.raises(TryLater):
        await real.subscriptions.create(link_to(ANNS), "said", real.now + LIFETIME)


async def test_a_lapsed_subscription_is_gone(real: RealMicrosoft) -> None:
    given = await real.subscriptions.create(link_to(ANNS), "said", real.now + LIFETIME)
    real.world.clock.advance(LIFETIME + timedelta(minutes=1))

    with pytest.raises(Gone):
        await real.subscriptions.renew(ANNS.tenant, given.subscription, real.now + LIFETIME)
