"""The ``EventSearch`` port over Microsoft Graph: an event by its id, and events by the mark that they bear.

Marked events are asked for calendar by calendar: ``/events`` alone is the default calendar, and an id that answers may
lie among the deleted items. https://learn.microsoft.com/graph/api/user-list-events,
…/singlevaluelegacyextendedproperty-get (2025-05)
"""

from datetime import UTC, datetime
from typing import Any

from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph.generated.users.item.calendars.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.item.events.item.event_item_request_builder import EventItemRequestBuilder
from msgspec import Struct, field

from shared_code.adapters.graph.calendars import PREFER
from shared_code.adapters.graph.calendars_wire import WireResponse, WireTime
from shared_code.adapters.graph.client import GraphClient, whose
from shared_code.adapters.graph.events_wire import marked_filter
from shared_code.adapters.graph.http import Asked, Question
from shared_code.core.cancellation import FoundEvent
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.intervals import Interval
from shared_code.core.packing import ical_hash
from shared_code.errors import Gone, Unexpected

FIELDS = ("id", "iCalUId", "start", "end", "isAllDay", "isCancelled", "responseStatus")


class WireFound(Struct, rename="camel"):
    id: str
    start: WireTime
    end: WireTime
    ical_uid: str | None = field(name="iCalUId", default=None)
    is_all_day: bool | None = None
    is_cancelled: bool | None = None
    response_status: WireResponse | None = None

    def read(self) -> FoundEvent:
        """ValueError if its times are not times."""
        start, end = sorted((self._instant(self.start), self._instant(self.end)))
        return FoundEvent(
            self.id,
            Interval(start, end),
            ical_hash(self.ical_uid).hex() if self.ical_uid else None,
            is_cancelled=self.is_cancelled is True,
            is_declined=self.response_status is not None and self.response_status.response == "declined",
        )

    def _instant(self, time: WireTime) -> datetime:
        return datetime.combine(time.day(), datetime.min.time(), UTC) if self.is_all_day else time.instant()


class WireFoundPage(Struct):
    value: list[WireFound]
    next_link: str | None = field(name="@odata.nextLink", default=None)


class GraphEventSearch:
    """One request after another, as ``GraphCalendars``."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def read(self, link: LinkKey, event: str) -> FoundEvent | None:
        parameters = EventItemRequestBuilder.EventItemRequestBuilderGetQueryParameters(select=[*FIELDS])
        request = (
            whose(self._client.builders, link)
            .events.by_event_id(event)
            .to_get_request_information(_configured(parameters))
        )
        question = _question(link, "an event")
        try:
            return _read(question, await self._client.send(question, request, WireFound))
        except Gone:
            return None

    async def find_marked(self, link: LinkKey, mark: str, calendar: CalendarId) -> tuple[FoundEvent, ...]:
        parameters = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=marked_filter(mark), select=[*FIELDS]
        )
        builder = whose(self._client.builders, link).calendars.by_calendar_id(calendar).events
        question = _question(link, "events with a mark")
        page = await self._client.send(
            question, builder.to_get_request_information(_configured(parameters)), WireFoundPage
        )
        found = list(page.value)
        while page.next_link is not None:
            page = await self._client.follow(question, page.next_link, WireFoundPage, PREFER)
            found += page.value
        return tuple(_read(question, each) for each in found)


def _question(link: LinkKey, what: str) -> Question:
    return Question(link, Asked.CALENDAR, f"{link.mailbox}, {what}")


def _configured(parameters: Any) -> Any:
    return RequestConfiguration(query_parameters=parameters, headers=HeadersCollection(PREFER))


def _read(question: Question, event: WireFound) -> FoundEvent:
    try:
        return event.read()
    except ValueError:
        # Without its cause, whose message repeats what could not be read.
        raise Unexpected(f"{question.about}: an event's times cannot be read") from None
