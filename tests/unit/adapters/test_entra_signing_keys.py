"""Signing keys are kept for a day and looked for again when a token names an unknown one."""

import httpx
import pytest

from shared_code.adapters.entra.signing_keys import MOST_TENANTS, SigningKeys
from shared_code.core.ids import TenantId
from shared_code.errors import TryLater
from tests.unit.adapters.entra_keys import OTHER_TENANT, TENANT, HandClock, Publisher, published


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def keys(publisher: Publisher, clock: HandClock) -> SigningKeys:
    return publisher.signing_keys(clock)


async def test_keys_are_fetched_once_a_day(keys: SigningKeys, publisher: Publisher, clock: HandClock) -> None:
    await keys.find(TENANT, "current")
    clock.advance(hours=23, minutes=59)
    await keys.find(TENANT, "current")
    asked_within_the_day = len(publisher.asked)
    clock.advance(minutes=1)
    await keys.find(TENANT, "current")

    assert (asked_within_the_day, len(publisher.asked)) == (1, 2)


async def test_an_unknown_key_is_looked_for_at_most_once_a_minute(
    keys: SigningKeys, publisher: Publisher, clock: HandClock
) -> None:
    await keys.find(TENANT, "current")
    publisher.keys.append(published("rolled"))
    clock.advance(seconds=59)
    too_early = await keys.find(TENANT, "rolled")
    asked_early = len(publisher.asked)
    clock.advance(seconds=1)

    found = await keys.find(TENANT, "rolled")

    assert (too_early, asked_early) == (None, 1)
    assert found is not None
    assert len(publisher.asked) == 2


async def test_a_key_that_was_withdrawn_is_forgotten(keys: SigningKeys, publisher: Publisher, clock: HandClock) -> None:
    await keys.find(TENANT, "current")
    publisher.keys = [published("rolled")]
    clock.advance(days=1)

    assert await keys.find(TENANT, "current") is None


async def test_each_tenant_has_its_own_keys_and_only_so_many_are_kept(keys: SigningKeys, publisher: Publisher) -> None:
    await keys.find(TENANT, "current")
    for number in range(MOST_TENANTS):
        await keys.find(TenantId(f"{number:08}-0000-4000-8000-000000000000"), "current")
    await keys.find(OTHER_TENANT, "current")
    before = len(publisher.asked)

    await keys.find(TENANT, "current")

    assert len(publisher.asked) == before + 1


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(503),
        httpx.Response(302, headers={"Location": "https://evil.example/keys"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"{}"),
        httpx.Response(200, json={"keys": [{"kty": "RSA", "kid": "current", "n": "!", "e": "AQAB"}]}),
    ],
)
async def test_keys_that_cannot_be_had_are_tried_again_later(
    keys: SigningKeys, publisher: Publisher, answer: httpx.Response | Exception
) -> None:
    publisher.answer = answer

    with pytest.raises(TryLater):
        await keys.find(TENANT, "current")


async def test_keys_of_other_kinds_and_uses_are_left_out(keys: SigningKeys, publisher: Publisher) -> None:
    symmetric = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}
    publisher.keys = [symmetric, {**published("crypt"), "use": "enc"}, published("current")]

    assert await keys.find(TENANT, "secret") is None
    assert await keys.find(TENANT, "crypt") is None
    assert await keys.find(TENANT, "current") is not None
