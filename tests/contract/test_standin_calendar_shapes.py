"""The stand-in's calendar answers against the documented shapes."""

import json
import random
from datetime import date
from typing import Any

import pytest

from local.microsoft365.seed import seed_events
from tests.contract.calendars import ANN, BOB, CARL, Reader, meeting, reader_of, weekly
from tests.contract.shapes import FOLDER, faults, shape_of
from tests.contract.standin import InProcess

SPRING = {"startDateTime": "2026-03-01", "endDateTime": "2026-06-01", "$top": "1000"}
NOT_ALWAYS_THERE = {"originalStart", "cancelledOccurrences", "uid", "singleValueExtendedProperties"}


@pytest.fixture
async def ann(microsoft: InProcess) -> Reader:
    reader = await reader_of(microsoft)
    for key in (ANN, BOB):
        person = microsoft.world.tenants[reader.tenant].directory.find_by_key(key)
        assert person is not None
        seed_events(person.open_mailbox(), random.Random(7), date(2026, 3, 2), 60)  # noqa: S311 - a seed
    owner = {"name": "Bob", "address": BOB}
    await reader.control("POST", "/calendars", {"name": "Bob", "source": "shared", "owner": owner})
    await reader.control("POST", "/calendars", {"name": "Holidays", "source": "internet", "hexColor": "#00aa11"})
    return reader


def properties(name: str) -> set[str]:
    schema: dict[str, Any] = json.loads((FOLDER / name).read_text())
    return {each for each in schema["properties"] if not each.startswith("@odata")}


@pytest.mark.parametrize(
    ("path", "query", "prefer"),
    [
        ("/calendars", None, None),
        ("/calendars", {"$top": "1", "$select": "id,owner"}, None),
        ("/calendar", None, None),
        ("/calendarView", SPRING, None),
        ("/calendarView", SPRING | {"$top": "3"}, 'IdType="ImmutableId", outlook.timezone="Asia/Kolkata"'),
        ("/calendarView", SPRING | {"$select": "id,start,end,originalStart"}, 'outlook.body-content-type="text"'),
    ],
)
async def test_an_answer_has_its_documented_shape(
    ann: Reader, path: str, query: dict[str, str] | None, prefer: str | None
) -> None:
    answer = await ann.get(path, query, prefer)

    name = shape_of("GET", str(answer.url))
    assert name is not None
    assert list(faults(name, answer.json())) == []


@pytest.mark.parametrize(
    "event",
    [
        meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", onlineMeeting={"joinUrl": "https://teams.example/1"}),
        weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 3, body={"content": "<p>x</p>"}, categories=["Red"]),
    ],
)
async def test_an_event_by_its_id_has_its_documented_shape(ann: Reader, event: dict[str, Any]) -> None:
    added = await ann.add(event)

    answer = await ann.get(f"/events/{added['id']}")

    assert shape_of("GET", str(answer.url)) == "event.json"
    assert list(faults("event.json", answer.json())) == []


async def test_schedules_of_all_kinds_have_their_documented_shape(ann: Reader) -> None:
    await ann.control("PATCH", "", {"mailbox_time_zone": "Customized Time Zone"}, of=BOB)
    times = {
        "startTime": {"dateTime": "2026-03-23T00:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2026-04-20T00:00:00", "timeZone": "UTC"},
    }

    answer = await ann.post("/calendar/getSchedule", {"schedules": [ANN, BOB, CARL], **times})

    assert shape_of("POST", str(answer.url)) == "schedule-collection.json"
    assert list(faults("schedule-collection.json", answer.json())) == []


async def test_whoever_selects_nothing_gets_every_documented_property(ann: Reader) -> None:
    calendar = (await ann.get("/calendar")).json()
    occurrence = next(each for each in await ann.value("/calendarView", SPRING) if each["type"] == "occurrence")

    assert properties("calendar.json") <= calendar.keys()
    assert properties("event.json") - NOT_ALWAYS_THERE <= occurrence.keys()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("event.json", {"id": "1", "showAs": "asleep"}),
        ("event.json", {"id": "1", "start": {"dateTime": "2026-03-24T09:00:00", "timeZone": "UTC"}}),
        ("event.json", {"id": "1", "colour": "red"}),
        ("calendar.json", {"name": "without an id"}),
        ("calendars-page.json", {"value": [{"id": "1", "owner": {}}]}),
        ("calendar-view-page.json", {"value": [{"type": "master"}]}),
        ("schedule-collection.json", {"value": [{"scheduleId": "a@b"}]}),
    ],
)
def test_a_shape_refuses_what_is_not_documented(name: str, body: dict[str, Any]) -> None:
    assert list(faults(name, body)) != []
