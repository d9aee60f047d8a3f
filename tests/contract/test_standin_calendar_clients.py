"""msgraph-sdk and O365 read calendars of the stand-in: only their endpoints are redirected."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder

from tests.contract.calendars import meeting, weekly
from tests.contract.clients import credential, graph, o365_account, session, transport
from tests.contract.places import Place, stand_in
from tests.contract.standin import Contoso, Running

__all__ = ["credential", "graph", "session", "transport"]  # fixtures

USER, OTHER = "user000@contoso.example", "user001@contoso.example"
Query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters


@pytest.fixture
def place(running: Running, contoso: Contoso) -> Place:
    """The stand-in only, since these tests write; test_standin_calendar_places.py also reads a real tenant."""
    return stand_in(running, contoso)


@pytest.fixture
async def filled(contoso: Contoso) -> Contoso:
    """One user with a weekly meeting over the change of the clocks, a whole day and a tentative hour."""
    for event in (
        weekly("2026-03-23T09:00:00", "2026-03-23T10:00:00", 3, subject="Weekly"),
        meeting("2026-03-24T00:00:00", "2026-03-25T00:00:00", subject="Away", isAllDay=True, showAs="oof"),
        meeting("2026-03-25T09:00:00", "2026-03-25T10:00:00", subject="Perhaps", showAs="tentative"),
    ):
        await contoso.control("POST", f"/tenants/{contoso.id}/people/{USER}/calendars/default/events", event)
    return contoso


def configured(prefer: str, **query: Any) -> RequestConfiguration[Query]:
    parameters = Query(start_date_time="2026-03-20T00:00:00+01:00", end_date_time="2026-05-01T00:00:00Z", **query)
    configuration = RequestConfiguration(query_parameters=parameters)
    configuration.headers.add("Prefer", prefer)
    return configuration


async def test_msgraph_pages_through_a_calendar_view(filled: Contoso, graph: GraphServiceClient) -> None:
    assert filled.id
    builder = graph.users.by_user_id(USER).calendar_view
    first = await builder.get(request_configuration=configured('IdType="ImmutableId"', top=3))

    assert first.odata_next_link is not None
    second = await builder.with_url(first.odata_next_link).get()

    events = [*first.value, *second.value]
    assert [(event.subject, event.type) for event in events] == [
        ("Weekly", EventType.Occurrence),
        ("Away", EventType.SingleInstance),
        ("Perhaps", EventType.SingleInstance),
        ("Weekly", EventType.Occurrence),
        ("Weekly", EventType.Occurrence),
    ]
    assert [event.start.date_time for event in events[3:]] == [
        "2026-03-30T07:00:00.0000000",
        "2026-04-06T07:00:00.0000000",
    ]


async def test_msgraph_selects_and_asks_for_a_zone(filled: Contoso, graph: GraphServiceClient) -> None:
    assert filled.id
    configuration = configured('outlook.timezone="Romance Standard Time"', select=["start", "showAs"], top=999)

    page = await graph.users.by_user_id(USER).calendar.calendar_view.get(request_configuration=configuration)

    assert {event.start.time_zone for event in page.value} == {"Romance Standard Time"}
    assert page.value[0].start.date_time == "2026-03-23T09:00:00.0000000"
    assert page.value[0].subject is None
    assert page.value[1].show_as == FreeBusyStatus.Oof


async def test_msgraph_reads_a_calendar_and_an_event_by_their_ids(filled: Contoso, graph: GraphServiceClient) -> None:
    assert filled.id
    user = graph.users.by_user_id(USER)
    (calendar,) = (await user.calendars.get()).value

    view = user.calendars.by_calendar_id(calendar.id).calendar_view
    page = await view.get(request_configuration=configured('IdType="ImmutableId"'))
    master = await user.events.by_event_id(page.value[0].series_master_id).get()

    assert (calendar.is_default_calendar, calendar.owner.address) == (True, USER)
    assert (master.type, master.recurrence.range.number_of_occurrences) == (EventType.SeriesMaster, 3)


async def test_msgraph_asks_for_schedules(filled: Contoso, graph: GraphServiceClient) -> None:
    assert filled.id
    body = GetSchedulePostRequestBody(
        schedules=[USER, OTHER, "nobody@contoso.example"],
        start_time=DateTimeTimeZone(date_time="2026-03-25T08:00:00", time_zone="Romance Standard Time"),
        end_time=DateTimeTimeZone(date_time="2026-03-25T12:00:00", time_zone="Romance Standard Time"),
        availability_view_interval=60,
    )

    answer = await graph.users.by_user_id(OTHER).calendar.get_schedule.post(body)

    mine, empty, unknown = answer.value
    assert (mine.availability_view, empty.availability_view) == ("0100", "0000")
    assert mine.working_hours.time_zone.name == "UTC"
    assert unknown.error.response_code == "ErrorMailRecipientNotFound"


async def test_msgraph_understands_a_refusal(filled: Contoso, graph: GraphServiceClient) -> None:
    assert filled.id

    with pytest.raises(ODataError) as refused:
        await graph.users.by_user_id(USER).events.by_event_id("AAMkAGI2TGuLAAA=").get()

    assert (refused.value.response_status_code, refused.value.error.code) == (400, "ErrorInvalidIdMalformed")


async def test_o365_reads_calendars_events_and_availability(
    filled: Contoso, place: Place, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.ca_file))

    def read() -> tuple[list[str], list[tuple[str, datetime]], list[str]]:
        with o365_account(place, session, USER) as account:
            schedule = account.schedule()
            window = datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
            events = schedule.get_default_calendar().get_events(
                limit=None, batch=2, start_recurring=window[0], end_recurring=window[1]
            )
            availability = schedule.get_availability(
                [USER], datetime(2026, 3, 25, 7, tzinfo=UTC), datetime(2026, 3, 25, 9, tzinfo=UTC)
            )
            return (
                [calendar.name for calendar in schedule.list_calendars()],
                [(event.subject, event.start) for event in events],
                availability[0]["availabilityView"],
            )

    names, events, availability = await asyncio.to_thread(read)

    assert names == ["Calendar"]
    assert [(subject, start.astimezone(UTC)) for subject, start in events if subject == "Weekly"] == [
        ("Weekly", datetime(2026, 3, 23, 8, tzinfo=UTC)),
        ("Weekly", datetime(2026, 3, 30, 7, tzinfo=UTC)),
        ("Weekly", datetime(2026, 4, 6, 7, tzinfo=UTC)),
    ]
    assert availability == ["free", "tentative"]
