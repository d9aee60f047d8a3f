"""What answering for one person or for fifty costs: from what is stored, beside asking Microsoft at each call.

Storage is Azurite, Graph the stand-in in this process. All ways take turns, so that whatever else the machine does
meets them alike.
"""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from time import perf_counter

from benchmarks.live_way import LiveWay, live_way
from benchmarks.storage import (
    ORGANIZATION,
    add_account,
    azure_rows,
    fill,
    link_key,
    meetings,
    person,
    storage_account,
    today,
)
from benchmarks.table import Row
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.names import MAILBOXES, ORGANIZATIONS, USERS
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.rows import EVERYTHING, Rows
from shared_code.core.availability import AvailabilityRequest
from shared_code.core.intervals import Interval
from tests.fakes.memory_rows import MemoryRows

EVENTS = 300  # of each
ASKED = timedelta(days=60)
CROWD = 50
ROUNDS = 20
LATENCIES = (timedelta(), timedelta(milliseconds=150))
READS_OF_TWO = 4  # the organisation with its connections, the user, and two mailboxes
RATIO_BUDGET = 1.5  # × as many bare reads


@dataclass(frozen=True)
class Scene:
    """The same people with the same meetings in storage and in the stand-in."""

    rows: Rows
    live: LiveWay
    now: datetime

    @property
    def window(self) -> Interval:
        return Interval(self.now, self.now + ASKED)

    async def ask(self, people: int) -> list[tuple[Interval, ...]]:
        return await _ask(self.rows, self.live, people, self.window)

    async def ask_live(self, people: int) -> None:
        self.live.forget()
        await self.live.ask(people, self.window)

    async def read(self, people: int) -> None:
        """The same requests to storage, and nothing made of what they bring."""

        async def read(number: int) -> None:
            user = person(number)
            await self.rows.find(USERS, ORGANIZATION, f"user!{user}")
            await self.rows.page(MAILBOXES, str(link_key(user, self.now).mailbox), EVERYTHING)

        await self.rows.page(ORGANIZATIONS, ORGANIZATION, EVERYTHING)
        await asyncio.gather(*map(read, range(people)))


async def run() -> list[Row]:
    now = today()
    events = meetings(EVENTS, now)
    with storage_account() as account:
        async with azure_rows(account) as rows, live_way(CROWD, events) as live:
            await fill(rows, CROWD, EVENTS, now)
            scene = Scene(rows, live, now)
            await _check(scene)
            gc.freeze()  # the stand-in's calendars are in this process, but no part of the app: collections skip them
            rows_of = [row for people in (1, CROWD) for row in await _rows(scene, people)]
            return [*rows_of, await _row_of_two_connections(scene)]


async def _check(scene: Scene) -> None:
    """Both ways say the same; connections are open from here on."""
    stored, live = await scene.ask(CROWD), await scene.live.ask(CROWD, scene.window)
    assert stored == live, "the answers differ, so the costs say nothing"
    assert all(stored), "nobody is busy, so the costs say nothing"


async def _rows(scene: Scene, people: int) -> list[Row]:
    reads, requests = await _count(scene, people)
    ours, bare = [], []
    for _ in range(ROUNDS):
        bare.append(await _wall_ms(lambda: scene.read(people)))
        ours.append(await _wall_ms(lambda: scene.ask(people)))
    ratio, allowed = median(ours) / median(bare), 1 + 2 * people
    who = "1 user" if people == 1 else f"{people} users"
    row = Row(
        f"availability, {who} of {EVENTS} events, {ASKED.days} days",
        f"{_times(ours)}, {ratio:.2f} × bare reads; {reads} reads, {requests} Graph requests",
        f"{allowed} reads, 0 Graph requests" + (f", {RATIO_BUDGET} ×" if people > 1 else ""),
        f"{_times(bare)}: {allowed} bare reads, Azurite",
        within=reads <= allowed and requests == 0 and (people == 1 or ratio <= RATIO_BUDGET),
    )
    return [row, *[await _live_row(scene, people, latency) for latency in LATENCIES]]


async def _row_of_two_connections(scene: Scene) -> Row:
    """Somebody with an account of their own beside the organisation's mailbox."""
    counted = MemoryRows()
    await fill(counted, 1, EVENTS, scene.now)
    for rows in (counted, scene.rows):
        await add_account(rows, 0, EVENTS, scene.now)
    counted.operations.clear()
    scene.live.forget()
    await _ask(counted, scene.live, 1, scene.window)
    reads, requests = counted.count(), scene.live.world.requests().total()
    ours = [await _wall_ms(lambda: scene.ask(1)) for _ in range(ROUNDS)]
    return Row(
        f"availability, 1 user with 2 connections of {EVENTS} events, {ASKED.days} days",
        f"{_times(ours)}; {reads} reads, {requests} Graph requests",
        f"{READS_OF_TWO} reads, 0 Graph requests",
        within=reads <= READS_OF_TWO and requests == 0,
    )


async def _count(scene: Scene, people: int) -> tuple[int, int]:
    """Storage operations and Graph requests."""
    rows = MemoryRows()
    await fill(rows, people, EVENTS, scene.now)
    rows.operations.clear()
    scene.live.forget()
    await _ask(rows, scene.live, people, scene.window)
    return rows.count(), scene.live.world.requests().total()


async def _live_row(scene: Scene, people: int, latency: timedelta) -> Row:
    scene.live.delay(latency)
    times = [await _wall_ms(lambda: scene.ask_live(people)) for _ in range(ROUNDS)]
    milliseconds = latency / timedelta(milliseconds=1)
    return Row(
        f"  asked live, {milliseconds:.0f} ms a Graph request",
        f"{_times(times)}; {scene.live.requests()} Graph requests",
    )


async def _ask(rows: Rows, live: LiveWay, people: int, window: Interval) -> list[tuple[Interval, ...]]:
    """The app's own flow over these rows; Microsoft would be the same stand-in."""
    flow = replace(
        live.world.availability,
        organizations=TableOrganizations(rows),
        users=TableProductUsers(rows),
        mailboxes=TableMailboxes(rows),
    )
    users = tuple(person(number) for number in range(people))
    answers = await flow.run(AvailabilityRequest(ORGANIZATION, users, window.start, window.end), window.start)
    assert all(answer.complete for answer in answers), "somebody's answer is not complete"
    return [answer.busy for answer in answers]


def _times(milliseconds: list[float]) -> str:
    ordered = sorted(milliseconds)
    return f"{median(ordered):.0f} ms (p50), {ordered[ceil(0.95 * len(ordered)) - 1]:.0f} ms (p95)"


async def _wall_ms(work: Callable[[], Awaitable[object]]) -> float:
    began = perf_counter()
    await work()
    return (perf_counter() - began) * 1000
