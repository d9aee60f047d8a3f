"""What reading one mailbox costs."""

import json
from collections.abc import Callable
from datetime import datetime
from statistics import median
from time import process_time

import httpx
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.event_collection_response import EventCollectionResponse

from benchmarks.matching import Tokens
from benchmarks.storage import (
    CALENDAR,
    WINDOW_DAYS,
    fill,
    link_key,
    meetings,
    person,
    today,
)
from benchmarks.table import Row
from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.adapters.graph.calendars_wire import WireEventsPage
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.http import Asked, Question, decode
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.upkeep import TableUpkeep
from shared_code.core.calendar import Event, LinkedCalendar
from shared_code.core.ids import TenantId
from shared_code.core.intervals import Interval
from shared_code.core.windows import read_window
from shared_code.flows.calendar_reading import take_in
from shared_code.flows.mailbox_sync import MailboxSync
from shared_code.messages import SyncMailbox
from tests.fakes.chance import CountingChance
from tests.fakes.clock import FixedClock
from tests.fakes.memory_queues import MemoryQueues
from tests.fakes.memory_rows import MemoryRows

GRAPH = "https://graph.example"
EVENTS = 1000
SDK_EVENTS = 50  # the typed models are slow; their cost is scaled by count
APPLY_BUDGET = 20.0  # milliseconds
ROUNDS = 9  # of which the median counts


async def run() -> list[Row]:
    now = today()
    return [_apply_row(now), await _sync_row(now)]


def _apply_row(now: datetime) -> Row:
    body = _page(meetings(EVENTS, now))
    ours = median(_cpu_ms(lambda: _apply(body, now)) for _ in range(ROUNDS))
    floor = median(_cpu_ms(lambda: json.loads(body)) for _ in range(ROUNDS))
    few = _page(meetings(SDK_EVENTS, now))
    typed = _cpu_ms(lambda: _typed_models(few)) * EVENTS / SDK_EVENTS
    return Row(
        f"decode and apply {EVENTS:,} events",
        f"{ours:.1f} ms of CPU",
        f"{APPLY_BUDGET:.0f} ms",
        f"{floor:.1f} ms (json.loads alone)",
        f"{typed / 1000:.1f} s (typed models of msgraph-sdk, {SDK_EVENTS} measured)",
        ours <= APPLY_BUDGET,
    )


def _apply(body: bytes, now: datetime) -> None:
    page = decode(Question(TenantId("tenant"), Asked.CALENDAR, "a window"), body, WireEventsPage)
    calendar = LinkedCalendar(CALENDAR, is_default=True, can_edit=True, checked=True, written=True)
    read, packed = take_in(
        calendar,
        [event.read() for event in page.value],
        read_window(link_key(person(0), now).mailbox, now, WINDOW_DAYS),
        now,
    )
    assert packed is not None
    assert read.events == len(page.value), "events were lost, so the cost says nothing"


def _typed_models(body: bytes) -> None:
    node = JsonParseNodeFactory().get_root_parse_node("application/json", body)
    found = node.get_object_value(EventCollectionResponse())
    assert len(found.value or []) == SDK_EVENTS


async def _sync_row(now: datetime) -> Row:
    rows, clock, requests = MemoryRows(), FixedClock(now), list[str]()
    await fill(rows, 1, 1, now)
    page = _page(meetings(EVENTS - 1, now))

    def graph(request: httpx.Request) -> httpx.Response:
        requests.append(request.url.path)
        return httpx.Response(200, content=page)

    client = GraphClient(GRAPH, Tokens(), clock, httpx.MockTransport(graph))
    flow = MailboxSync(
        TableOrganizations(rows),
        TableProductUsers(rows),
        TableMailboxes(rows),
        GraphCalendars(client),
        TableUpkeep(rows),
        MemoryQueues(clock),
        CountingChance(),
        clock,
        WINDOW_DAYS,
    )
    mailbox = link_key(person(0), now).mailbox
    order = SyncMailbox(
        registration="organizations", tenant=mailbox.tenant, user_id=mailbox.user_id, queued_at=now, cause="notified"
    )
    rows.operations.clear()
    began = process_time()
    await flow.run(order, now)
    spent = (process_time() - began) * 1000
    await client.close()
    reads, writes = rows.count("find", "page"), rows.count("commit")
    return Row(
        f"one changed mailbox, {EVENTS - 1} events",
        f"{len(requests)} Graph request, {reads} reads, {writes} writes; {spent:.0f} ms of CPU, the first time",
        "1 request, 2 reads, 2 writes (lease, transaction)",
        within=(len(requests), reads, writes) == (1, 2, 2),
    )


def _page(events: list[Event]) -> bytes:
    """As ``calendarView`` answers to the app's ``$select``."""
    return json.dumps({"value": [_wire(event) for event in events]}).encode()


def _wire(event: Event) -> dict[str, object]:
    assert isinstance(event.time, Interval)
    return {
        "@odata.etag": 'W/"3xkT6rS8mk2Rrz1Ky5wQfgAABtkKZw=="',
        "id": f"AAMkAGI1AAAoZCfHAAA{event.event:0>120}=",
        "seriesMasterId": None,
        "type": "singleInstance",
        "start": _time(event.time.start),
        "end": _time(event.time.end),
        "showAs": "busy",
        "isAllDay": False,
        "isCancelled": False,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "iCalUId": f"040000008200E00074C5B7101A82E008{event.event:0>80}",
        "originalStartTimeZone": "Romance Standard Time",
    }


def _time(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at.replace(tzinfo=None, microsecond=0).isoformat()}.0000000", "timeZone": "UTC"}


def _cpu_ms(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return (process_time() - began) * 1000
