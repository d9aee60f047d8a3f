"""The ``Subscriptions`` port through people's own accounts: one suite for the fake and for the real adapter."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import httpx
import pytest

from local.microsoft365.entra.tokens import user_token
from local.microsoft365.seeding import AppEntry, PersonEntry, TenantEntry, put_app, put_tenant
from local.microsoft365.server import create_app
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.subscriptions import GraphSubscriptions
from shared_code.core.ids import MailboxKey, TenantId, Through, UserId, tenant_of
from shared_code.core.personal_account import CONSUMERS
from shared_code.core.subscription import LIFETIME
from shared_code.errors import Gone, Occupied
from shared_code.subscription_ports import Subscriptions
from tests.contract.adapters import link_to
from tests.contract.test_graph_adapter_subscriptions import BASE, AppTokens
from tests.fakes.clock import START
from tests.fakes.fake_subscriptions import FakeSubscriptions
from tests.unit.local.subscribed_world import ANN, GRAPH, TENANT, Subscribed

OWN_APP = "33333333-3333-4333-8333-333333333333"
SCOPES = ("User.Read", "Calendars.ReadWrite")
ZOES = MailboxKey("personal", CONSUMERS, UserId("00000000-0000-0000-1122-334455667788"))
ANNS_OWN = MailboxKey("personal", TenantId(TENANT), UserId(ANN))
ANNS_MANAGED = MailboxKey("organizations", TenantId(TENANT), UserId(ANN))
PEOPLE = pytest.mark.parametrize("mailbox", [ZOES, ANNS_OWN], ids=["outlook", "work"])


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
    def __init__(self) -> None:
        self.world = Subscribed()
        scopes = ("offline_access", "openid", "profile", *SCOPES)
        app = AppEntry("Own", delegated_scopes=scopes, sign_in_audience="AzureADandPersonalMicrosoftAccount")
        put_app(self.world.world, OWN_APP, app)
        zoe = PersonEntry(id=ZOES.user_id, user_principal_name="zoe@outlook.com", mail="zoe@outlook.com")
        put_tenant(self.world.world, ZOES.tenant, TenantEntry(domain="outlook.com", people=[zoe]))
        for tenant in (TENANT, ZOES.tenant):
            self.world.world.open_service_principal(self.world.world.tenants[tenant], OWN_APP)
        transport = httpx.ASGITransport(create_app(self.world.world))
        self.client = GraphClient(GRAPH, _Tokens(self.world), self.world.clock, transport)
        self.subscriptions = GraphSubscriptions(self.client, BASE)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()


class _Tokens(AppTokens):
    """A person's for what they have connected, the app's for everything else."""

    async def get(self, through: Through) -> str:
        if isinstance(through, str) or not through.mailbox.is_personal:
            return await super().get(through)
        world, tenant = self.world.world, self.world.world.tenants[tenant_of(through)]
        person = tenant.directory.find(through.mailbox.user_id)
        assert person is not None
        return user_token(world, world.apps[OWN_APP], tenant, person, SCOPES)


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


@PEOPLE
async def test_a_person_subscribes_sees_it_as_theirs_renews_it_and_ends_it(
    microsoft: Microsoft, mailbox: MailboxKey
) -> None:
    link, graph = link_to(mailbox), microsoft.subscriptions

    given = await graph.create(link, "said", microsoft.now + LIFETIME / 2)
    seen = await graph.read(link, given.subscription)
    renewed = await graph.renew(link, given.subscription, microsoft.now + LIFETIME)
    await graph.delete(link, given.subscription)

    assert (seen, given.user_id) == (given, mailbox.user_id)
    assert graph.is_ours(given)
    assert renewed == microsoft.now + LIFETIME
    assert await graph.list(link) == ()
    with pytest.raises(Gone):
        await graph.read(link, given.subscription)


@PEOPLE
async def test_a_second_one_of_the_same_person_is_refused_and_the_first_is_found(
    microsoft: Microsoft, mailbox: MailboxKey
) -> None:
    first = await microsoft.subscriptions.create(link_to(mailbox), "first", microsoft.now + LIFETIME)

    with pytest.raises(Occupied) as occupied:
        await microsoft.subscriptions.create(link_to(mailbox), "second", microsoft.now + LIFETIME)

    listed = await microsoft.subscriptions.list(link_to(mailbox))
    assert [(one.subscription, one.user_id) for one in listed] == [(first.subscription, mailbox.user_id)]
    assert occupied.value.taken_by == first.subscription


async def test_the_organisations_subscription_to_a_mailbox_and_its_owners_do_not_see_each_other(
    microsoft: Microsoft,
) -> None:
    graph = microsoft.subscriptions
    managed = await graph.create(link_to(ANNS_MANAGED), "managed", microsoft.now + LIFETIME)
    own = await graph.create(link_to(ANNS_OWN), "own", microsoft.now + LIFETIME)

    with pytest.raises(Gone):
        await graph.read(link_to(ANNS_OWN), managed.subscription)
    with pytest.raises(Gone):
        await graph.delete(ANNS_MANAGED.tenant, own.subscription)
    assert [one.subscription for one in await graph.list(ANNS_MANAGED.tenant)] == [managed.subscription]
    assert [one.subscription for one in await graph.list(link_to(ANNS_OWN))] == [own.subscription]


async def test_a_notification_of_a_persons_mailbox_names_its_tenant_and_says_our_word(real: RealMicrosoft) -> None:
    await real.subscriptions.create(link_to(ANNS_OWN), "said", real.now + LIFETIME)

    real.world.meet()
    told: list[dict[str, Any]] = await real.world.pump()

    assert {(item["clientState"], item["tenantId"]) for item in told} == {("said", TENANT)}
