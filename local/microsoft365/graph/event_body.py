"""What a client may write of an event, and how it is refused (learn.microsoft.com/graph/api/user-post-events).

Properties that only Graph sets may be sent along and are passed over, as an SDK does that sends back what it read.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request

from local.microsoft365.event_input import InvalidEvent, InvalidTimes
from local.microsoft365.graph.errors import GraphError, not_implemented
from local.microsoft365.graph.event_json import EVENT_PROPERTIES
from local.microsoft365.graph.writable_zones import is_writable_zone
from local.microsoft365.recurrence import InvalidRecurrence
from local.microsoft365.time_zones import UnknownTimeZone
from local.microsoft365.web import world_of

MOST_ATTENDEES = 500
_WRITABLE = frozenset(
    {
        "allowNewTimeProposals",
        "attendees",
        "body",
        "categories",
        "end",
        "hideAttendees",
        "importance",
        "isAllDay",
        "isOnlineMeeting",
        "isReminderOn",
        "location",
        "onlineMeetingProvider",
        "recurrence",
        "reminderMinutesBeforeStart",
        "responseRequested",
        "sensitivity",
        "showAs",
        "singleValueExtendedProperties",
        "start",
        "subject",
        "transactionId",
    }
)
_NOT_SERVED = frozenset(
    {"attachments", "calendar", "exceptionOccurrences", "extensions", "instances", "multiValueExtendedProperties"}
)
_KNOWN = _WRITABLE | _NOT_SERVED | EVENT_PROPERTIES.keys() | {"uid"}
_EMPTY: Mapping[str, Any] = {
    "subject": "",
    "body": {"content": ""},
    "location": {"displayName": ""},
    "attendees": [],
    "categories": [],
    "singleValueExtendedProperties": [],
    "recurrence": None,
    "transactionId": None,
}


async def read_event(request: Request) -> dict[str, Any]:
    """The properties that count, null ones as what they mean. Raises GraphError."""
    members = await read_members(request)
    for name in members:
        if name in _NOT_SERVED and members[name]:
            raise not_implemented(f"{name} of an event")
        if name not in _KNOWN:
            message = (
                f"The property '{name}' does not exist on type 'Microsoft.OutlookServices.Event'. Make sure to only "
                "use property names that are defined by the type or mark the type as open type."
            )
            raise GraphError(400, "RequestBodyRead", message)
    if "location" not in members and members.get("locations"):
        members["location"] = members["locations"][0]
    event = {
        name: _EMPTY.get(name) if value is None else value for name, value in members.items() if _counts(name, value)
    }
    if world_of(request).settings.documented_zones_only:
        for name in ("start", "end"):
            _refuse_zone(event.get(name))
    if event.get("attendees"):
        event["attendees"] = _attendees(event["attendees"])
    return event


async def read_members(request: Request) -> dict[str, Any]:
    """A JSON object without its annotations; no body at all is an empty one."""
    body = await request.body()
    try:
        members = msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise GraphError(400, "BadRequest", f"Unable to read JSON request payload: {error}") from error
    return {name: value for name, value in members.items() if "@odata." not in name}


def refusal(error: ValueError) -> GraphError:
    """What Graph answers to an event that makes no sense."""
    if isinstance(error.__cause__, UnknownTimeZone):
        return _unknown_zone(error.__cause__.name)
    if isinstance(error, InvalidRecurrence):
        return GraphError(400, "ErrorInvalidRecurrence", str(error))
    if isinstance(error, InvalidTimes):
        return GraphError(400, "ErrorPropertyValidationFailure", f"At least one property failed validation. {error}")
    if isinstance(error, InvalidEvent):
        return GraphError(400, "RequestBodyRead", str(error))
    raise error


def _counts(name: str, value: object) -> bool:
    return name in _WRITABLE and (value is not None or name in _EMPTY)


def _refuse_zone(moment: object) -> None:
    zone = moment.get("timeZone", "UTC") if isinstance(moment, dict) else "UTC"
    if isinstance(zone, str) and not is_writable_zone(zone):
        raise _unknown_zone(zone)


def _unknown_zone(name: str) -> GraphError:
    message = f"A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
    return GraphError(400, "TimeZoneNotSupportedException", message)


def _attendees(values: Any) -> list[dict[str, Any]]:
    """Their answers are not the client's to write."""
    try:
        if len(values) > MOST_ATTENDEES:
            raise GraphError(400, "ErrorInvalidRequest", f"An event has at most {MOST_ATTENDEES} attendees.")
        given = [{name: value for name, value in each.items() if name != "status"} for each in values]
        if any("@" not in each["emailAddress"]["address"] for each in given):
            raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    except (KeyError, TypeError, AttributeError) as error:
        raise GraphError(400, "RequestBodyRead", f"The property 'attendees' has a wrong form: {error}") from error
    return given
