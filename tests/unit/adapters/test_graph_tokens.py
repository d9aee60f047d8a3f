"""An organisation's mailboxes are opened by the app's own token, a personal one by the token of its link alone."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from shared_code.adapters.entra.graph_tokens import GraphTokens
from shared_code.adapters.entra.token_request import Token
from shared_code.adapters.entra.tokens import TokenCache
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId
from shared_code.errors import TryLater
from tests.fakes.clock import START, FixedClock
from tests.unit.adapters.graph_transport import LINK, TENANT, USER

OWN = LinkKey(MailboxKey("personal", TENANT, USER), OrganizationId("acme"), ProductUserId("ursula"))


@dataclass
class Requests:
    asked: list[TenantId] = field(default_factory=list)

    async def request(self, tenant: TenantId) -> Token:
        self.asked.append(tenant)
        return Token(f"app {len(self.asked)}", START + timedelta(hours=1))


@dataclass
class Delegated:
    calls: list[tuple[str, LinkKey]] = field(default_factory=list)

    async def get(self, link: LinkKey) -> str:
        self.calls.append(("get", link))
        return "own"

    async def replace(self, link: LinkKey, refused: str) -> str:
        self.calls.append((refused, link))
        return "another"

    async def replace_old(self, link: LinkKey, denied: str) -> str | None:
        self.calls.append((denied, link))
        return None


@pytest.fixture
def requests() -> Requests:
    return Requests()


@pytest.fixture
def app_only(requests: Requests) -> TokenCache:
    return TokenCache(requests, FixedClock())


async def test_a_tenant_and_its_matched_mailboxes_share_the_apps_token(
    app_only: TokenCache, requests: Requests
) -> None:
    tokens = GraphTokens(app_only, Delegated())

    given = {await tokens.get(TENANT), await tokens.get(LINK)}

    assert given == {"app 1"}
    assert await tokens.replace(LINK, "app 1") == "app 2"
    assert await tokens.replace_old(LINK, "app 2") is None
    assert requests.asked == [TENANT, TENANT]


async def test_a_personal_link_has_its_own_and_never_the_apps(app_only: TokenCache, requests: Requests) -> None:
    delegated = Delegated()
    tokens = GraphTokens(app_only, delegated)

    given = [await tokens.get(OWN), await tokens.replace(OWN, "own"), await tokens.replace_old(OWN, "another")]

    assert given == ["own", "another", None]
    assert delegated.calls == [("get", OWN), ("own", OWN), ("another", OWN)]
    assert requests.asked == []


async def test_where_personal_connections_are_off_nothing_is_asked_and_nothing_concluded(app_only: TokenCache) -> None:
    tokens = GraphTokens(app_only, None)

    with pytest.raises(TryLater):
        await tokens.get(OWN)
