"""`calendarView`: what is in a calendar between two instants (learn.microsoft.com/graph/api/user-list-calendarview).

Single events, occurrences and exceptions, never the masters of series; whole occurrences, not the sparse ones of delta.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.events import Instance
from local.microsoft365.graph.calendar_options import answer_page, options_of, selected
from local.microsoft365.graph.calendars import item_errors, named_calendar, opened_mailbox
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.event_json import EVENT_PROPERTIES, Shown, render_event
from local.microsoft365.graph.preferences import preferences_of
from local.microsoft365.mailbox import Placed
from local.microsoft365.web import world_of

LONGEST_WINDOW = timedelta(days=1825)
_FIRST_YEAR, _LAST_YEAR = 1601, 4500  # the years that Exchange can store
_WINDOW_MISSING = (
    "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime."
)
_WINDOW_TOO_LONG = (
    "Your request can't be completed. The range between the start and end dates is greater than the allowed range. "
    f"Maximum number of days: {LONGEST_WINDOW.days}"
)
_NOT_SELECTABLE = ("createdDateTime", "lastModifiedDateTime")


async def list_calendar_view(request: Request) -> Response:
    person, mailbox = opened_mailbox(request)
    options, preferences = options_of(request, "startDateTime", "endDateTime"), preferences_of(request)
    names = _selected(options)
    start_at, end_at = parse_window(options)
    with item_errors():
        calendar = named_calendar(request, mailbox)
    world = world_of(request)
    instances = _ordered(options, world.mailroom.past.seen(calendar, world.now()).view(start_at, end_at))

    def render(instance: Instance) -> dict[str, Any]:
        return render_event(Shown(mailbox, Placed(calendar, instance), preferences), names)

    return answer_page(request, options, preferences, instances, f"users('{person.id}')/calendarView", render)


def parse_window(options: Mapping[str, str]) -> tuple[datetime, datetime]:
    """Both bounds as UTC instants; `Prefer: outlook.timezone` has no say in them."""
    if "startDateTime" not in options or "endDateTime" not in options:
        raise GraphError(400, "ErrorInvalidParameter", _WINDOW_MISSING)
    start_at, end_at = _instant(options, "startDateTime"), _instant(options, "endDateTime")
    if end_at < start_at:
        raise GraphError(400, "ErrorInvalidParameter", "The end of the time window lies before its start.")
    if end_at - start_at > LONGEST_WINDOW:
        raise GraphError(400, "ErrorInvalidRequest", _WINDOW_TOO_LONG)
    return start_at, end_at


def _instant(options: Mapping[str, str], name: str) -> datetime:
    """An offset in the value wins; without one it is UTC. A "+" that was not percent-encoded arrives as a space."""
    text = options[name]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"The value '{text}' of parameter '{name}' is invalid."
        raise GraphError(400, "ErrorInvalidParameter", message) from error
    if not _FIRST_YEAR < moment.year < _LAST_YEAR:
        raise GraphError(400, "ErrorInvalidParameter", f"The value '{text}' of parameter '{name}' is out of range.")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _selected(options: Mapping[str, str]) -> tuple[str, ...] | None:
    names = selected(options, EVENT_PROPERTIES.keys(), "Event")
    for name in _NOT_SELECTABLE:
        if name in (names or ()):
            raise GraphError(400, "ErrorInvalidRequest", f"The property '{name}' does not support $select here.")
    return names


def _ordered(options: Mapping[str, str], instances: list[Instance]) -> list[Instance]:
    """Instances come by start already."""
    match options.get("orderby", "start/dateTime").split():
        case ["start/dateTime"] | ["start/dateTime", "asc"]:
            return instances
        case ["start/dateTime", "desc"]:
            return instances[::-1]
        case _:
            raise not_implemented(f"$orderby={options['orderby']}")


_USER = "/v1.0/users/{user}"

routes = [
    Route(f"{_USER}/calendarView", list_calendar_view, name="calendar_view"),
    Route(f"{_USER}/calendar/calendarView", list_calendar_view, name="calendar_view"),
    Route(f"{_USER}/calendars/{{calendar}}/calendarView", list_calendar_view, name="calendar_view"),
]
