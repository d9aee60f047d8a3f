"""Calendars and calendar views as Graph answers them."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.contract.calendars import ANN, BOB, CARL, GRAPH, WEEK, Reader, error_code, meeting, reader_of, weekly
from tests.contract.standin import InProcess, person

IMMUTABLE = 'IdType="ImmutableId"'


@pytest.fixture
async def ann(microsoft: InProcess) -> Reader:
    return await reader_of(microsoft)


async def test_calendars_come_ten_to_a_page_unless_more_are_asked_for(ann: Reader) -> None:
    for number in range(11):
        await ann.control("POST", "/calendars", {"name": f"Project {number}"})

    first = (await ann.get("/calendars")).json()
    second = (await ann.get(first["@odata.nextLink"])).json()
    whole = await ann.value("/calendars", {"$top": "50"})

    assert (len(first["value"]), len(second["value"]), len(whole)) == (10, 2, 12)
    assert "@odata.nextLink" not in second


async def test_a_default_calendar_belongs_to_its_owner(ann: Reader) -> None:
    (calendar,) = await ann.value("/calendars")

    assert calendar["isDefaultCalendar"] is True
    assert calendar["owner"] == {"name": "Ann", "address": ANN}
    assert (calendar["canEdit"], calendar["isRemovable"], calendar["isTallyingResponses"]) == (True, False, True)


async def test_shared_and_internet_calendars_are_told_by_owner_and_rights(ann: Reader) -> None:
    owner = {"name": "Bob", "address": BOB}
    await ann.control("POST", "/calendars", {"name": "Bob", "source": "shared", "owner": owner})
    await ann.control("POST", "/calendars", {"name": "Holidays", "source": "internet"})

    _, shared, internet = await ann.value("/calendars")

    assert (shared["owner"], shared["canEdit"], shared["canShare"]) == (owner, False, False)
    assert (internet["owner"]["address"], internet["canEdit"]) == (ANN, False)
    assert internet["allowedOnlineMeetingProviders"] == []


async def test_one_calendar_is_found_by_its_id_and_as_the_default(ann: Reader) -> None:
    default = (await ann.get("/calendar")).json()

    by_id = (await ann.get(f"/calendars/{default['id']}", {"$select": "name"})).json()

    assert {name: by_id[name] for name in ("id", "name")} == {"id": default["id"], "name": "Calendar"}
    assert "owner" not in by_id


@pytest.mark.parametrize("path", ["/calendarView", "/calendar/calendarView", "/calendars/{id}/calendarView"])
async def test_a_view_holds_instances_and_never_the_master(ann: Reader, path: str) -> None:
    default = (await ann.get("/calendar")).json()["id"]
    master = await ann.add(weekly("2026-03-16T09:00:00", "2026-03-16T10:00:00", 3))
    await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    shown = await ann.value(path.format(id=default), WEEK)

    assert [each["type"] for each in shown] == ["occurrence", "singleInstance"]
    assert shown[0]["seriesMasterId"] == master["id"]
    assert shown[1]["seriesMasterId"] is None


async def test_times_have_seven_digits_no_offset_and_the_zone_that_was_asked_for(ann: Reader) -> None:
    await ann.add(weekly("2026-03-16T09:00:00", "2026-03-16T10:00:00", 3))
    window = {"startDateTime": "2026-03-16", "endDateTime": "2026-04-01"}

    plain = await ann.value("/calendarView", window)
    answer = await ann.get("/calendarView", window, 'outlook.timezone="Eastern Standard Time"')

    assert [each["start"]["dateTime"] for each in plain] == [
        "2026-03-16T08:00:00.0000000",
        "2026-03-23T08:00:00.0000000",
        "2026-03-30T07:00:00.0000000",
    ]
    assert {each["start"]["timeZone"] for each in plain} == {"UTC"}
    assert answer.json()["value"][0]["end"] == {
        "dateTime": "2026-03-16T05:00:00.0000000",
        "timeZone": "Eastern Standard Time",
    }
    assert answer.headers["preference-applied"] == 'outlook.timezone="Eastern Standard Time"'


async def test_an_occurrence_that_begins_in_the_hour_that_the_clocks_skip_does_not_end_before_it_begins(
    ann: Reader,
) -> None:
    await ann.add(
        meeting(
            "2026-03-22T02:30:00",
            "2026-03-22T03:15:00",
            recurrence={
                "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["sunday"]},
                "range": {"type": "numbered", "startDate": "2026-03-22", "numberOfOccurrences": 2},
            },
        )
    )

    shown = await ann.value("/calendarView", {"startDateTime": "2026-03-29", "endDateTime": "2026-03-30"})

    assert [(each["start"]["dateTime"], each["end"]["dateTime"]) for each in shown] == [
        ("2026-03-29T01:30:00.0000000", "2026-03-29T01:30:00.0000000")
    ]


async def test_iana_names_are_understood_too_and_preferences_may_share_a_header(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    answer = await ann.get("/calendarView", WEEK, f'outlook.timezone="Asia/Kolkata", {IMMUTABLE}, odata.maxpagesize=5')

    assert answer.json()["value"][0]["start"]["dateTime"] == "2026-03-24T13:30:00.0000000"
    assert "ImmutableId" in answer.headers["preference-applied"]


async def test_an_all_day_event_is_midnight_to_midnight_in_every_zone(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T00:00:00", "2026-03-25T00:00:00", isAllDay=True, showAs="free"))

    shown = await ann.value("/calendarView", WEEK, 'outlook.timezone="Tokyo Standard Time"')

    assert shown[0]["isAllDay"] is True
    assert [shown[0][name]["dateTime"] for name in ("start", "end")] == [
        "2026-03-24T00:00:00.0000000",
        "2026-03-25T00:00:00.0000000",
    ]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        ("2026-03-24T08:30:00Z", "2026-03-24T08:40:00Z", 1),
        ("2026-03-24T09:00:00Z", "2026-03-24T10:00:00Z", 0),
        ("2026-03-24T07:00:00Z", "2026-03-24T08:00:00Z", 0),
        ("2026-03-24T09:59:59+01:00", "2026-03-24T12:00:00+01:00", 1),
        ("2026-03-24T08:59:59.9999999", "2026-03-24T09:30:00", 1),
    ],
)
async def test_what_overlaps_the_half_open_window_is_shown(ann: Reader, start: str, end: str, count: int) -> None:
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T09:00:00", "UTC"))

    shown = await ann.value("/calendarView", {"startDateTime": start, "endDateTime": end})

    assert len(shown) == count


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "ErrorInvalidParameter"),
        ({"startDateTime": "2026-03-24"}, 400, "ErrorInvalidParameter"),
        ({"startDateTime": "soon", "endDateTime": "2026-03-24"}, 400, "ErrorInvalidParameter"),
        ({"startDateTime": "2026-03-24", "endDateTime": "2026-03-23"}, 400, "ErrorInvalidParameter"),
        ({"startDateTime": "0001-01-01", "endDateTime": "0001-02-01"}, 400, "ErrorInvalidParameter"),
        ({"startDateTime": "2026-01-01", "endDateTime": "2031-01-01"}, 400, "ErrorInvalidRequest"),
        (WEEK | {"$select": "subject,colour"}, 400, "RequestBroker--ParseUri"),
        (WEEK | {"$select": "createdDateTime"}, 400, "ErrorInvalidRequest"),
        (WEEK | {"$select": "lastModifiedDateTime"}, 400, "ErrorInvalidRequest"),
        (WEEK | {"$top": "1001"}, 400, "ErrorInvalidParameter"),
        (WEEK | {"$top": "many"}, 400, "ErrorInvalidParameter"),
        (WEEK | {"$filter": "isAllDay eq true"}, 501, "NotImplemented"),
        (WEEK | {"$expand": "attachments"}, 501, "NotImplemented"),
        (WEEK | {"$orderby": "subject"}, 501, "NotImplemented"),
    ],
)
async def test_a_view_refuses_what_graph_refuses(ann: Reader, query: dict[str, str], status: int, code: str) -> None:
    answer = await ann.get("/calendarView", query)

    assert error_code(answer) == (status, code)


async def test_the_names_of_the_bounds_may_be_in_lower_case(ann: Reader) -> None:
    await ann.add(meeting("2026-03-24T08:00:00", "2026-03-24T09:00:00", "UTC"))

    shown = await ann.value("/calendarView", {name.lower(): value for name, value in WEEK.items()})

    assert len(shown) == 1


async def test_two_people_with_one_address_share_no_ids(ann: Reader, microsoft: InProcess) -> None:
    twin = person("twin", mail=ANN)
    await microsoft.contoso.control("POST", f"/tenants/{ann.tenant}/people", [twin])

    mine = (await ann.get("/calendar")).json()
    theirs = (await ann.get(f"{GRAPH}/users/{twin['id']}/calendar")).json()

    assert mine["owner"]["address"] == theirs["owner"]["address"]
    assert mine["id"] != theirs["id"]


async def test_an_unknown_zone_is_refused(ann: Reader) -> None:
    answer = await ann.get("/calendarView", WEEK, 'outlook.timezone="Middle Earth Standard Time"')

    assert error_code(answer) == (400, "TimeZoneNotSupportedException")


async def test_a_page_has_ten_events_and_the_link_carries_the_query_but_no_preference(ann: Reader) -> None:
    for hour in range(15):
        await ann.add(meeting(f"2026-03-24T{hour:02}:00:00", f"2026-03-24T{hour:02}:30:00", "UTC"))
    query = WEEK | {"$select": "start"}

    plain = (await ann.get("/calendarView", query)).json()
    preferred = (await ann.get("/calendarView", query, "odata.maxpagesize=2")).json()
    forgetful = (await ann.get(preferred["@odata.nextLink"])).json()
    faithful = (await ann.get(preferred["@odata.nextLink"], prefer="odata.maxpagesize=2")).json()

    assert [len(page["value"]) for page in (plain, preferred, forgetful, faithful)] == [10, 2, 10, 2]
    assert set(forgetful["value"][0]) == {"@odata.etag", "id", "start"}
    assert forgetful["value"][0]["start"]["dateTime"] == "2026-03-24T02:00:00.0000000"


async def test_a_page_may_be_shorter_than_the_one_before_although_more_follows(
    microsoft: InProcess, ann: Reader
) -> None:
    for hour in range(8):
        await ann.add(meeting(f"2026-03-24T{hour:02}:00:00", f"2026-03-24T{hour:02}:30:00", "UTC"))
    microsoft.world.settings = replace(microsoft.world.settings, longest_calendar_page=3, uneven_calendar_pages=True)

    pages = [(await ann.get("/calendarView", WEEK)).json()]
    while "@odata.nextLink" in pages[-1]:
        pages.append((await ann.get(pages[-1]["@odata.nextLink"])).json())

    assert [len(page["value"]) for page in pages] == [3, 2, 2, 1]
    assert len({each["id"] for page in pages for each in page["value"]}) == 8


async def test_top_is_carried_by_the_link(ann: Reader) -> None:
    for hour in range(5):
        await ann.add(meeting(f"2026-03-24T{hour:02}:00:00", f"2026-03-24T{hour:02}:30:00", "UTC"))

    first = (await ann.get("/calendarView", WEEK | {"$top": "2"})).json()
    second = (await ann.get(first["@odata.nextLink"])).json()
    third = (await ann.get(second["@odata.nextLink"])).json()

    assert [len(page["value"]) for page in (first, second, third)] == [2, 2, 1]
    assert "@odata.nextLink" not in third


async def test_an_ordinary_id_changes_with_the_calendar_and_an_immutable_one_does_not(ann: Reader) -> None:
    added = await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))
    project = (await ann.control("POST", "/calendars", {"name": "Project"})).json()["id"]

    await ann.control("POST", f"/events/{added['id']}/move", {"destination": project})

    (ordinary,) = await ann.value(f"/calendars/{project}/calendarView", WEEK)
    (immutable,) = await ann.value(f"/calendars/{project}/calendarView", WEEK, IMMUTABLE)
    assert ordinary["id"] != added["id"]
    assert immutable["id"] == added["immutableId"]
    assert error_code(await ann.get(f"/events/{added['id']}")) == (404, "ErrorItemNotFound")
    assert (await ann.get(f"/events/{immutable['id']}")).json()["id"] == ordinary["id"]


async def test_both_kinds_of_ids_are_used_throughout_an_answer(ann: Reader) -> None:
    master = await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 1))

    (shown,) = await ann.value("/calendarView", WEEK, IMMUTABLE)

    assert shown["seriesMasterId"] == master["immutableId"]


async def test_an_exception_tells_where_it_came_from_and_a_deleted_occurrence_is_gone(ann: Reader) -> None:
    await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 3))
    window = {"startDateTime": "2026-03-01", "endDateTime": "2026-05-01"}
    first, second, _ = await ann.value("/calendarView", window)
    moved = meeting("2026-03-31T14:00:00", "2026-03-31T15:00:00", subject="Moved")

    await ann.control("PATCH", f"/events/{second['id']}", moved)
    await ann.control("DELETE", f"/calendars/default/events/{first['id']}")

    exception, last = await ann.value("/calendarView", window)
    assert (exception["type"], exception["subject"], last["type"]) == ("exception", "Moved", "occurrence")
    assert exception["originalStart"] == "2026-03-30T07:00:00Z"
    assert exception["id"] == second["id"]
    assert exception["iCalUId"] != last["iCalUId"]
    assert exception["@odata.etag"] != second["@odata.etag"]


async def test_an_occurrence_can_be_named_by_the_time_it_is_due(ann: Reader) -> None:
    master = await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 2))

    await ann.control("DELETE", f"/events/{master['id']}?occurrence=2026-03-23T09:00:00")

    assert await ann.value("/calendarView", WEEK) == []


async def test_every_status_and_answer_comes_through(ann: Reader) -> None:
    statuses = ["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]
    for hour, status in enumerate(statuses):
        times = f"2026-03-24T{hour:02}:00:00", f"2026-03-24T{hour:02}:30:00"
        await ann.add(meeting(*times, "UTC", showAs=status, responseStatus={"response": "declined"}))
    await ann.add(meeting("2026-03-25T08:00:00", "2026-03-25T09:00:00", isCancelled=True))

    shown = await ann.value("/calendarView", WEEK | {"$select": "showAs,responseStatus,isCancelled"})

    assert [each["showAs"] for each in shown[:6]] == statuses
    assert shown[0]["responseStatus"] == {"response": "declined", "time": "0001-01-01T00:00:00Z"}
    assert [each["isCancelled"] for each in shown] == [False] * 6 + [True]


async def test_meeting_text_is_there_for_whoever_does_not_select(ann: Reader) -> None:
    guest = {"emailAddress": {"name": "Bob", "address": BOB}, "type": "optional", "status": {"response": "accepted"}}
    texts: dict[str, Any] = {
        "body": {"contentType": "html", "content": "<p>Secret plan</p>"},
        "location": {"displayName": "Room 1"},
        "attendees": [guest],
    }
    await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00", **texts))

    (whole,) = await ann.value("/calendarView", WEEK, 'outlook.body-content-type="text"')
    (part,) = await ann.value("/calendarView", WEEK | {"$select": "start,end,showAs"})

    assert whole["body"] == {"contentType": "text", "content": "Secret plan"}
    assert (whole["bodyPreview"], whole["location"]["displayName"]) == ("Secret plan", "Room 1")
    assert whole["attendees"][0]["emailAddress"]["address"] == BOB
    assert set(part) == {"@odata.etag", "id", "start", "end", "showAs"}


async def test_a_master_shows_its_pattern_and_its_cancelled_occurrences(ann: Reader) -> None:
    added = await ann.add(weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 2))
    await ann.control("DELETE", f"/events/{added['id']}?occurrence=2026-03-30T09:00:00")

    master = (await ann.get(f"/events/{added['id']}")).json()
    selected = (await ann.get(f"/events/{added['id']}", {"$select": "cancelledOccurrences"})).json()

    assert (master["type"], master["recurrence"]["pattern"]["daysOfWeek"]) == ("seriesMaster", ["monday"])
    assert "cancelledOccurrences" not in master
    assert selected["cancelledOccurrences"] == [f"OID.{added['id']}.2026-03-30"]


@pytest.mark.parametrize("path", ["/events/{}", "/calendars/{}", "/calendars/{}/calendarView"])
async def test_a_malformed_id_is_400(ann: Reader, path: str) -> None:
    answer = await ann.get(path.format("AAMkAGI2TGuLAAA="), WEEK if path.endswith("View") else None)

    assert error_code(answer) == (400, "ErrorInvalidIdMalformed")


async def test_default_is_no_calendar_id_of_graph(ann: Reader) -> None:
    assert error_code(await ann.get("/calendars/default")) == (400, "ErrorInvalidIdMalformed")


async def test_a_person_cannot_live_in_an_unknown_zone(ann: Reader) -> None:
    answer = await ann.control("PATCH", "", {"mailbox_time_zone": "Middle Earth Standard Time"})

    assert answer.status_code == 422


async def test_an_id_in_other_case_is_malformed(ann: Reader) -> None:
    added = await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))

    answer = await ann.get(f"/events/{added['id'].swapcase()}")

    assert error_code(answer) == (400, "ErrorInvalidIdMalformed")


async def test_an_event_is_not_found_in_another_calendar(ann: Reader) -> None:
    added = await ann.add(meeting("2026-03-24T09:00:00", "2026-03-24T10:00:00"))
    project = (await ann.control("POST", "/calendars", {"name": "Project"})).json()["id"]

    answer = await ann.get(f"/calendars/{project}/events/{added['immutableId']}")

    assert error_code(answer) == (404, "ErrorItemNotFound")


async def test_a_person_without_a_mailbox_has_no_calendars(ann: Reader) -> None:
    answer = await ann.get(f"{GRAPH}/users/{CARL}/calendarView", WEEK)

    assert error_code(answer) == (404, "MailboxNotEnabledForRESTAPI")


@pytest.mark.parametrize("path", ["/calendarView/delta", "/calendarGroups", "/calendarGroup/calendars"])
async def test_what_is_not_served_says_so(ann: Reader, path: str) -> None:
    assert error_code(await ann.get(path, WEEK)) == (501, "NotImplemented")


async def test_a_view_without_a_token_is_refused(microsoft: InProcess, ann: Reader) -> None:
    answer = await microsoft.client.get(f"{GRAPH}/users/{ANN}/calendarView", params=WEEK)

    assert error_code(answer) == (401, "InvalidAuthenticationToken")


async def test_a_thousand_events_come_in_one_page(ann: Reader, microsoft: InProcess) -> None:
    for number in range(1000):
        hour, minute = divmod(number % 96 * 15, 60)
        day = f"2026-03-{23 + number % 7:02}"
        await ann.add(meeting(f"{day}T{hour:02}:{minute:02}:00", f"{day}T{hour:02}:{minute:02}:30", "UTC"))
    query = WEEK | {"$top": "1000", "$select": "id,start,end,showAs,isAllDay,isCancelled,responseStatus,iCalUId,type"}

    page = (await ann.get("/calendarView", query)).json()

    assert len(page["value"]) == 1000
    assert "@odata.nextLink" not in page
