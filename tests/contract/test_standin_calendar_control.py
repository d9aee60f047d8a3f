"""The control interface of calendars: what it takes, what it refuses, and the truth about busy time."""

from typing import Any

import httpx
import pytest

from tests.contract.calendars import ANN, BOB, WEEK, Reader, meeting, reader_of, weekly
from tests.contract.standin import ADDRESS, InProcess
from tests.unit.local.calendar_world import PAYLOADS

SPRING = "start=2026-03-01&end=2026-05-01"


@pytest.fixture
async def ann(microsoft: InProcess) -> Reader:
    return await reader_of(microsoft)


async def import_file(ann: Reader, data: bytes, query: str = "") -> httpx.Response:
    url = f"{ADDRESS}/control/tenants/{ann.tenant}/people/{ANN}/calendars/default/import{query}"
    return await ann.client.post(url, content=data, headers={"Content-Type": "text/calendar"})


async def busy(ann: Reader, query: str) -> list[tuple[str, str]]:
    answer = await ann.control("GET", f"/busy?{query}")
    assert answer.status_code == 200, answer.text
    return [(each["start"], each["end"]) for each in answer.json()["busy"]]


async def test_calendars_are_made_listed_and_deleted(ann: Reader) -> None:
    made = (await ann.control("POST", "/calendars", {"name": "Project", "hexColor": "#123456"})).json()

    listed = (await ann.control("GET", "/calendars")).json()["calendars"]
    deleted = await ann.control("DELETE", f"/calendars/{made['id']}")

    assert [(each["name"], each["source"]) for each in listed] == [("Calendar", "own"), ("Project", "own")]
    assert deleted.status_code == 204
    assert (await ann.control("DELETE", f"/calendars/{made['id']}")).status_code == 404


async def test_a_calendar_is_renamed_and_keeps_its_id(ann: Reader) -> None:
    made = (await ann.control("POST", "/calendars", {"name": "Project"})).json()

    changed = (await ann.control("PATCH", f"/calendars/{made['id']}", {"name": "Old project", "canEdit": False})).json()

    assert (changed["id"], changed["name"], changed["canEdit"]) == (made["id"], "Old project", False)
    assert [each["name"] for each in await ann.value("/calendars")] == ["Calendar", "Old project"]
    assert (await ann.control("PATCH", f"/calendars/{made['id']}", {"nickname": "x"})).status_code == 422


async def test_an_event_is_cut_and_pasted_as_another_one(ann: Reader) -> None:
    project = (await ann.control("POST", "/calendars", {"name": "Project"})).json()["id"]
    added = await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    copied = (await ann.control("POST", f"/events/{added['id']}/copy", {"destination": project})).json()
    pasted = await ann.control("POST", f"/events/{added['id']}/copy", {"destination": project, "cut": True})

    assert pasted.status_code == 201
    assert len({each["immutableId"] for each in (added, copied, pasted.json())}) == 3
    assert await ann.value("/calendarView", WEEK) == []
    assert len(await ann.value(f"/calendars/{project}/calendarView", WEEK)) == 2


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"name": "x", "color": "ultraviolet"},
        {"name": "x", "source": "shared"},
        {"name": "x", "source": "stolen"},
        {"name": "x", "size": 3},
    ],
)
async def test_an_implausible_calendar_is_refused(ann: Reader, entry: dict[str, Any]) -> None:
    answer = await ann.control("POST", "/calendars", entry)

    assert answer.status_code == 422
    assert len((await ann.control("GET", "/calendars")).json()["calendars"]) == 1


async def test_the_default_calendar_stays(ann: Reader) -> None:
    assert (await ann.control("DELETE", "/calendars/default")).status_code == 422


@pytest.mark.parametrize(
    "event",
    [
        {"subject": "never"},
        meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", showAs="asleep"),
        meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", colour="red"),
        meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", "Middle Earth Standard Time"),
        weekly("2026-03-24T09:00:00", "2026-03-24T10:00:00", 0),
    ],
)
async def test_an_event_that_graph_would_refuse_is_422(ann: Reader, event: dict[str, Any]) -> None:
    answer = await ann.control("POST", "/calendars/default/events", event)

    assert answer.status_code == 422
    assert await ann.value("/calendarView", WEEK) == []


