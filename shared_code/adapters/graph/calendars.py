"""The ``Calendars`` port over Microsoft Graph: calendar lists, whole windows, and a mailbox's zone."""

from collections.abc import Sequence, Sized
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.item.calendars.calendars_request_builder import CalendarsRequestBuilder
from msgraph.generated.users.item.calendars.item.calendar_view.calendar_view_request_builder import (
    CalendarViewRequestBuilder,
)

from shared_code.adapters.graph.calendars_wire import (
    CALENDAR_FIELDS,
    EVENT_FIELDS,
    NAMED_CALENDAR_FIELDS,
    WireCalendarsPage,
    WireEvent,
    WireEventsPage,
    WireNamedCalendarsPage,
    WireSchedules,
)
from shared_code.adapters.graph.client import GraphClient, whose
from shared_code.adapters.graph.http import Asked, Question
from shared_code.core.calendar import Calendar, Event, NamedCalendar
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.intervals import Interval
from shared_code.core.limits import MAX_EVENTS
from shared_code.errors import TooLarge, Unexpected

CALENDARS_PAGE = 100  # the default is 10
EVENTS_PAGE = 999  # up to 1,000 are known to work
# Repeated on every page: ids of the two kinds must never mix, and times must stay UTC.
# https://learn.microsoft.com/graph/outlook-immutable-id
PREFER = {"Prefer": 'outlook.timezone="UTC", IdType="ImmutableId"'}

# getSchedule wants an interval of 5 minutes or more that is shorter than the time asked about.
# https://learn.microsoft.com/graph/api/calendar-getschedule
_SHORTEST_VIEW = timedelta(minutes=10)
_INTERVAL_MINUTES = 5


class GraphCalendars:
    """One request after another: a mailbox allows an app four at a time, and others may be under way."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    async def list_calendars(self, link: LinkKey) -> tuple[Calendar, ...]:
        request = self._list(link, CALENDAR_FIELDS)
        pages = await self._read_all(_mailbox(link), request, WireCalendarsPage)
        return tuple(calendar.read() for page in pages for calendar in page.value)

    async def list_named(self, link: LinkKey) -> tuple[NamedCalendar, ...]:
        request = self._list(link, NAMED_CALENDAR_FIELDS)
        pages = await self._read_all(_mailbox(link), request, WireNamedCalendarsPage)
        return tuple(calendar.read_named() for page in pages for calendar in page.value)

    async def read_window(self, link: LinkKey, calendar: CalendarId, window: Interval) -> tuple[Event, ...]:
        parameters = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
            start_date_time=_instant(window.start),
            end_date_time=_instant(window.end),
            select=[*EVENT_FIELDS],
            top=EVENTS_PAGE,
        )
        builder = whose(self._client.builders, link).calendars.by_calendar_id(calendar).calendar_view
        question = Question(link, Asked.CALENDAR, f"{link.mailbox}, a calendar's window")
        request = builder.to_get_request_information(_configured(parameters))
        pages = await self._read_all(question, request, WireEventsPage, MAX_EVENTS)
        return tuple(_read_event(question, event) for page in pages for event in page.value)

    async def find_time_zone(self, link: LinkKey, address: str, now: datetime) -> str | None:
        """Asks for ten minutes of the mailbox's own schedule, of which only the zone is decoded."""
        builder = whose(self._client.builders, link).calendar.get_schedule
        request = RequestInformation(Method.POST, builder.url_template, builder.path_parameters)
        request.headers.add_all({**PREFER, "Accept": "application/json"})
        request.set_stream_content(_schedule_query(address, now), "application/json")
        answer = await self._client.send(_mailbox(link), request, WireSchedules)
        hours = answer.value[0].working_hours if answer.value else None
        return hours.time_zone.read() if hours and hours.time_zone else None

    async def _read_all[P: _Page](
        self, question: Question, request: RequestInformation, of: type[P], most: int | None = None
    ) -> list[P]:
        """Every page, or an error: never a part. TooLarge, and no further page, once there are more than ``most``."""
        pages = [await self._client.send(question, request, of)]
        followed: set[str] = set()
        _check_size(question, pages, most)
        while (link := pages[-1].next_link) is not None:
            if link in followed:
                raise Unexpected(f"{question.about}: Graph's pages lead in a circle")
            followed.add(link)
            pages.append(await self._client.follow(question, link, of, PREFER))
            _check_size(question, pages, most)
        return pages

    def _list(self, link: LinkKey, fields: Sequence[str]) -> RequestInformation:
        parameters = CalendarsRequestBuilder.CalendarsRequestBuilderGetQueryParameters(
            select=[*fields], top=CALENDARS_PAGE
        )
        request: RequestInformation = whose(self._client.builders, link).calendars.to_get_request_information(
            _configured(parameters)
        )
        return request


class _Page(Protocol):
    next_link: str | None

    @property
    def value(self) -> Sized: ...


def _check_size(question: Question, pages: Sequence[_Page], most: int | None) -> None:
    if most is not None and sum(len(page.value) for page in pages) > most:
        raise TooLarge(f"{question.about}: more than {most} items")


def _configured(parameters: Any) -> Any:
    return RequestConfiguration(query_parameters=parameters, headers=HeadersCollection(PREFER))


def _mailbox(link: LinkKey) -> Question:
    return Question(link, Asked.MAILBOX, str(link.mailbox))


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


def _read_event(question: Question, event: WireEvent) -> Event:
    try:
        return event.read()
    except ValueError:
        # Without its cause, whose message repeats what could not be read.
        raise Unexpected(f"{question.about}: an event's times cannot be read") from None


def _schedule_query(address: str, now: datetime) -> bytes:
    start = now.astimezone(UTC).replace(second=0, microsecond=0, tzinfo=None)
    return msgspec.json.encode(
        {
            "schedules": [address],
            "startTime": {"dateTime": start.isoformat(), "timeZone": "UTC"},
            "endTime": {"dateTime": (start + _SHORTEST_VIEW).isoformat(), "timeZone": "UTC"},
            "availabilityViewInterval": _INTERVAL_MINUTES,
        }
    )
