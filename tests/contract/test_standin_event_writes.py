"""Events that an app writes: created once, found again by their mark, changed, cancelled, deleted."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.contract.calendars import ANN, BOB, WEEK, Reader, error_code, meeting, reader_of, signed_in
from tests.contract.shapes import faults, shape_of
from tests.contract.standin import InProcess

GUID = "8ECCC264-6880-4EBE-992F-8888D2EEAA1D"
MARK = f"String {{{GUID}}} Name OrgcalBooking"
NINE = ("2026-03-24T09:00:00", "2026-03-24T10:00:00")
TEN = ("2026-03-24T10:00:00", "2026-03-24T11:00:00")
IMMUTABLE = 'IdType="ImmutableId"'


@pytest.fixture
async def ann(microsoft: InProcess) -> Reader:
    return await reader_of(microsoft)


def invited(*addresses: str) -> list[dict[str, Any]]:
    return [{"emailAddress": {"address": each, "name": each}, "type": "required"} for each in addresses]


def marked(value: str) -> list[dict[str, str]]:
    return [{"id": MARK, "value": value}]


def by_mark(value: str) -> dict[str, str]:
    return {
        "$filter": f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '{value}')",
        "$expand": f"singleValueExtendedProperties($filter=id eq '{MARK}')",
    }


def moved(times: tuple[str, str]) -> dict[str, Any]:
    return {name: {"dateTime": wall, "timeZone": "UTC"} for name, wall in zip(("start", "end"), times, strict=True)}


async def created(ann: Reader, **more: Any) -> dict[str, Any]:
    answer = await ann.post("/events", meeting(*NINE, **more), IMMUTABLE)
    assert answer.status_code == 201, answer.text
    event: dict[str, Any] = answer.json()
    return event


async def set_up(microsoft: InProcess, **settings: Any) -> None:
    await microsoft.contoso.control("PATCH", "/settings", settings)


def fits(answer: httpx.Response) -> bool:
    """The page on PATCH shows an example of placeholders, so no shape names that request."""
    name = shape_of(answer.request.method, str(answer.url)) or "event.json"
    assert list(faults(name, answer.json())) == []
    return True


async def test_a_created_event_is_answered_and_lies_in_the_default_calendar(ann: Reader) -> None:
    answer = await ann.post("/events", meeting(*NINE, body={"contentType": "text", "content": "a < b"}), IMMUTABLE)

    event = answer.json()
    assert (answer.status_code, fits(answer)) == (201, True)
    assert (event["isOrganizer"], event["organizer"]["emailAddress"]["address"]) == (True, ANN)
    assert event["body"] == {"contentType": "html", "content": "<html><head></head><body>a &lt; b</body></html>"}
    assert [each["id"] for each in await ann.value("/calendarView", WEEK, IMMUTABLE)] == [event["id"]]


async def test_an_event_is_created_in_the_calendar_that_the_path_names(ann: Reader) -> None:
    project = (await ann.control("POST", "/calendars", {"name": "Project"})).json()["id"]

    answer = await ann.post(f"/calendars/{project}/events", meeting(*NINE))

    assert answer.status_code == 201
    assert await ann.value("/events") == []
    assert len(await ann.value(f"/calendars/{project}/events")) == 1


@pytest.mark.parametrize(("setting", "code"), [(201, 201), (200, 200), (409, 409)])
async def test_a_repeated_transaction_makes_no_second_event(
    ann: Reader, microsoft: InProcess, setting: int, code: int
) -> None:
    await set_up(microsoft, repeated_transaction_status=setting)
    first = await created(ann, transactionId="t-1", subject="First", attendees=invited(BOB))

    again = await ann.post("/events", meeting(*TEN, transactionId="t-1", attendees=invited(BOB)), IMMUTABLE)

    assert again.status_code == code
    assert code == 409 or (again.json()["id"], again.json()["subject"]) == (first["id"], "First")
    assert [each["transactionId"] for each in await ann.value("/events")] == ["t-1"]


async def test_an_event_is_found_by_its_mark_alone(ann: Reader) -> None:
    event = await created(ann, singleValueExtendedProperties=marked("it's-1"))
    await created(ann, singleValueExtendedProperties=marked("2"))

    answer = await ann.get("/events", by_mark("it''s-1"), IMMUTABLE)

    (found,) = answer.json()["value"]
    assert ("singleValueExtendedProperties" in event, found["id"], fits(answer)) == (False, event["id"], True)
    assert found["singleValueExtendedProperties"] == [{"id": MARK.replace(GUID, GUID.lower()), "value": "it's-1"}]


async def test_marks_are_looked_for_in_one_calendar_at_a_time(ann: Reader) -> None:
    project = (await ann.control("POST", "/calendars", {"name": "Project"})).json()["id"]
    await ann.post(f"/calendars/{project}/events", meeting(*NINE, singleValueExtendedProperties=marked("1")))

    assert await ann.value("/events", by_mark("1")) == []
    assert len(await ann.value(f"/calendars/{project}/events", by_mark("1"))) == 1


async def test_an_event_is_found_by_its_icaluid_and_not_by_its_transaction(ann: Reader) -> None:
    event = await created(ann, transactionId="t-1")

    found = await ann.value("/events", {"$filter": f"iCalUId eq '{event['iCalUId']}'"}, IMMUTABLE)
    refused = await ann.get("/events", {"$filter": "transactionId eq 't-1'"})

    assert [each["id"] for each in found] == [event["id"]]
    assert error_code(refused) == (400, "ErrorInvalidProperty")


@pytest.mark.parametrize("query", [{"$filter": "subject eq 'x'"}, {"$expand": "attachments"}, {"$search": "x"}])
async def test_a_question_that_the_stand_in_does_not_know_is_501(ann: Reader, query: dict[str, str]) -> None:
    assert (await ann.get("/events", query)).status_code == 501


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"subject": "never"}, "ErrorPropertyValidationFailure"),
        (meeting(*reversed(NINE)), "ErrorPropertyValidationFailure"),
        (meeting(*NINE, "Middle Earth Standard Time"), "TimeZoneNotSupportedException"),
        (meeting(*NINE, showAs="asleep"), "RequestBodyRead"),
        (meeting(*NINE, colour="red"), "RequestBodyRead"),
        (meeting(*NINE, attendees=[{"name": "Bob"}]), "RequestBodyRead"),
        (meeting(*NINE, attendees=invited("nobody")), "ErrorInvalidRecipients"),
        (meeting(*NINE, attendees=invited(*(f"{n}@a.example" for n in range(501)))), "ErrorInvalidRequest"),
        (meeting(*NINE, singleValueExtendedProperties=[{"id": "x", "value": "1"}]), "RequestBodyRead"),
        (meeting(*NINE, recurrence={"pattern": {}, "range": {}}), "ErrorInvalidRecurrence"),
    ],
)
async def test_what_makes_no_event_is_refused(ann: Reader, event: dict[str, Any], code: str) -> None:
    answer = await ann.post("/events", event)

    assert error_code(answer) == (400, code)
    assert list(faults("error-envelope.json", answer.json())) == []
    assert await ann.value("/events") == []


async def test_a_zone_is_written_by_a_name_of_microsofts_page(ann: Reader, microsoft: InProcess) -> None:
    names = ["Romance Standard Time", "UTC", "Europe/Paris", "Asia/Kolkata", "Europe/Vienna"]

    strict = [(await ann.post("/events", meeting(*NINE, zone))).status_code for zone in names]
    await set_up(microsoft, documented_zones_only=False)
    lenient = [(await ann.post("/events", meeting(*NINE, zone))).status_code for zone in (*names, "Mars/Olympus")]

    assert strict == [201, 201, 201, 201, 400]
    assert lenient == [201, 201, 201, 201, 201, 400]


async def test_a_calendar_of_the_internet_takes_no_events(ann: Reader) -> None:
    holidays = (await ann.control("POST", "/calendars", {"name": "Holidays", "source": "internet"})).json()["id"]

    assert error_code(await ann.post(f"/calendars/{holidays}/events", meeting(*NINE))) == (403, "ErrorAccessDenied")


async def test_whoever_may_only_read_does_not_write(ann: Reader, microsoft: InProcess) -> None:
    await microsoft.contoso.grant("Calendars.Read")

    reader = signed_in(microsoft)

    assert error_code(await reader.post("/events", meeting(*NINE))) == (403, "ErrorAccessDenied")
    assert await reader.value("/events") == []


async def test_a_change_answers_the_event_and_leaves_what_it_does_not_name(ann: Reader) -> None:
    event = await created(ann, subject="Before", location={"displayName": "Room 1"})

    answer = await ann.send("PATCH", f"/events/{event['id']}", moved(TEN), IMMUTABLE)

    changed = answer.json()
    assert (answer.status_code, fits(answer)) == (200, True)
    assert (changed["id"], changed["subject"], changed["location"]["displayName"]) == (event["id"], "Before", "Room 1")
    assert changed["start"]["dateTime"] == "2026-03-24T10:00:00.0000000"
    assert changed["@odata.etag"] != event["@odata.etag"]


async def test_marks_are_added_and_changed_by_patch(ann: Reader) -> None:
    other = {"id": MARK + "2", "value": "b"}
    event = await created(ann, singleValueExtendedProperties=[*marked("1"), other])

    await ann.send("PATCH", f"/events/{event['id']}", {"singleValueExtendedProperties": marked("2")})

    assert await ann.value("/events", by_mark("1")) == []
    assert len(await ann.value("/events", by_mark("2"))) == 1
    expand = {"$expand": f"singleValueExtendedProperties($filter=id eq '{MARK}' or id eq '{MARK}2')"}
    shown = (await ann.get(f"/events/{event['id']}", expand)).json()["singleValueExtendedProperties"]
    assert [each["value"] for each in shown] == ["2", "b"]


async def test_a_change_under_an_older_etag_is_refused(ann: Reader) -> None:
    event = await created(ann)
    path, etag = f"/events/{event['id']}", {"If-Match": event["@odata.etag"]}
    first = await ann.send("PATCH", path, {"subject": "x"}, **etag)

    late = await ann.send("PATCH", path, {"subject": "y"}, **etag)
    late_delete = await ann.send("DELETE", path, **etag)

    assert first.status_code == 200
    assert error_code(late) == error_code(late_delete) == (412, "ErrorIrresolvableConflict")
    assert (await ann.get(path)).json()["subject"] == "x"


async def test_what_graph_alone_sets_is_passed_over(ann: Reader) -> None:
    event = await created(ann, isCancelled=True, iCalUId="mine", responseStatus={"response": "declined"})

    assert (event["isCancelled"], event["responseStatus"]["response"]) == (False, "organizer")
    assert event["iCalUId"] != "mine"


async def test_a_cancelled_event_is_found_by_its_immutable_id_but_in_no_calendar(ann: Reader) -> None:
    event = await created(ann, singleValueExtendedProperties=marked("1"))
    (calendar,) = await ann.value("/calendars")

    cancelled = await ann.send("POST", f"/events/{event['id']}/cancel", {"Comment": "Not today"})

    found = await ann.get(f"/events/{event['id']}")
    assert (cancelled.status_code, cancelled.content, found.status_code) == (202, b"", 200)
    assert await ann.value("/events", by_mark("1")) == []
    assert await ann.value("/calendarView", WEEK) == []
    for path in ("/calendar", f"/calendars/{calendar['id']}"):
        assert error_code(await ann.get(f"{path}/events/{event['id']}")) == (404, "ErrorItemNotFound")


async def test_an_ordinary_id_does_not_outlive_the_way_to_the_deleted_items(ann: Reader) -> None:
    event = (await ann.post("/events", meeting(*NINE))).json()

    deleted = await ann.send("DELETE", f"/events/{event['id']}")

    assert deleted.status_code == 204
    assert error_code(await ann.get(f"/events/{event['id']}")) == (404, "ErrorItemNotFound")


async def test_what_is_deleted_twice_or_permanently_is_gone(ann: Reader) -> None:
    twice, for_good = await created(ann), await created(ann)

    answers = [
        await ann.send("DELETE", f"/events/{twice['id']}"),
        await ann.send("DELETE", f"/events/{twice['id']}"),
        await ann.send("DELETE", f"/events/{twice['id']}"),
        await ann.send("POST", f"/events/{for_good['id']}/permanentDelete"),
        await ann.get(f"/events/{for_good['id']}"),
    ]

    assert [each.status_code for each in answers] == [204, 204, 404, 204, 404]


async def test_deleted_items_may_be_set_to_answer_nothing(ann: Reader, microsoft: InProcess) -> None:
    event = await created(ann)
    await ann.send("DELETE", f"/events/{event['id']}")

    await set_up(microsoft, deleted_items_answer=False)

    assert error_code(await ann.get(f"/events/{event['id']}")) == (404, "ErrorItemNotFound")


async def test_places_may_be_written_as_a_list(ann: Reader) -> None:
    event = await created(ann, locations=[{"displayName": "Room 1"}])

    assert (event["location"]["displayName"], len(event["locations"])) == ("Room 1", 1)


async def test_a_reminder_is_switched_off_and_on(ann: Reader) -> None:
    event = await created(ann, isReminderOn=False)

    answer = await ann.send("PATCH", f"/events/{event['id']}", {"isReminderOn": True})

    changed = answer.json()
    assert (event["isReminderOn"], changed["isReminderOn"], changed["reminderMinutesBeforeStart"]) == (False, True, 15)


async def test_null_empties_what_may_be_empty(ann: Reader) -> None:
    event = await created(ann, location={"displayName": "Room 1"}, attendees=invited(BOB), subject="x")

    answer = await ann.send("PATCH", f"/events/{event['id']}", {"location": None, "attendees": None, "subject": None})

    changed = answer.json()
    assert (changed["location"]["displayName"], changed["attendees"], changed["subject"]) == ("", [], "")


async def test_a_fifth_write_at_the_same_time_is_refused(ann: Reader, microsoft: InProcess) -> None:
    await set_up(microsoft, latency_seconds=0.05)

    answers = await asyncio.gather(*(ann.post("/events", meeting(*NINE)) for _ in range(5)))

    assert sorted(each.status_code for each in answers) == [201, 201, 201, 201, 429]
    await set_up(microsoft, latency_seconds=0)
    assert len(await ann.value("/events")) == 4
