"""`/users/{u}/calendars` and one calendar (learn.microsoft.com/graph/api/user-list-calendars, …/calendar-get)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.graph.auth import authorize, mailbox_of
from local.microsoft365.graph.calendar_options import answer_page, options_of, selected
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.preferences import preferences_of
from local.microsoft365.item_ids import MalformedId, change_key
from local.microsoft365.mailbox import ItemNotFound, Mailbox
from local.microsoft365.people import Person
from local.microsoft365.web import GraphJson, world_of

READING_ROLES = ("Calendars.Read", "Calendars.ReadWrite")
WRITING_ROLE = "Calendars.ReadWrite"


def opened_mailbox(request: Request) -> tuple[Person, Mailbox]:
    """The mailbox that the path names, if the caller may read calendars in it."""
    return mailbox_of(request, authorize(request, *READING_ROLES), request.path_params["user"])


def named_calendar(request: Request, mailbox: Mailbox) -> Calendar:
    """The calendar of the path; the default one where the path names none."""
    calendar_id = request.path_params.get("calendar")
    return mailbox.default_calendar if calendar_id is None else mailbox.get_calendar(calendar_id)


@contextmanager
def item_errors() -> Iterator[None]:
    """Ids that the mailbox refuses, in Graph's words."""
    try:
        yield
    except MalformedId as error:
        raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.") from error
    except ItemNotFound as error:
        raise GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.") from error


def render_calendar(mailbox: Mailbox, calendar: Calendar, names: tuple[str, ...] | None) -> dict[str, Any]:
    body = {"id": mailbox.calendar_id(calendar)}
    return body | {name: CALENDAR_PROPERTIES[name](mailbox, calendar) for name in names or CALENDAR_PROPERTIES}


async def list_calendars(request: Request) -> Response:
    person, mailbox = opened_mailbox(request)
    options, preferences = options_of(request), preferences_of(request)
    _refuse_order(options)
    names = selected(options, CALENDAR_PROPERTIES.keys(), "Calendar")

    def render(calendar: Calendar) -> dict[str, Any]:
        return render_calendar(mailbox, calendar, names)

    context = f"users('{person.id}')/calendars"
    return answer_page(request, options, preferences, list(mailbox.calendars()), context, render)


async def get_calendar(request: Request) -> Response:
    person, mailbox = opened_mailbox(request)
    options, preferences = options_of(request), preferences_of(request)
    names = selected(options, CALENDAR_PROPERTIES.keys(), "Calendar")
    with item_errors():
        body = render_calendar(mailbox, named_calendar(request, mailbox), names)
    context = f"{world_of(request).base_url}/v1.0/$metadata#users('{person.id}')/calendars/$entity"
    return GraphJson({"@odata.context": context, **body}, headers=preferences.headers)


def _providers(calendar: Calendar) -> tuple[str, ...]:
    return () if calendar.source == "internet" else calendar.meeting_providers


def _refuse_order(options: dict[str, str]) -> None:
    if "orderby" in options:
        raise not_implemented("$orderby on calendars")


CALENDAR_PROPERTIES: dict[str, Callable[[Mailbox, Calendar], Any]] = {
    "id": lambda mailbox, calendar: mailbox.calendar_id(calendar),
    "name": lambda _, calendar: calendar.name,
    "color": lambda _, calendar: calendar.color,
    "hexColor": lambda _, calendar: calendar.hex_color,
    "isDefaultCalendar": lambda _, calendar: calendar.is_default,
    "changeKey": lambda _, calendar: change_key(calendar.key, calendar.revision),
    "canShare": lambda _, calendar: calendar.source == "own",
    "canViewPrivateItems": lambda _, calendar: calendar.source != "shared",
    "canEdit": lambda _, calendar: calendar.can_edit,
    "allowedOnlineMeetingProviders": lambda _, calendar: list(_providers(calendar)),
    "defaultOnlineMeetingProvider": lambda _, calendar: next(iter(_providers(calendar)), "unknown"),
    "isTallyingResponses": lambda _, calendar: calendar.is_default,
    "isRemovable": lambda _, calendar: not calendar.is_default,
    "owner": lambda _, calendar: {"name": calendar.owner.name, "address": calendar.owner.address},
}

_USER = "/v1.0/users/{user}"

routes = [
    Route(f"{_USER}/calendars", list_calendars, name="calendars"),
    Route(f"{_USER}/calendar", get_calendar, name="calendar"),
    Route(f"{_USER}/calendars/{{calendar}}", get_calendar, name="calendar"),
]
