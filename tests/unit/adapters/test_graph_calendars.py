"""The calendar adapter against bytes and statuses of every kind."""

import json
from datetime import UTC, date, datetime, timedelta
from traceback import format_exception
from typing import Any

import pytest

from shared_code.adapters.graph.calendars import GraphCalendars
from shared_code.core.calendar import AllDay, Calendar, Event, ShowAs
from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval
from shared_code.core.limits import MAX_EVENTS
from shared_code.errors import Disconnected, Gone, NoMailbox, Refused, Throttled, TooLarge, TryLater, Unexpected
from tests.unit.adapters.graph_transport import GRAPH, LINK, NOW, USER, ScriptedGraph

CALENDAR = CalendarId("AAMkAGI2TGuLAAA=")
WINDOW = Interval(NOW, NOW + timedelta(days=98))
NEXT = f"{GRAPH}/v1.0/users/{USER}/calendars/{CALENDAR}/calendarView?$skip=999"
ADDRESS = "adele@contoso.example"


def event(**changes: Any) -> dict[str, Any]:
    return {
        "id": "AAMkAGI2e1",
        "type": "singleInstance",
        "start": {"dateTime": "2026-11-23T12:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-23T13:00:00.1234567", "timeZone": "UTC"},
        "showAs": "busy",
        "isAllDay": False,
        "isCancelled": False,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        "iCalUId": "040000008200E00074C5B7101A82E008",
        "originalStartTimeZone": "UTC",
        "seriesMasterId": None,
        **changes,
    }


