"""How soon a page comes when the organisation has 20,000 people, on the local stack: Azurite, and the app in its host.

One of them is connected through the stand-in; the others are written straight into the tables, as a match leaves them.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil
from statistics import median

import httpx

from benchmarks.crowd import ORGANIZATION, TENANT, Crowd, crowd
from benchmarks.roster import somebody
from benchmarks.storage import azure_rows
from benchmarks.table import Row
from local.demo.product import OWNER
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.core.ids import ConnectionId, ProductUserId, TenantId
from shared_code.core.product_user import ProductUser
from shared_code.core.roster_entry import by_slices
from shared_code.flows.product_users import GROUP
from shared_code.ports import UserChange

PEOPLE = 20_000
ROUNDS = 40
BUDGET = 0.150  # seconds until the first byte, p95
LIST_BUDGET = 8  # table operations of the page of users; all users' rows alone would be twenty queries
USERS = "/portal/users"


@dataclass(frozen=True)
class Reader:
    """Somebody who is signed in, and what their requests make the app ask storage."""

    crowd: Crowd
    client: httpx.Client

    def operations(self, path: str) -> int:
        """On tables, for one page; the least of a few looks, since timers go on meanwhile."""
        return min(self._operations(path) for _ in range(5))

    def first_byte(self, path: str) -> float:
        """Seconds; the connection is open already."""
        began = time.perf_counter()
        with self.client.stream("GET", path) as answer:
            seconds = time.perf_counter() - began
            answer.read()
        return seconds

    def _operations(self, path: str) -> int:
        before = self.crowd.storage_operations()["table"]
        self.client.get(path).raise_for_status()
        return self.crowd.storage_operations()["table"] - before


async def run() -> list[Row]:
    return await asyncio.to_thread(_measure)


def _measure() -> list[Row]:
    with crowd(1) as small:
        small.connect()
        (shown,) = small.world.product.call("GET", f"/{ORGANIZATION}/connections")["connections"]
        connection, member = ConnectionId(shown["connection"]), small.names[0]
        asyncio.run(_fill(small, connection))
        with _signed_in(small, OWNER) as admin, _signed_in(small, member) as person:
            return [
                _row("connections", admin, "/portal/outlook"),
                _row("one connection", admin, f"/portal/outlook/{connection}"),
                _row("users", admin, USERS),
                _row("users, searched", admin, f"{USERS}?search=0a&sort=address"),
                _row("users, the 200th page", admin, f"{USERS}?sort=-since&page=200"),
                _row("a user", admin, f"{USERS}/{member}"),
                _row("policy", admin, "/portal/policy"),
                _row("what is held back", admin, "/portal/held"),
                _row("my calendar, with a request to Graph", person, "/portal/me"),
            ]


async def _fill(small: Crowd, connection: ConnectionId) -> None:
    """All but the owner and the one who is there already."""
    async with azure_rows(small.world.stack.storage_connection_string) as rows:
        users = TableProductUsers(rows)
        changes = [UserChange(None, _found_by(connection, number)) for number in range(PEOPLE - 2)]
        for group in by_slices(changes, _user_of, GROUP):
            assert await users.save(group) == ()


def _found_by(connection: ConnectionId, number: int) -> ProductUser:
    user = somebody(number)
    if user.match is None:
        return replace(user, judged_by=connection)
    return replace(user, match=replace(user.match, connection=connection, tenant=TenantId(TENANT)))


def _user_of(change: UserChange) -> ProductUserId:
    assert change.changed is not None
    return change.changed.user


@contextmanager
def _signed_in(small: Crowd, user: str) -> Iterator[Reader]:
    addresses = small.world.stack.addresses
    link = small.world.product.call("POST", f"/{ORGANIZATION}/portal-sessions", {"user": user})["link"]
    with httpx.Client(base_url=addresses.app_url, verify=small.world.stack.trust(), timeout=60) as client:
        opened = client.post(link, headers={"Origin": addresses.app_url})
        assert opened.status_code == httpx.codes.SEE_OTHER, "nobody is signed in"
        yield Reader(small, client)


def _row(name: str, reader: Reader, path: str) -> Row:
    html = reader.client.get(path).raise_for_status().content
    operations = reader.operations(path)
    times = sorted(reader.first_byte(path) for _ in range(ROUNDS))
    p95 = times[ceil(0.95 * ROUNDS) - 1]
    most = LIST_BUDGET if path == USERS or path.startswith(f"{USERS}?") else None
    return Row(
        f"page, {PEOPLE:,} people: {name}",
        f"{median(times) * 1000:.0f} ms (p50), {p95 * 1000:.0f} ms (p95); {operations} table operations",
        f"{BUDGET * 1000:.0f} ms (p95)" + ("" if most is None else f", {most} operations"),
        comparison=f"{len(html) / 1000:.0f} KB of HTML",
        within=p95 <= BUDGET and (most is None or operations <= most),
    )
