"""Availability as open-source schedulers get it: each call asks Graph for each user, and nothing is kept.

As Cal.com's adapter does for an organisation (packages/app-store/office365calendar/lib/CalendarService.ts, 2026): the
user's id by their mail, then ``calendarView`` of their chosen calendars in a ``$batch``, fifteen users at once. That it
fetches a token for each user first is left out.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from benchmarks.counted_world import MICROSOFT, CountedWorld, GraphTokens
from benchmarks.storage import TENANT
from local.microsoft365.faults import Fault, FaultAnswer, Match
from local.microsoft365.server import create_app
from shared_code.core.calendar import Event
from shared_code.core.intervals import Interval, clip, merge

USERS_AT_ONCE = 15
SHORTENED = "$select=showAs,start,end&$top=999"
POSTED = ("users", "batch")  # what travels; the items of a batch are inside the stand-in


@dataclass(frozen=True)
class LiveWay:
    """A client, and the stand-in in the same process that it asks."""

    world: CountedWorld
    client: httpx.AsyncClient
    turn: asyncio.Semaphore

    async def ask(self, people: int, window: Interval) -> list[tuple[Interval, ...]]:
        """The busy times of each of so many people."""
        return await asyncio.gather(*(self._busy(number, window) for number in range(people)))

    def delay(self, latency: timedelta) -> None:
        """Whatever travels takes so long from now on, however many requests are in it."""
        self.world.graph.faults.clear()
        for kind in POSTED:
            slow = FaultAnswer(delay_seconds=latency.total_seconds())
            self.world.graph.faults.add(Fault(slow, Match(kind=kind)))

    def requests(self) -> int:
        """That travelled since they were last forgotten."""
        counts = self.world.requests()
        return sum(counts[kind] for kind in POSTED)

    def forget(self) -> None:
        """What was asked and what was spent of Graph's limits: the next round comes long after."""
        self.world.forget_counts()
        self.world.graph.throttling.clear()

    async def _busy(self, number: int, window: Interval) -> tuple[Interval, ...]:
        async with self.turn:
            user = await self._find_user(self.world.tenants_people[number].user_principal_name)
            query = f"startDateTime={_instant(window.start)}&endDateTime={_instant(window.end)}&{SHORTENED}"
            urls = [f"/users/{user}/calendars/{each}/calendarView?{query}" for each in self._chosen_calendars(number)]
            items = [{"id": item, "method": "GET", "url": url} for item, url in enumerate(urls)]
            answer = await self.client.post("/v1.0/$batch", json={"requests": items})
        return clip(merge(_busy_times(answer.raise_for_status().json()["responses"])), window)

    async def _find_user(self, mail: str) -> str:
        answer = await self.client.get("/v1.0/users", params={"$filter": f"mail eq '{mail}'"})
        (found,) = answer.raise_for_status().json()["value"]
        return str(found["id"])

    def _chosen_calendars(self, number: int) -> list[str]:
        """They are in the scheduler's own database."""
        mailbox = self.world.mailbox(number)
        return [mailbox.calendar_id(mailbox.default_calendar)]


@asynccontextmanager
async def live_way(people: int, events: Sequence[Event]) -> AsyncIterator[LiveWay]:
    """An organisation in which everybody has these meetings."""
    world = CountedWorld(people)
    for number in range(people):
        for event in events:
            assert isinstance(event.time, Interval)
            world.add_meeting(number, event.time)
    headers = {"Authorization": f"Bearer {await GraphTokens(world).get(TENANT)}"}
    transport = httpx.ASGITransport(create_app(world.graph))
    async with httpx.AsyncClient(transport=transport, base_url=MICROSOFT, headers=headers) as client:
        yield LiveWay(world, client, asyncio.Semaphore(USERS_AT_ONCE))


def _busy_times(responses: Sequence[dict[str, Any]]) -> list[Interval]:
    assert all(response["status"] == httpx.codes.OK for response in responses), "some calendars were not read"
    pages = [response["body"] for response in responses]
    assert not any("@odata.nextLink" in page for page in pages), "there is more to read"
    return [_span(event) for page in pages for event in page["value"] if event["showAs"] != "free"]


def _span(event: dict[str, Any]) -> Interval:
    """Without ``Prefer`` Graph answers in UTC."""
    start, end = (datetime.fromisoformat(event[side]["dateTime"]).replace(tzinfo=UTC) for side in ("start", "end"))
    return Interval(start, end)


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
