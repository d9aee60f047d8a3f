"""Graph, asked with the tokens of people who connected an account themselves: the real adapters all the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from shared_code.adapters.entra.credentials import Credentials
from shared_code.adapters.entra.graph_tokens import GraphTokens
from shared_code.adapters.entra.token_request import EntraTokenRequests
from shared_code.adapters.entra.tokens import TokenCache
from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.adapters.graph.client import GraphClient
from shared_code.core.ids import LinkKey, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.personal_account import PersonalReason
from shared_code.errors import Disconnected
from tests.contract.adapters import MachineClock
from tests.contract.signed_in import OwnAccounts, Person, Worker
from tests.contract.standin import Running
from tests.contract.test_delegated_tokens import accounts
from tests.fakes.memory_rows import MemoryRows

__all__ = ["accounts"]  # a fixture

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))
LUNCH = Interval(MONDAY + timedelta(hours=12), MONDAY + timedelta(hours=13))


@dataclass(frozen=True)
class Read:
    worker: Worker
    calendars: GraphCalendars

    async def busy(self, link: LinkKey) -> list[object]:
        default = next(each for each in await self.calendars.list_calendars(link) if each.is_default)
        return [event.time for event in await self.calendars.read_window(link, default.calendar, WEEK)]


@asynccontextmanager
async def reading(accounts: OwnAccounts, running: Running, app: Credentials) -> AsyncIterator[Read]:
    url, clock = accounts.contoso.base_url, MachineClock()
    async with accounts.worker(MemoryRows()) as worker:
        tokens = GraphTokens(TokenCache(EntraTokenRequests(url, app, clock), clock), worker.tokens)
        client = GraphClient(url, tokens, clock, httpx.AsyncHTTPTransport(verify=running.context))
        yield Read(worker, GraphCalendars(client))
        await client.close()


@pytest.fixture
async def read(accounts: OwnAccounts, running: Running) -> AsyncIterator[Read]:
    app = accounts.certificate()
    async with reading(accounts, running, app) as made:
        yield made
    await app.close()


async def connected(accounts: OwnAccounts, read: Read, kind: str) -> Person:
    """With lunch in their calendar."""
    person = await accounts.add(kind)
    await read.worker.keep(person.link, await accounts.sign_in(person))
    people = f"/tenants/{person.tenant}/people/{person.id}"
    calendars = await accounts.contoso.control("GET", f"{people}/calendars")
    times = {"start": _utc(LUNCH.start), "end": _utc(LUNCH.end)}
    await accounts.contoso.control(
        "POST", f"{people}/calendars/{_default(calendars)}/events", {"subject": "x", **times}
    )
    return person


@pytest.mark.parametrize("kind", ["work", "outlook"])
async def test_a_calendar_is_read_as_its_owner(accounts: OwnAccounts, read: Read, kind: str) -> None:
    person = await connected(accounts, read, kind)

    assert await read.busy(person.link) == [LUNCH]
    assert {each["path"].split("/")[2] for each in await graph_requests(accounts, person)} == {"me"}


async def test_one_account_of_two_users_is_read_with_the_token_of_each(accounts: OwnAccounts, read: Read) -> None:
    person = await connected(accounts, read, "outlook")
    other = replace(person.link, user=ProductUserId("ben"))
    before = await read.worker.kept(person.link)
    await read.worker.keep(other, await accounts.sign_in(person))

    busy = await read.busy(other)

    assert busy == [LUNCH]
    assert await read.worker.kept(person.link) == before


@pytest.mark.parametrize("kind", ["work", "outlook"])
async def test_an_access_token_that_graph_refuses_is_replaced(accounts: OwnAccounts, read: Read, kind: str) -> None:
    person = await connected(accounts, read, kind)
    await accounts.contoso.control("PATCH", "/settings", {"token_lifetime_seconds": 0})
    expired = await read.worker.tokens.get(person.link)
    await accounts.contoso.control("PATCH", "/settings", {"token_lifetime_seconds": 3599})

    assert await read.busy(person.link) == [LUNCH]
    assert expired != await read.worker.tokens.get(person.link)


async def test_a_sign_in_that_was_ended_closes_the_calendar_when_its_last_token_has(
    accounts: OwnAccounts, read: Read
) -> None:
    person = await connected(accounts, read, "work")
    token = await read.worker.tokens.get(person.link)
    await accounts.happened(person, "revoked")

    still = await read.busy(person.link)
    with pytest.raises(Disconnected) as caught:
        await read.worker.tokens.replace(person.link, token)

    assert (still, caught.value.reason) == ([LUNCH], PersonalReason.REVOKED)
    with pytest.raises(Disconnected):
        await read.busy(person.link)


async def graph_requests(accounts: OwnAccounts, person: Person) -> list[dict[str, Any]]:
    logged = (await accounts.contoso.control("GET", "/requests?after=0"))["requests"]
    return [each for each in logged if each["path"].startswith("/v1.0/") and each["user"] == person.id]


def _default(calendars: Any) -> str:
    listed = calendars["calendars"] if isinstance(calendars, dict) else calendars
    return str(next(each["id"] for each in listed if each.get("isDefaultCalendar")))


def _utc(instant: datetime) -> dict[str, str]:
    return {"dateTime": f"{instant:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
