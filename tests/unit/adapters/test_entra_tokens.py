"""App-only tokens: kept by the Clock port, asked for once at a time, replaced when refused."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import jwt
import pytest

from shared_code.adapters.entra.token_request import Token
from shared_code.adapters.entra.tokens import RENEW_BEFORE, TRUSTED_FOR, TokenCache
from shared_code.core.ids import TenantId
from shared_code.errors import TryLater
from tests.unit.adapters.entra_keys import OTHER_TENANT, TENANT, HandClock

LIFETIME = timedelta(minutes=75)
THIRD_TENANT = TenantId("33333333-3333-4333-8333-333333333333")


@dataclass
class CountedRequests:
    """Each request gives the next number; ``gate`` holds them back, ``error`` refuses them."""

    clock: HandClock
    asked: list[TenantId] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    async def request(self, tenant: TenantId) -> Token:
        self.asked.append(tenant)
        number = len(self.asked)
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Token(f"token {number}", self.clock.now() + LIFETIME)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def requests(clock: HandClock) -> CountedRequests:
    counted = CountedRequests(clock)
    counted.gate.set()
    return counted


@pytest.fixture
def tokens(requests: CountedRequests, clock: HandClock) -> TokenCache:
    return TokenCache(requests, clock, most=2)


async def test_a_token_is_kept_until_shortly_before_it_expires(
    tokens: TokenCache, requests: CountedRequests, clock: HandClock
) -> None:
    first = await tokens.get(TENANT)
    clock.instant += LIFETIME - RENEW_BEFORE - timedelta(seconds=1)
    kept = await tokens.get(TENANT)
    clock.instant += timedelta(seconds=1)
    renewed = await tokens.get(TENANT)

    assert (first, kept, renewed) == ("token 1", "token 1", "token 2")


async def test_tenants_have_tokens_of_their_own(tokens: TokenCache, requests: CountedRequests) -> None:
    assert await tokens.get(TENANT) != await tokens.get(OTHER_TENANT)
    assert requests.asked == [TENANT, OTHER_TENANT]


async def test_many_who_need_a_token_at_once_share_one_request(tokens: TokenCache, requests: CountedRequests) -> None:
    requests.gate.clear()
    waiting = [asyncio.create_task(tokens.get(TENANT)) for _ in range(20)]
    await asyncio.sleep(0)
    requests.gate.set()

    assert set(await asyncio.gather(*waiting)) == {"token 1"}
    assert len(requests.asked) == 1


async def test_a_refused_request_refuses_all_who_wait_and_is_forgotten(
    tokens: TokenCache, requests: CountedRequests
) -> None:
    requests.gate.clear()
    requests.error = TryLater("by script")
    waiting = [asyncio.create_task(tokens.get(TENANT)) for _ in range(3)]
    await asyncio.sleep(0)
    requests.gate.set()

    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    requests.error = None
    later = await tokens.get(TENANT)

    assert [type(outcome) for outcome in outcomes] == [TryLater] * 3
    assert later == "token 2"


async def test_one_who_gives_up_does_not_take_the_token_from_the_others(
    tokens: TokenCache, requests: CountedRequests
) -> None:
    requests.gate.clear()
    impatient, patient = asyncio.create_task(tokens.get(TENANT)), asyncio.create_task(tokens.get(TENANT))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.sleep(0)
    requests.gate.set()

    assert await patient == "token 1"


async def test_a_refused_token_is_replaced_once_for_all_who_met_it(
    tokens: TokenCache, requests: CountedRequests
) -> None:
    refused = await tokens.get(TENANT)

    replaced = [await tokens.replace(TENANT, refused) for _ in range(3)]

    assert replaced == ["token 2"] * 3
    assert len(requests.asked) == 2


async def test_whoever_is_refused_all_day_costs_a_token_every_five_minutes_at_most(
    tokens: TokenCache, requests: CountedRequests, clock: HandClock
) -> None:
    given = await tokens.get(TENANT)

    for _ in range(60):
        given = await tokens.replace(TENANT, await tokens.get(TENANT))
        clock.instant += timedelta(minutes=1)

    assert len(requests.asked) <= 2 + 60 / 5
    assert given == await tokens.get(TENANT)


async def test_a_second_token_that_is_refused_once_it_is_old_is_replaced_like_any_other(
    tokens: TokenCache, clock: HandClock
) -> None:
    second = await tokens.replace(TENANT, await tokens.get(TENANT))
    at_once = await tokens.replace(TENANT, second)
    clock.instant += TRUSTED_FOR

    assert at_once == second == "token 2"
    assert await tokens.replace(TENANT, second) == "token 3"


async def test_a_fresh_token_is_asked_for_although_one_is_kept_and_takes_its_place(
    tokens: TokenCache, requests: CountedRequests
) -> None:
    await tokens.get(TENANT)

    fresh = await tokens.get_fresh(TENANT)

    assert (fresh, await tokens.get(TENANT)) == ("token 2", "token 2")


async def test_a_fresh_token_is_not_one_that_was_asked_for_before(
    tokens: TokenCache, requests: CountedRequests
) -> None:
    requests.gate.clear()
    earlier = asyncio.create_task(tokens.get(TENANT))
    await asyncio.sleep(0)
    fresh = asyncio.create_task(tokens.get_fresh(TENANT))
    await asyncio.sleep(0)
    asked_at_once = len(requests.asked)
    requests.gate.set()

    assert (await earlier, await fresh) == ("token 1", "token 2")
    assert asked_at_once == 1


async def test_the_least_recently_used_tenant_is_forgotten_first(tokens: TokenCache, requests: CountedRequests) -> None:
    await tokens.get(TENANT)
    await tokens.get(OTHER_TENANT)
    await tokens.get(TENANT)
    await tokens.get(THIRD_TENANT)

    await tokens.get(TENANT)
    await tokens.get(OTHER_TENANT)

    assert requests.asked == [TENANT, OTHER_TENANT, THIRD_TENANT, OTHER_TENANT]


def test_a_token_does_not_show_itself() -> None:
    value = jwt.encode({}, "k" * 32, "HS256")

    assert value not in repr(Token(value, HandClock().now()))


async def test_a_token_that_opened_too_little_is_replaced_once_it_is_old(
    tokens: TokenCache, requests: CountedRequests, clock: HandClock
) -> None:
    denied = await tokens.get(TENANT)
    young = await tokens.replace_old(TENANT, denied)
    clock.instant += TRUSTED_FOR

    replaced = [await tokens.replace_old(TENANT, denied) for _ in range(3)]

    assert young is None
    assert replaced == ["token 2"] * 3
    assert await tokens.replace_old(TENANT, "token 2") is None
    assert len(requests.asked) == 2


async def test_the_token_in_use_can_be_looked_at_without_a_request(
    tokens: TokenCache, requests: CountedRequests
) -> None:
    before = tokens.peek(TENANT)
    kept = await tokens.get(TENANT)

    assert (before, tokens.peek(TENANT)) == (None, kept)
    assert len(requests.asked) == 1
