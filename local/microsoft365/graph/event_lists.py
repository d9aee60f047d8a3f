"""`/events`: what a calendar holds as it was defined, single events and the masters of series, and one event by its id.

learn.microsoft.com/graph/api/user-list-events, …/event-get
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.events import Event, single_instance
from local.microsoft365.graph.calendar_options import answer_page, options_of, selected
from local.microsoft365.graph.calendars import item_errors, named_calendar, opened_mailbox
from local.microsoft365.graph.errors import not_implemented
from local.microsoft365.graph.event_filters import parse_event_filter, parse_expand, render_expanded
from local.microsoft365.graph.event_json import EVENT_PROPERTIES, Shown, render_event
from local.microsoft365.graph.preferences import preferences_of
from local.microsoft365.mailbox import ItemNotFound, Mailbox, Placed
from local.microsoft365.web import GraphJson, world_of

_SERVED = frozenset({"filter", "expand"})


async def list_events(request: Request) -> Response:
    """Of the calendar that the path names, by start; without one, of the default calendar."""
    person, mailbox = opened_mailbox(request)
    options, preferences = options_of(request, served=_SERVED), preferences_of(request)
    names, expanded = selected(options, EVENT_PROPERTIES.keys(), "Event"), parse_expand(options)
    is_wanted = parse_event_filter(options["filter"]) if "filter" in options else None
    if options.get("orderby", "start/dateTime") != "start/dateTime":
        raise not_implemented(f"$orderby={options['orderby']} on events")
    with item_errors():
        calendar = named_calendar(request, mailbox)
    world = world_of(request)
    seen = world.mailroom.past.seen(calendar, world.now()).events()
    events = sorted((each for each in seen if is_wanted is None or is_wanted(each)), key=_by_start)

    def render(event: Event) -> dict[str, Any]:
        shown = Shown(mailbox, Placed(calendar, single_instance(event)), preferences)
        return {**render_event(shown, names), **render_expanded(event, expanded)}

    return answer_page(request, options, preferences, events, f"users('{person.id}')/events", render)


async def get_event(request: Request) -> Response:
    """By ordinary or immutable id, whatever the header asks for in the answer."""
    person, mailbox = opened_mailbox(request)
    options, preferences = options_of(request, served=frozenset({"expand"})), preferences_of(request)
    names, expanded = selected(options, EVENT_PROPERTIES.keys(), "Event"), parse_expand(options)
    with item_errors():
        placed = named_item(request, mailbox)
        if placed.calendar is mailbox.deleted_items and not world_of(request).settings.deleted_items_answer:
            raise ItemNotFound(request.path_params["event"])
    context = f"{world_of(request).base_url}/v1.0/$metadata#users('{person.id}')/events/$entity"
    body = render_event(Shown(mailbox, placed, preferences), names)
    body |= render_expanded(placed.instance.event, expanded)
    return GraphJson({"@odata.context": context, **body}, headers=preferences.headers)


def named_item(request: Request, mailbox: Mailbox) -> Placed:
    """The event of the path. Where the path names a calendar as well, it has to lie there."""
    placed = mailbox.get_item(request.path_params["event"])
    calendar = _calendar_of_path(request, mailbox)
    if calendar is not None and placed.calendar is not calendar:
        raise ItemNotFound(request.path_params["event"])
    return placed


def _calendar_of_path(request: Request, mailbox: Mailbox) -> Calendar | None:
    if "calendar" in request.path_params:
        return named_calendar(request, mailbox)
    return mailbox.default_calendar if "/calendar/events/" in request.url.path else None


def _by_start(event: Event) -> tuple[object, bytes]:
    return event.span.start.instant, event.key


_USER = "/v1.0/users/{user}"
PATHS = (f"{_USER}/events", f"{_USER}/calendar/events", f"{_USER}/calendars/{{calendar}}/events")
"""A collection of events: add an id for one of them."""

routes = [
    *(Route(path, list_events, name="events") for path in PATHS),
    *(Route(f"{path}/{{event}}", get_event, name="event") for path in PATHS),
]
