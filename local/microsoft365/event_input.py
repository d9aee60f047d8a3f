"""Events as the control interface takes them: Graph's own JSON, read into the model.

Every property that Graph lets a client write is known; another one is refused, so a misspelt test fails loudly.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from html import escape
from typing import Any, get_args

from local.microsoft365.events import (
    Attendee,
    Content,
    Importance,
    Moment,
    Party,
    Response,
    Sensitivity,
    ShowAs,
    Span,
)
from local.microsoft365.extended_properties import canonical_id
from local.microsoft365.mailbox import Draft, Edit
from local.microsoft365.recurrence import moved_to_first_due
from local.microsoft365.recurrence_json import parse_recurrence
from local.microsoft365.time_zones import UnknownTimeZone, find_zone

type Json = Mapping[str, Any]


class InvalidEvent(ValueError):
    """The JSON does not say an event; the message names the property."""


class InvalidTimes(InvalidEvent):
    """Start and end are there and readable, but make no event."""


def parse_draft(event: Json) -> Draft:
    """Raises: InvalidEvent, InvalidRecurrence."""
    if "start" not in event or "end" not in event:
        raise InvalidTimes("An event needs start and end.")
    span, repetition = _span(event, None), None
    if event.get("recurrence") is not None:
        repetition = parse_recurrence(event["recurrence"])
        span = moved_to_first_due(span, repetition)
    return Draft(
        span=span,
        content=parse_content(event, Content()),
        repetition=repetition,
        uid=event.get("iCalUId"),
        transaction_id=event.get("transactionId"),
    )


def parse_span(times: Json) -> Span:
    """``start`` and ``end`` of anything that has them. Raises: InvalidEvent."""
    return _span(times, None)


def edit_of(event: Json) -> Edit:
    """The change that a PATCH with these properties makes; what it does not name stays."""
    return lambda span, content: (_span(event, span), parse_content(event, content))


def parse_content(event: Json, before: Content) -> Content:
    unknown = event.keys() - _READERS.keys() - _OF_TIMES
    if unknown:
        raise InvalidEvent(f"Unknown properties: {', '.join(sorted(unknown))}.")
    changes: dict[str, Any] = {}
    for name, read in _READERS.items():
        if name in event:
            try:
                changes |= read(event[name])
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise InvalidEvent(f"The property '{name}' has a wrong form: {error}") from error
    if event.get("isReminderOn") is True and before.reminder_minutes is None:
        changes.setdefault("reminder_minutes", Content().reminder_minutes)
    if "properties" in changes:
        changes["properties"] = {**before.properties, **changes["properties"]}
    return replace(before, **changes)


def _span(event: Json, before: Span | None) -> Span:
    is_all_day = event.get("isAllDay", before.is_all_day if before else False)
    start = _moment(event, "start") if "start" in event else _known(before).start
    end = _moment(event, "end") if "end" in event else _known(before).end
    if is_all_day and (start.wall.time() != time() or end.wall.time() != time() or start.zone != end.zone):
        raise InvalidTimes("An all-day event starts and ends at midnight, in one zone.")
    if end.instant < start.instant or (is_all_day and end.wall <= start.wall):
        raise InvalidTimes("The end lies before the start.")
    return Span(start, end, bool(is_all_day))


def _known(before: Span | None) -> Span:
    if before is None:
        raise InvalidEvent("An event needs start and end.")
    return before


def _moment(event: Json, name: str) -> Moment:
    """Graph reads the wall time in ``timeZone`` and passes over an offset (learn.microsoft.com, datetimetimezone)."""
    try:
        given = event[name]
        wall = datetime.fromisoformat(given["dateTime"]).replace(tzinfo=None)
        return Moment(wall, find_zone(given.get("timeZone", "UTC")))
    except UnknownTimeZone as error:
        raise InvalidEvent(str(error)) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidEvent(f"'{name}' is no dateTimeTimeZone: {error}") from error


def _one_of(kind: Any) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> dict[str, Any]:
        if value not in get_args(kind):
            raise InvalidEvent(f"'{value}' is not one of {', '.join(get_args(kind))}.")
        return {name: value}

    return read


def _response(status: Json) -> dict[str, Any]:
    read = _one_of(Response)("response", status["response"])
    return {**read, "responded_at": _instant(status["time"])} if "time" in status else dict(read)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _party(value: Json) -> Party:
    mail = value["emailAddress"]
    return Party(str(mail.get("name", mail["address"])), str(mail["address"]))


def _attendee(value: Json) -> Attendee:
    status = _response(value["status"]) if "status" in value else {}
    proposed = parse_span(value["proposedNewTime"]) if value.get("proposedNewTime") else None
    return Attendee(_party(value), value.get("type", "required"), **status, proposed=proposed)


def _body(value: Json) -> str:
    """Kept as HTML, without the frame in which it is shown."""
    content = str(value["content"])
    if str(value.get("contentType", "html")).lower() == "text":
        return escape(content, quote=False).replace("\n", "<br>")
    framed = re.fullmatch(r"\s*<html\b.*?<body\b[^>]*>(.*)</body>\s*</html>\s*", content, re.DOTALL | re.IGNORECASE)
    return framed[1] if framed else content


def _properties(values: Sequence[Json]) -> dict[str, Any]:
    return {"properties": {canonical_id(each["id"]): str(each["value"]) for each in values}}


def _reminder(minutes: int) -> dict[str, Any]:
    return {"reminder_minutes": int(minutes)}


_READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "subject": lambda value: {"subject": str(value)},
    "body": lambda value: {"body": _body(value)},
    "location": lambda value: {"location": str(value["displayName"])},
    "showAs": lambda value: _one_of(ShowAs)("show_as", value),
    "responseStatus": _response,
    "isCancelled": lambda value: {"is_cancelled": bool(value)},
    "sensitivity": lambda value: _one_of(Sensitivity)("sensitivity", value),
    "importance": lambda value: _one_of(Importance)("importance", value),
    "categories": lambda value: {"categories": tuple(str(each) for each in value)},
    "organizer": lambda value: {"organizer": _party(value) if value is not None else None},
    "attendees": lambda value: {"attendees": tuple(_attendee(each) for each in value)},
    "reminderMinutesBeforeStart": _reminder,
    "isReminderOn": lambda value: {} if value else {"reminder_minutes": None},
    "allowNewTimeProposals": lambda value: {"allow_new_time_proposals": bool(value)},
    "responseRequested": lambda value: {"response_requested": bool(value)},
    "hideAttendees": lambda value: {"hide_attendees": bool(value)},
    "singleValueExtendedProperties": _properties,
    "onlineMeeting": lambda value: {"join_url": value["joinUrl"] if value is not None else None},
}
_OF_TIMES = frozenset({"start", "end", "isAllDay", "recurrence", "iCalUId", "transactionId"})
