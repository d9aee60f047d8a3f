"""How soon a page comes when the organisation has 20,000 people, on the local stack: Azurite, and the app in its host.

One of them is connected through the stand-in; the others are written straight into the tables, as flows leave them.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from statistics import median

import httpx

from benchmarks.crowd import DOMAIN, ORGANIZATION, Crowd, crowd
from benchmarks.scenery import HOLD, REVIEWED, Scenery
from benchmarks.storage import azure_rows
from benchmarks.table import Row
from local.demo.administrator import Person
from local.demo.people import administrator as directory_administrator
from local.demo.product import OWNER
from local.demo.world import put_tenant
from shared_code.core.ids import ConnectionId
from shared_code.flows.held_bookings import PAGE as BOOKINGS

PEOPLE = 20_000
ROUNDS = 40
BUDGET = 0.150  # seconds until the first byte, p95
LIST_BUDGET = 8  # table operations of a page; all users' rows alone would be twenty queries
HOLD_BUDGET = 5 + BOOKINGS  # a mailbox is read for each booking on the page
USERS = "/portal/users"
PERSONS = {
    "my calendar, with a request to Graph": "/portal/me",
    "disconnect my calendar": "/portal/me/disconnect",
    "connect an account of one's own": "/portal/me/connect",
    "what to do when Microsoft blocks": "/portal/me/blocked",
}
OTHER_TENANT, OTHER_DOMAIN = "c0a1e5ce-0000-4000-8000-00000000f00d", "fabrikam.example"


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
        administrator = Administrator(small.world.stack.trust(), f"administrator@{DOMAIN}")
        small.connect(administrator)
        (shown,) = small.world.product.call("GET", f"/{ORGANIZATION}/connections")["connections"]
        connection, member = ConnectionId(shown["connection"]), small.names[0]
        asyncio.run(_fill(small, connection))
        with _signed_in(small, OWNER) as admin, _signed_in(small, member) as person:
            return [
                *(_row(name, admin, path) for name, path in _admins(connection, member).items()),
                *(_row(name, person, path) for name, path in PERSONS.items()),
                *_administrators(small, administrator),
            ]


def _admins(connection: ConnectionId, member: str) -> dict[str, str]:
    return {
        "connections": "/portal/outlook",
        "one connection": f"/portal/outlook/{connection}",
        "disconnect it": f"/portal/outlook/{connection}/disconnect",
        "a first match: who would be connected": f"/portal/outlook/{REVIEWED}/review",
        "a first match: who would not": f"/portal/outlook/{REVIEWED}/review?group=will_not&page=20",
        "a held match": f"/portal/outlook/{connection}/held",
        "domains": f"/portal/outlook/{connection}/domains",
        "users": USERS,
        "users, searched": f"{USERS}?search=0a&sort=address",
        "users, the 200th page": f"{USERS}?sort=-since&page=200",
        "users who wait for a domain": f"{USERS}?status=domain_unproven",
        "a user": f"{USERS}/{member}",
        "disconnect a user": f"{USERS}/{member}/disconnect",
        "policy": "/portal/policy",
        "what is held back": "/portal/held",
        "one group of held cancellations": f"/portal/held/{HOLD}",
    }


def _administrators(small: Crowd, administrator: "Administrator") -> Iterator[Row]:
    """Of Microsoft: what they met on the way, and, once more, all that comes before they confirm."""
    put_tenant(small.world, OTHER_TENANT, OTHER_DOMAIN, [directory_administrator(OTHER_DOMAIN)])
    link = small.world.product.begin_connection(ORGANIZATION)["activation_link"]
    other = Administrator(small.world.stack.trust(), f"administrator@{OTHER_DOMAIN}")
    yield _row("invitation", Reader(small, other.client), link)
    confirmation = other.consent(link)
    assert confirmation.has_form("/consent/confirm"), f"nothing is to be confirmed: {confirmation.title}"
    yield _row("confirmation", Reader(small, other.client), confirmation.url)
    yield _row("progress", Reader(small, administrator.client), confirmation.url)


async def _fill(small: Crowd, connection: ConnectionId) -> None:
    """All but the owner and the one who is there already."""
    async with azure_rows(small.world.stack.storage_connection_string) as rows:
        await Scenery(rows, connection, small.world.now).paint(PEOPLE - 2)


class Administrator(Person):
    """Of Microsoft, whose browser looks at pages again."""

    @property
    def client(self) -> httpx.Client:
        return self._client


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
    most = HOLD_BUDGET if path.endswith(HOLD) else LIST_BUDGET
    return Row(
        f"page, {PEOPLE:,} people: {name}",
        f"{median(times) * 1000:.0f} ms (p50), {p95 * 1000:.0f} ms (p95); {operations} table operations",
        f"{BUDGET * 1000:.0f} ms (p95)" + (f", {most} operations"),
        comparison=f"{len(html) / 1000:.0f} KB of HTML",
        within=p95 <= BUDGET and operations <= most,
    )
