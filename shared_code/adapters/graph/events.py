"""The ``Events`` port over Microsoft Graph.

Bodies are written here and not by the SDK's model; nothing is sent a second time because an answer was lost.
https://learn.microsoft.com/graph/api/calendar-post-events, …/event-update, …/event-cancel (2025-05)
"""

from collections.abc import Callable
from typing import Any

import msgspec
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.item.calendars.item.calendar_item_request_builder import CalendarItemRequestBuilder
from msgraph.generated.users.item.calendars.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder

from shared_code.adapters.graph.calendars import PREFER
from shared_code.adapters.graph.client import GraphClient, whose
from shared_code.adapters.graph.events_wire import (
    EVENT_FIELDS,
    EXPAND_MARK,
    TEAMS,
    WireBooked,
    WireBookedPage,
    WireProviders,
    WireWithBody,
    changed_event,
    marked_filter,
    new_event,
)
from shared_code.adapters.graph.http import Asked, Question, ZoneUnknown
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.meeting import BookedEvent, Meeting
from shared_code.errors import Rejected, Unexpected


class GraphEvents:
    """One request after another, as ``GraphCalendars``."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def allows_teams(self, link: LinkKey, calendar: CalendarId) -> bool:
        parameters = CalendarItemRequestBuilder.CalendarItemRequestBuilderGetQueryParameters(
            select=["allowedOnlineMeetingProviders"]
        )
        request = self._calendar(link, calendar).to_get_request_information(_configured(parameters))
        answer = await self._client.send(_read_only(link, "a calendar's meetings"), request, WireProviders)
        return TEAMS in answer.allowed_online_meeting_providers

    async def create(self, link: LinkKey, calendar: CalendarId, meeting: Meeting, mark: str) -> BookedEvent:
        builder = self._calendar(link, calendar).events

        def body(in_utc: bool) -> dict[str, Any]:
            return new_event(meeting, mark, in_utc=in_utc)

        return await self._write(_question(link, "a new event"), Method.POST, builder, body)

    async def find_marked(
        self, link: LinkKey, calendar: CalendarId, mark: str, own: str | None = None
    ) -> BookedEvent | None:
        parameters = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=marked_filter(mark), expand=[EXPAND_MARK], select=[*EVENT_FIELDS]
        )
        question = _read_only(link, "events with a mark")
        request = self._calendar(link, calendar).events.to_get_request_information(_configured(parameters))
        page = await self._client.send(question, request, WireBookedPage)
        found = list(page.value)
        while page.next_link is not None:
            page = await self._client.follow(question, page.next_link, WireBookedPage, PREFER)
            found += page.value
        marked = (event for one in found if (event := _read(question, one)).mark == mark)
        return min(marked, key=lambda event: (event.event != own, event.is_cancelled), default=None)

    async def read(self, link: LinkKey, event: str) -> BookedEvent:
        parameters = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(
            expand=[EXPAND_MARK], select=[*EVENT_FIELDS]
        )
        question = _read_only(link, "an event")
        request = self._event(link, event).to_get_request_information(_configured(parameters))
        return _read(question, await self._client.send(question, request, WireBooked))

    async def read_body(self, link: LinkKey, event: str) -> str:
        parameters = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(select=["body"])
        request = self._event(link, event).to_get_request_information(_configured(parameters))
        return (await self._client.send(_read_only(link, "an event's body"), request, WireWithBody)).body.content

    async def change(self, link: LinkKey, event: str, meeting: Meeting, body: str | None) -> BookedEvent:
        def changed(in_utc: bool) -> dict[str, Any]:
            return changed_event(meeting, body, in_utc=in_utc)

        return await self._write(_question(link, "an event"), Method.PATCH, self._event(link, event), changed)

    async def cancel(self, link: LinkKey, event: str, comment: str) -> None:
        """Graph answers 400 where the mailbox's user is not the organizer, and may do so for what invites nobody: such
        an event is deleted instead, which sends whatever cancellations there are to send."""
        question, builder = _question(link, "an event's end"), self._event(link, event)
        try:
            await self._client.tell(question, _writing(Method.POST, builder.cancel, {"Comment": comment}))
        except Rejected:
            await self._client.tell(question, builder.to_delete_request_information(_configured(None)))

    async def _write(
        self, question: Question, method: Method, builder: Any, body: Callable[[bool], dict[str, Any]]
    ) -> BookedEvent:
        """Graph knows most of IANA's zones, and does not say which; where it knows none, the times are said in UTC."""
        try:
            written = await self._client.send(question, _writing(method, builder, body(False)), WireBooked)
        except ZoneUnknown:
            written = await self._client.send(question, _writing(method, builder, body(True)), WireBooked)
        return _read(question, written)

    def _calendar(self, link: LinkKey, calendar: CalendarId) -> Any:
        return whose(self._client.builders, link).calendars.by_calendar_id(calendar)

    def _event(self, link: LinkKey, event: str) -> Any:
        return whose(self._client.builders, link).events.by_event_id(event)


def _question(link: LinkKey, what: str) -> Question:
    return Question(link, Asked.MEETING, f"{link.mailbox}, {what}")


def _read_only(link: LinkKey, what: str) -> Question:
    """Of what Graph does not take here the product is not to blame."""
    return Question(link, Asked.CALENDAR, f"{link.mailbox}, {what}")


def _configured(parameters: Any) -> Any:
    return RequestConfiguration(query_parameters=parameters, headers=HeadersCollection(PREFER))


def _writing(method: Method, builder: Any, body: dict[str, Any]) -> RequestInformation:
    request = RequestInformation(method, builder.url_template, builder.path_parameters)
    request.headers.add_all({**PREFER, "Accept": "application/json"})
    request.set_stream_content(msgspec.json.encode(body), "application/json")
    return request


def _read(question: Question, event: WireBooked) -> BookedEvent:
    try:
        return event.read()
    except ValueError:
        # Without its cause, whose message repeats what could not be read.
        raise Unexpected(f"{question.about}: an event's times cannot be read") from None
