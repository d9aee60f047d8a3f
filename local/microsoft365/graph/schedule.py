"""`getSchedule`: free/busy of several people (learn.microsoft.com/graph/api/calendar-getschedule).

Limits are those that the service was seen to hold, where they differ from the page: 100 addresses, 62 days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.microsoft365.events import Instance, Moment, Sensitivity
from local.microsoft365.graph.auth import authorize, mailbox_of
from local.microsoft365.graph.calendars import READING_ROLES
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.event_json import render_moment
from local.microsoft365.graph.preferences import Preferences, preferences_of
from local.microsoft365.mailbox import Mailbox
from local.microsoft365.personal_accounts import is_personal
from local.microsoft365.tenants import Tenant
from local.microsoft365.time_zones import CUSTOM, CUSTOM_ZONE, UnknownTimeZone, find_zone
from local.microsoft365.web import GraphJson, world_of

MOST_SCHEDULES = 100
MOST_DAYS = 62
MOST_ENTRIES = 1000
SHORTEST_INTERVAL, LONGEST_INTERVAL, DEFAULT_INTERVAL = 5, 1440, 30
_DIGITS = {"free": "0", "tentative": "1", "busy": "2", "oof": "3", "workingElsewhere": "4", "unknown": "2"}
_FROM_WEAK_TO_STRONG = "04123"
_HIDDEN: frozenset[Sensitivity] = frozenset({"private", "confidential"})


class _DateTimeTimeZone(msgspec.Struct, rename="camel"):
    date_time: str
    time_zone: str = "UTC"


class _Question(msgspec.Struct):
    """Action parameters are read in any case: the page writes `startTime`, the metadata and the SDKs `StartTime`."""

    schedules: list[str]
    starttime: _DateTimeTimeZone
    endtime: _DateTimeTimeZone
    availabilityviewinterval: int = DEFAULT_INTERVAL


@dataclass(frozen=True, slots=True)
class _Window:
    start_at: datetime
    end_at: datetime
    interval: timedelta


async def get_schedule(request: Request) -> Response:
    caller = authorize(request, *READING_ROLES)
    if is_personal(caller.tenant):
        raise not_implemented("getSchedule for a personal account, which Microsoft does not support")
    mailbox_of(request, caller, request.path_params["user"])
    preferences = preferences_of(request)
    question = await _question(request)
    window = _window(question)
    answers = [_schedule(caller.tenant, address, window, preferences) for address in question.schedules]
    context = f"{world_of(request).base_url}/v1.0/$metadata#Collection(microsoft.graph.scheduleInformation)"
    return GraphJson({"@odata.context": context, "value": answers}, headers=preferences.headers)


async def _question(request: Request) -> _Question:
    try:
        parameters = msgspec.json.decode(await request.body(), type=dict[str, Any])
        question = msgspec.convert({name.lower(): value for name, value in parameters.items()}, _Question)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise GraphError(400, "BadRequest", f"Unable to read JSON request payload: {error}") from error
    if not question.schedules:
        raise GraphError(400, "ErrorInvalidParameter", "The list of schedules is empty.")
    if len(question.schedules) > MOST_SCHEDULES:
        message = (
            "There are too many target users in the EmailAddress array. "
            f"The allowed size = {MOST_SCHEDULES}; the actual size = {len(question.schedules)}."
        )
        raise GraphError(400, "ErrorMailboxDataArrayTooBig", message)
    return question


def _window(question: _Question) -> _Window:
    start_at, end_at = _instant(question.starttime), _instant(question.endtime)
    length = end_at - start_at
    if length <= timedelta(0):
        raise GraphError(400, "ErrorInvalidTimeInterval", "The start time must be before the end time.")
    if length > timedelta(days=MOST_DAYS):
        message = (
            "The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. "
            f"The allowed limit = {MOST_DAYS} days; the actual limit = {-(-length // timedelta(days=1))} days."
        )
        raise GraphError(400, "ErrorTimeIntervalTooBig", message)
    interval = timedelta(minutes=question.availabilityviewinterval)
    if not SHORTEST_INTERVAL <= question.availabilityviewinterval <= LONGEST_INTERVAL or interval > length:
        message = (
            "The specified merged free/busy interval is not valid. Specify an interval that is less than the "
            f"free/busy time window and  between {SHORTEST_INTERVAL} and {LONGEST_INTERVAL} minutes."
        )
        raise GraphError(400, "ErrorInvalidMergedFreeBusyInterval", message)
    return _Window(start_at, end_at, interval)


def _instant(moment: _DateTimeTimeZone) -> datetime:
    try:
        wall = datetime.fromisoformat(moment.date_time)
        return Moment(wall.replace(tzinfo=None), find_zone(moment.time_zone)).instant
    except (UnknownTimeZone, ValueError, OverflowError) as error:
        raise GraphError(400, "ErrorInvalidParameter", f"The time '{moment.date_time}' is invalid: {error}") from error


def _schedule(tenant: Tenant, address: str, window: _Window, preferences: Preferences) -> dict[str, Any]:
    person = next((each for each in tenant.directory.with_address(address) if each.licensed), None)
    if person is None:
        message = f"Unable to resolve e-mail address {address} to an Active Directory object."
        return _failed(address, message, "ErrorMailRecipientNotFound")
    mailbox = person.open_mailbox()
    instances = mailbox.default_calendar.view(window.start_at, window.end_at)
    shown = [each for each in instances if not each.content.is_cancelled and each.content.response != "declined"]
    if len(shown) > MOST_ENTRIES:
        message = (
            "The result set contains too many calendar entries. "
            f"The allowed size = {MOST_ENTRIES}; the actual size = {len(shown)}."
        )
        return _failed(address, message, "5006")
    return {
        "scheduleId": address,
        "availabilityView": _availability_view(shown, window),
        "scheduleItems": [_schedule_item(instance, preferences) for instance in shown],
        "workingHours": _working_hours(mailbox),
    }


def _failed(address: str, message: str, response_code: str) -> dict[str, Any]:
    """An address that cannot be answered spoils only its own item, not the request."""
    return {"scheduleId": address, "error": {"message": message, "responseCode": response_code}}


def _availability_view(instances: Sequence[Instance], window: _Window) -> str:
    """One digit for each interval, the last of which may be cut short by the end of the window."""
    digits = []
    start_at = window.start_at
    while start_at < window.end_at:
        end_at = min(start_at + window.interval, window.end_at)
        found = (_DIGITS[each.content.show_as] for each in instances if each.overlaps(start_at, end_at))
        digits.append(max(found, key=_FROM_WEAK_TO_STRONG.index, default="0"))
        start_at = end_at
    return "".join(digits)


def _schedule_item(instance: Instance, preferences: Preferences) -> dict[str, Any]:
    content, span = instance.content, instance.span
    is_private = content.sensitivity in _HIDDEN
    told = {} if is_private else {"subject": content.subject, "location": content.location}
    return {
        "isPrivate": is_private,
        "status": content.show_as,
        **told,
        "start": render_moment(span.start, span.is_all_day, preferences),
        "end": render_moment(span.end, span.is_all_day, preferences),
    }


def _working_hours(mailbox: Mailbox) -> dict[str, Any]:
    """Working days as Exchange sets up a new mailbox, in the mailbox's own zone."""
    is_custom = mailbox.time_zone in {CUSTOM, CUSTOM_ZONE}
    return {
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": _CENTRAL_EUROPEAN_RULES if is_custom else {"name": mailbox.time_zone},
    }


_CENTRAL_EUROPEAN_RULES = {
    "@odata.type": "#microsoft.graph.customTimeZone",
    "bias": -60,
    "name": CUSTOM_ZONE,
    "standardOffset": {
        "time": "03:00:00.0000000",
        "dayOccurrence": 5,
        "dayOfWeek": "sunday",
        "month": 10,
        "year": 0,
    },
    "daylightOffset": {
        "daylightBias": -60,
        "time": "02:00:00.0000000",
        "dayOccurrence": 5,
        "dayOfWeek": "sunday",
        "month": 3,
        "year": 0,
    },
}

_PATH = "/v1.0/users/{user}/calendar"

routes = [
    Route(f"{_PATH}/getSchedule", get_schedule, methods=["POST"], name="get_schedule"),
    Route(f"{_PATH}/microsoft.graph.getSchedule", get_schedule, methods=["POST"], name="get_schedule"),
]
