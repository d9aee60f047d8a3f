"""msgraph-sdk and O365 write events to the stand-in: only their endpoints are redirected."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import requests
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.online_meeting_provider_type import OnlineMeetingProviderType
from msgraph.generated.models.response_type import ResponseType
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.accept.accept_post_request_body import AcceptPostRequestBody
from msgraph.generated.users.item.events.item.cancel.cancel_post_request_body import CancelPostRequestBody

from tests.contract.clients import credential, graph, o365_account, session, transport
from tests.contract.meetings import MARK
from tests.contract.places import Place, stand_in
from tests.contract.standin import Contoso, Running

__all__ = ["credential", "graph", "session", "transport"]  # fixtures

USER, OTHER = "user000@contoso.example", "user001@contoso.example"
Query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters


@pytest.fixture
def place(running: Running, contoso: Contoso) -> Place:
    return stand_in(running, contoso)


def booking() -> Event:
    return Event(
        subject="Interview",
        body=ItemBody(content_type=BodyType.Html, content="<p>Hello</p>"),
        start=DateTimeTimeZone(date_time="2026-03-24T09:00:00", time_zone="Romance Standard Time"),
        end=DateTimeTimeZone(date_time="2026-03-24T10:00:00", time_zone="Romance Standard Time"),
        attendees=[Attendee(email_address=EmailAddress(address=OTHER, name="Other"))],
        transaction_id="t-1",
        is_online_meeting=True,
        online_meeting_provider=OnlineMeetingProviderType.TeamsForBusiness,
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=MARK, value="1")],
    )


async def test_msgraph_books_finds_changes_and_cancels(graph: GraphServiceClient) -> None:
    events = graph.users.by_user_id(USER).events
    made, again = await events.post(booking()), await events.post(booking())
    query = Query(filter=f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK}' and ep/value eq '1')")

    found = await events.get(request_configuration=RequestConfiguration(query_parameters=query))
    changed = await events.by_event_id(made.id).patch(Event(subject="Second interview"))
    await events.by_event_id(made.id).cancel.post(CancelPostRequestBody(comment="Filled"))

    assert [each.id for each in (again, *found.value, changed)] == [made.id] * 3
    assert changed.subject == "Second interview"
    assert changed.online_meeting.join_url == made.online_meeting.join_url
    assert (await events.get(request_configuration=RequestConfiguration(query_parameters=query))).value == []


async def test_msgraph_answers_for_an_attendee(graph: GraphServiceClient) -> None:
    mine, theirs = graph.users.by_user_id(USER).events, graph.users.by_user_id(OTHER).events
    made = await mine.post(booking())
    (copy,) = (await theirs.get()).value

    await theirs.by_event_id(copy.id).accept.post(AcceptPostRequestBody(comment="Gladly", send_response=True))

    (attendee,) = (await mine.by_event_id(made.id).get()).attendees
    assert (copy.i_cal_u_id, copy.is_organizer) == (made.i_cal_u_id, False)
    assert attendee.status.response == ResponseType.Accepted


async def test_msgraph_understands_that_only_the_organizer_cancels(graph: GraphServiceClient) -> None:
    await graph.users.by_user_id(USER).events.post(booking())
    theirs = graph.users.by_user_id(OTHER).events
    (copy,) = (await theirs.get()).value

    with pytest.raises(ODataError) as refused:
        await theirs.by_event_id(copy.id).cancel.post(CancelPostRequestBody())

    assert (refused.value.response_status_code, refused.value.error.code) == (400, "ErrorInvalidRequest")


async def test_o365_writes_changes_and_deletes_an_event(
    contoso: Contoso, place: Place, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(place.ca_file))

    def write() -> tuple[str, str, datetime, bool]:
        with o365_account(place, session, USER) as account:
            zone = ZoneInfo("UTC")
            calendar = account.schedule().get_default_calendar()
            event = calendar.new_event("Lunch")
            event.start, event.end = datetime(2026, 3, 24, 11, tzinfo=zone), datetime(2026, 3, 24, 12, tzinfo=zone)
            event.attendees.add(OTHER)
            event.save()
            made = event.object_id
            event.subject = "Late lunch"
            event.start, event.end = datetime(2026, 3, 24, 13, tzinfo=zone), datetime(2026, 3, 24, 14, tzinfo=zone)
            event.save()
            found = calendar.get_event(made)
            return made, found.subject, found.start, event.delete()

    made, subject, start, is_deleted = await asyncio.to_thread(write)

    assert (subject, start.astimezone(UTC), is_deleted) == ("Late lunch", datetime(2026, 3, 24, 13, tzinfo=UTC), True)
    left = await contoso.control("GET", f"/tenants/{contoso.id}/people/{USER}/events")
    assert [(each["id"] == made, each["calendarId"]) for each in left["events"]] == [(False, None)]