async def test_unknown_and_malformed_ids_are_told_apart(ann: Reader) -> None:
    added = await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))
    await ann.control("DELETE", f"/events/{added['id']}")

    assert (await ann.control("PATCH", f"/events/{added['id']}", {"subject": "x"})).status_code == 404
    assert (await ann.control("PATCH", "/events/nonsense", {"subject": "x"})).status_code == 422


async def test_a_series_takes_another_pattern(ann: Reader) -> None:
    added = await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 3))
    daily = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "numbered", "numberOfOccurrences": 2}}

    edited = (await ann.control("PATCH", f"/events/{added['id']}", {"recurrence": daily})).json()

    assert edited["recurrence"]["pattern"]["type"] == "daily"
    assert len(await ann.value("/calendarView", WEEK)) == 2


async def test_a_refused_edit_of_a_series_changes_nothing(ann: Reader) -> None:
    added = await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 3))
    daily = {"pattern": {"type": "daily", "interval": 1}, "range": {"type": "numbered", "numberOfOccurrences": 2}}

    answer = await ann.control("PATCH", f"/events/{added['id']}", {"recurrence": daily, "showAs": "asleep"})

    assert answer.status_code == 422
    assert len(await ann.value("/calendarView", WEEK)) == 1


async def test_an_import_answers_how_many_events_it_brought(ann: Reader) -> None:
    answer = await import_file(ann, (PAYLOADS / "outlook-desktop.ics").read_bytes())

    assert (answer.status_code, answer.json()) == (200, {"imported": 5})
    assert await busy(ann, f"{SPRING}&statuses=oof") == [("2026-04-14T22:00:00Z", "2026-04-16T22:00:00Z")]


async def test_an_import_with_an_unknown_zone_names_line_and_zone_and_brings_nothing(ann: Reader) -> None:
    data = (PAYLOADS / "google.ics").read_bytes().replace(b"TZID=America/New_York", b"TZID=America/Gotham", 1)

    answer = await import_file(ann, data)

    assert answer.status_code == 422
    assert "Line 9" in answer.json()["detail"]
    assert "America/Gotham" in answer.json()["detail"]
    assert await busy(ann, SPRING) == []


async def test_an_import_may_name_the_owner(ann: Reader) -> None:
    data = (PAYLOADS / "outlook-desktop.ics").read_bytes().replace(b"Ann@Contoso.example", b"a@old.example")

    await import_file(ann, data, "?owner=a@old.example")

    window = {"startDateTime": "2026-04-09", "endDateTime": "2026-04-10"}
    assert [each["responseStatus"]["response"] for each in await ann.value("/calendarView", window)] == ["declined"]


async def test_busy_time_is_merged_and_in_utc(ann: Reader) -> None:
    await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 2))
    await ann.add(meeting("2026-03-23T10:00:00", "2026-03-23T11:00:00"))

    assert await busy(ann, SPRING) == [
        ("2026-03-23T08:00:00Z", "2026-03-23T10:00:00Z"),
        ("2026-03-30T07:00:00Z", "2026-03-30T08:00:00Z"),
    ]


async def test_busy_time_follows_the_zone_the_calendar_and_the_statuses_asked_for(ann: Reader) -> None:
    project = (await ann.control("POST", "/calendars", {"name": "Project"})).json()["id"]
    await ann.add(meeting("2026-03-24T00:00:00", "2026-03-25T00:00:00", isAllDay=True, showAs="oof"), project)

    plain = await busy(ann, SPRING)
    chosen = await busy(ann, f"{SPRING}&calendar={project}&statuses=oof,busy&zone=Asia/Tokyo")

    assert plain == []
    assert chosen == [("2026-03-23T15:00:00Z", "2026-03-24T15:00:00Z")]


@pytest.mark.parametrize(
    "query", ["start=2026-03-01", f"{SPRING}&zone=Nowhere", f"{SPRING}&statuses=asleep", "start=a&end=b"]
)
async def test_a_question_about_busy_time_that_makes_no_sense_is_422(ann: Reader, query: str) -> None:
    assert (await ann.control("GET", f"/busy?{query}")).status_code == 422


async def test_one_persons_calendars_are_not_anothers(ann: Reader) -> None:
    added = await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    answer = await ann.control("DELETE", f"/events/{added['id']}", of=BOB)

    assert answer.status_code == 422
    assert len(await ann.value("/calendarView", WEEK)) == 1