def at(text: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": text, "timeZone": zone}


@pytest.fixture
def graph() -> ScriptedGraph:
    return ScriptedGraph()


@pytest.fixture
def calendars(graph: ScriptedGraph) -> GraphCalendars:
    return GraphCalendars(graph.client())


async def read_one(graph: ScriptedGraph, calendars: GraphCalendars, **changes: Any) -> Event:
    graph.answer({"value": [event(**changes)]})
    (read,) = await calendars.read_window(LINK, CALENDAR, WINDOW)
    return read


async def test_a_window_is_asked_for_whole_in_utc_with_immutable_ids_and_without_text(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    graph.answer({"value": [], "@odata.nextLink": NEXT})
    graph.answer({"value": []})

    await calendars.read_window(LINK, CALENDAR, WINDOW)

    first, second = graph.requests
    assert first.url.path == f"/v1.0/users/{USER}/calendars/{CALENDAR}/calendarView"
    assert dict(first.url.params) == {
        "startDateTime": "2026-11-21T09:00:00Z",
        "endDateTime": "2027-02-27T09:00:00Z",
        "$select": "id,seriesMasterId,type,start,end,showAs,isAllDay,isCancelled,responseStatus,iCalUId,"
        "originalStartTimeZone",
        "$top": "999",
    }
    assert str(second.url) == NEXT
    for request in graph.requests:
        assert request.headers["prefer"] == 'outlook.timezone="UTC", IdType="ImmutableId"'


async def test_an_instance_becomes_an_event_and_the_seventh_digit_is_cut(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    read = await read_one(graph, calendars, subject="secret", type="occurrence", seriesMasterId="AAMkAGI2m")

    assert read == Event(
        event="AAMkAGI2e1",
        ical_uid="040000008200E00074C5B7101A82E008",
        time=Interval(datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 13, 0, 0, 123456, tzinfo=UTC)),
        show_as=ShowAs.BUSY,
        series="AAMkAGI2m",
    )


async def test_an_all_day_event_is_its_dates(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    read = await read_one(
        graph,
        calendars,
        isAllDay=True,
        start=at("2026-11-25T00:00:00.0000000"),
        end=at("2026-11-27T00:00:00.0000000"),
        originalStartTimeZone="tzone://Microsoft/Custom",
    )

    assert read.time == AllDay(date(2026, 11, 25), date(2026, 11, 27), "tzone://Microsoft/Custom")


@pytest.mark.parametrize(
    ("told", "read_as"),
    [
        ("free", ShowAs.FREE),
        ("tentative", ShowAs.TENTATIVE),
        ("oof", ShowAs.OUT_OF_OFFICE),
        ("workingElsewhere", ShowAs.WORKING_ELSEWHERE),
        ("unknown", ShowAs.UNKNOWN),
        ("somethingNew", ShowAs.UNKNOWN),
        (None, ShowAs.UNKNOWN),
    ],
)
async def test_a_status_that_is_not_known_is_unknown_and_never_free(
    graph: ScriptedGraph, calendars: GraphCalendars, told: str | None, read_as: ShowAs
) -> None:
    assert (await read_one(graph, calendars, showAs=told)).show_as is read_as


async def test_cancelled_and_declined_are_told(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    declined = await read_one(graph, calendars, responseStatus={"response": "declined"})
    cancelled = await read_one(graph, calendars, isCancelled=True)

    assert (declined.is_declined, declined.is_cancelled) == (True, False)
    assert (cancelled.is_declined, cancelled.is_cancelled) == (False, True)


async def test_an_event_without_length_is_an_event(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    read = await read_one(graph, calendars, end=at("2026-11-23T12:00:00.0000000"))

    assert isinstance(read.time, Interval)
    assert read.time.start == read.time.end


async def test_an_event_that_ends_before_it_starts_blocks_what_lies_between(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    """An hour that the clocks skip may turn one round; it closes neither the calendar nor the time."""
    read = await read_one(
        graph, calendars, start=at("2026-03-29T01:30:00.0000000"), end=at("2026-03-29T01:15:00.0000000")
    )

    start = datetime(2026, 3, 29, 1, 15, tzinfo=UTC)
    assert read.time == Interval(start, start + timedelta(minutes=15))


@pytest.mark.parametrize("end", ["2026-11-25", "2026-11-24"])
async def test_an_all_day_event_has_a_day(graph: ScriptedGraph, calendars: GraphCalendars, end: str) -> None:
    read = await read_one(graph, calendars, isAllDay=True, start=at("2026-11-25T00:00:00"), end=at(f"{end}T00:00:00"))

    assert isinstance(read.time, AllDay)
    assert read.time.first < read.time.end


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"start": None},
        {"start": at("2026-11-23T12:00:00.0000000", "W. Europe Standard Time")},
        {"start": at("2026-11-23T12:00:00.0000000+01:00")},
        {"start": at("yesterday")},
        {"start": at("")},
        {"isAllDay": True, "start": at("2026-13-25T00:00:00"), "end": at("2026-11-26T00:00:00")},
        {"isAllDay": "no"},
        {"isCancelled": 0},
        {"type": "seriesMaster"},
        {"showAs": 2},
    ],
)
async def test_one_event_that_cannot_be_read_spoils_the_whole_answer(
    graph: ScriptedGraph, calendars: GraphCalendars, changes: dict[str, Any]
) -> None:
    graph.answer({"value": [event(), event(**changes)]})

    with pytest.raises(Unexpected):
        await calendars.read_window(LINK, CALENDAR, WINDOW)


@pytest.mark.parametrize("missing", ["id", "type", "start", "end", "showAs", "isAllDay", "isCancelled"])
async def test_a_field_that_was_asked_for_and_is_missing_spoils_the_whole_answer(
    graph: ScriptedGraph, calendars: GraphCalendars, missing: str
) -> None:
    broken = event()
    del broken[missing]
    graph.answer({"value": [broken]})

    with pytest.raises(Unexpected):
        await calendars.read_window(LINK, CALENDAR, WINDOW)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>", b"[]", b"{}", b'{"value":{}}', b'{"value":[null]}', b'{"error":{}}', b"\xff"]
)
async def test_an_answer_without_events_to_read_is_never_an_empty_calendar(
    graph: ScriptedGraph, calendars: GraphCalendars, body: bytes
) -> None:
    graph.answer(body)

    with pytest.raises(Unexpected):
        await calendars.read_window(LINK, CALENDAR, WINDOW)


async def test_a_page_that_fails_fails_the_window(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    graph.answer({"value": [event()], "@odata.nextLink": NEXT})
    graph.refuse(503, "ServiceUnavailable", Retry_After="7")

    with pytest.raises(TryLater) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert caught.value.retry_after == timedelta(seconds=7)


async def test_a_window_of_more_events_than_are_kept_is_left_before_its_end(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    half = {"value": [event()] * (MAX_EVENTS // 2)}
    graph.answer({**half, "@odata.nextLink": f"{NEXT}1"})
    graph.answer({**half, "@odata.nextLink": f"{NEXT}2"})
    graph.answer({"value": [event()], "@odata.nextLink": f"{NEXT}3"})

    with pytest.raises(TooLarge):
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert len(graph.requests) == 3


async def test_a_window_of_as_many_events_as_are_kept_is_read(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    graph.answer({"value": [event()] * MAX_EVENTS})

    assert len(await calendars.read_window(LINK, CALENDAR, WINDOW)) == MAX_EVENTS


async def test_pages_that_lead_in_a_circle_are_unexpected(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    for _ in range(3):
        graph.answer({"value": [], "@odata.nextLink": NEXT})

    with pytest.raises(Unexpected):
        await calendars.read_window(LINK, CALENDAR, WINDOW)


async def test_a_next_link_of_another_host_gets_no_token(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    graph.answer({"value": [], "@odata.nextLink": "https://graph.example.evil.example/v1.0/x"})

    with pytest.raises(Unexpected):
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert len(graph.requests) == 1


async def test_calendars_are_listed_without_their_names(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    own = {"id": "a", "isDefaultCalendar": True, "canEdit": True, "owner": {"name": "Adele", "address": ADDRESS}}
    graph.answer({"value": [own], "@odata.nextLink": f"{GRAPH}/v1.0/users/{USER}/calendars?$skip=1"})
    graph.answer({"value": [{"id": "b", "isDefaultCalendar": None, "owner": None}]})

    listed = await calendars.list_calendars(LINK)

    assert listed == (
        Calendar(CalendarId("a"), is_default=True, can_edit=True, owner_address=ADDRESS),
        Calendar(CalendarId("b"), is_default=False, can_edit=False, owner_address=None),
    )
    assert graph.requests[0].url.params["$select"] == "id,isDefaultCalendar,canEdit,owner"


async def test_names_and_colours_are_asked_for_only_by_whoever_wants_to_choose(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    own = {"id": "a", "isDefaultCalendar": True, "canEdit": True, "name": "Kalender", "color": "auto", "hexColor": ""}
    graph.answer({"value": [own], "@odata.nextLink": f"{GRAPH}/v1.0/users/{USER}/calendars?$skip=1"})
    graph.answer({"value": [{"id": "b", "name": "Club", "color": "lightBlue", "hexColor": "#0078d4"}, {"id": "c"}]})

    named = await calendars.list_named(LINK)

    assert [(each.calendar.calendar, each.name, each.color, each.hex_color) for each in named] == [
        ("a", "Kalender", "auto", None),
        ("b", "Club", "lightBlue", "#0078d4"),
        ("c", "", "auto", None),
    ]
    assert graph.requests[0].url.params["$select"] == "id,isDefaultCalendar,canEdit,owner,name,color,hexColor"
    assert "Kalender" not in repr(named)


async def test_the_zone_is_asked_for_with_the_shortest_schedule(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    zone = {"name": "W. Europe Standard Time"}
    items = [{"status": "busy", "subject": "secret"}]
    graph.answer({"value": [{"scheduleId": ADDRESS, "scheduleItems": items, "workingHours": {"timeZone": zone}}]})

    name = await calendars.find_time_zone(LINK, ADDRESS, NOW)

    assert name == "W. Europe Standard Time"
    assert graph.requests[0].url.path == f"/v1.0/users/{USER}/calendar/getSchedule"
    assert json.loads(graph.requests[0].content) == {
        "schedules": [ADDRESS],
        "startTime": {"dateTime": "2026-11-21T09:00:00", "timeZone": "UTC"},
        "endTime": {"dateTime": "2026-11-21T09:10:00", "timeZone": "UTC"},
        "availabilityViewInterval": 5,
    }
    assert graph.requests[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "value",
    [
        [],
        [{"error": {"responseCode": "ErrorMailRecipientNotFound"}}],
        [{"workingHours": None}],
        [{"workingHours": {}}],
        [{"workingHours": {"timeZone": {"@odata.type": "#microsoft.graph.customTimeZone", "name": "Customized"}}}],
    ],
)
async def test_a_mailbox_without_a_named_zone_has_none(
    graph: ScriptedGraph, calendars: GraphCalendars, value: list[Any]
) -> None:
    graph.answer({"value": value})

    assert await calendars.find_time_zone(LINK, ADDRESS, NOW) is None


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (403, "ErrorAccessDenied", Refused),
        (403, "accessDenied", Refused),
        (403, "extensionError", Refused),
        (403, None, Refused),
        (403, "Authorization_RequestDenied", Disconnected),
        (404, "MailboxNotEnabledForRESTAPI", NoMailbox),
        (404, "mailboxnotenabledforrestapi", NoMailbox),
        (404, "ErrorInvalidUser", NoMailbox),
        (404, "ResourceNotFound", NoMailbox),
        (404, "Request_ResourceNotFound", NoMailbox),
        (404, "ErrorItemNotFound", Gone),
        (404, None, Unexpected),
        (400, "ErrorInvalidIdMalformed", Gone),
        (400, "ErrorInvalidMailboxItemId", Gone),
        (400, "ErrorInvalidRequest", Unexpected),
        (408, None, TryLater),
        (410, "SyncStateNotFound", TryLater),
        (429, "ApplicationThrottled", Throttled),
        (429, None, Throttled),
        (500, "ErrorInternalServerTransientError", TryLater),
        (500, None, TryLater),
        (501, "NotImplemented", Unexpected),
        (502, None, TryLater),
        (503, "ServiceUnavailable", TryLater),
        (504, None, TryLater),
        (509, None, Throttled),
        (599, None, TryLater),
        (302, None, Unexpected),
        (451, None, Unexpected),
    ],
)
async def test_each_refusal_has_its_error(
    graph: ScriptedGraph, calendars: GraphCalendars, status: int, code: str | None, error: type[Exception]
) -> None:
    graph.refuse(status, code)

    with pytest.raises(error) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert type(caught.value) is error
    assert len(graph.requests) == 1


async def test_the_deepest_known_code_counts_under_both_spellings(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    deepest = {"code": "MailboxNotEnabledForRESTAPI", "innererror": {"code": "WhoKnows"}}
    graph.answer({"error": {"code": "ResourceNotFound", "innerError": {"innererror": deepest}}}, 404)
    graph.answer({"error": {"code": "ErrorItemNotFound", "innererror": deepest}}, 404)

    for _ in range(2):
        with pytest.raises(NoMailbox):
            await calendars.read_window(LINK, CALENDAR, WINDOW)


async def test_a_403_that_wraps_a_passing_fault_is_tried_later(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    message = "Operation: Read; Exception: [Status Code: ServiceUnavailable; Reason: Target resource busy]"
    graph.answer({"error": {"code": "ExtensionError", "message": message}}, 403)

    with pytest.raises(TryLater):
        await calendars.read_window(LINK, CALENDAR, WINDOW)


@pytest.mark.parametrize(
    ("scope", "whole_tenant"),
    [(None, False), ("Mailbox/Read/app/user", False), ("Tenant_Application/ReadWrite/app/tenant", True)],
)
async def test_a_mailbox_is_throttled_alone_unless_graph_says_otherwise(
    graph: ScriptedGraph, calendars: GraphCalendars, scope: str | None, whole_tenant: bool
) -> None:
    graph.refuse(429, "ApplicationThrottled", **({"x_ms_throttle_scope": scope} if scope else {}))

    with pytest.raises(Throttled) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert caught.value.whole_tenant is whole_tenant


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2.128", 2.128),
        ("120", 120),
        ("-5", 0),
        ("0", 0),
        ("Sat, 21 Nov 2026 09:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0),
        ("999999999", 86_400),
        ("inf", None),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
async def test_retry_after_is_read_in_all_its_forms(
    graph: ScriptedGraph, calendars: GraphCalendars, header: str, seconds: float | None
) -> None:
    graph.refuse(429, "TooManyRequests", Retry_After=header)

    with pytest.raises(Throttled) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    found = caught.value.retry_after
    assert (None if found is None else found.total_seconds()) == seconds


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"type": "secret"}, "$.value[0].type"),
        ({"isAllDay": "secret"}, "$.value[0].isAllDay"),
        ({"start": at("secret")}, ""),
        ({"start": at("2026-11-23T12:00:00", "secret")}, "$.value[0].start.timeZone"),
    ],
)
async def test_what_cannot_be_read_is_told_by_its_place_and_never_by_its_content(
    graph: ScriptedGraph, calendars: GraphCalendars, changes: dict[str, Any], place: str
) -> None:
    graph.answer({"value": [event(**changes)]})

    with pytest.raises(Unexpected) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert place in str(caught.value)
    assert "secret" not in "".join(format_exception(caught.value))


async def test_a_code_that_is_none_is_not_repeated(graph: ScriptedGraph, calendars: GraphCalendars) -> None:
    graph.answer({"error": {"code": "a secret of Adele"}}, 403)

    with pytest.raises(Refused) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert "secret" not in str(caught.value)


async def test_errors_name_ids_and_codes_but_repeat_nothing_that_graph_wrote(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    graph.answer({"error": {"code": "ErrorAccessDenied", "message": "secret of adele@contoso.example"}}, 403)

    with pytest.raises(Refused) as caught:
        await calendars.read_window(LINK, CALENDAR, WINDOW)

    assert "secret" not in str(caught.value)
    assert str(USER) in str(caught.value)


async def test_a_closed_mailbox_is_tried_again_with_a_young_token(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    graph.tokens.is_old = True
    graph.refuse(403, "ErrorAccessDenied")
    graph.answer({"value": []})

    await calendars.list_calendars(LINK)

    assert [request.headers["authorization"] for request in graph.requests] == ["Bearer token-1", "Bearer token-2"]


async def test_a_mailbox_that_is_closed_to_a_young_token_is_closed(
    graph: ScriptedGraph, calendars: GraphCalendars
) -> None:
    graph.refuse(403, "ErrorAccessDenied")

    with pytest.raises(Refused):
        await calendars.list_calendars(LINK)

    assert len(graph.requests) == 1
