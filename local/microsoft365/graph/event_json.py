"""An event as Graph shows it (learn.microsoft.com/graph/api/resources/event).

Every property has its own little function, so a request that selects eight of them pays for eight.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.microsoft365.events import Attendee, Content, Moment, Party, Span
from local.microsoft365.graph.preferences import Preferences
from local.microsoft365.item_ids import change_key, instance_uid
from local.microsoft365.mailbox import Mailbox, Placed
from local.microsoft365.recurrence_json import render_recurrence

_PREVIEW = 255


@dataclass(frozen=True, slots=True)
class Shown:
    """One instance on its way to a client with these preferences."""

    mailbox: Mailbox
    placed: Placed
    preferences: Preferences

    @property
    def content(self) -> Content:
        return self.placed.instance.content

    @property
    def span(self) -> Span:
        return self.placed.instance.span

    @property
    def id(self) -> str:
        return self.mailbox.item_id(self.placed, immutable=self.preferences.immutable_ids)

    @property
    def series_master_id(self) -> str | None:
        if self.placed.instance.due is None:
            return None
        return self.mailbox.master_id(self.placed, immutable=self.preferences.immutable_ids)

    @property
    def change_key(self) -> str:
        event = self.placed.instance.event
        return change_key(event.key, event.revision)


def render_event(shown: Shown, names: tuple[str, ...] | None) -> dict[str, Any]:
    """Outlook adds the etag and the id to whatever is selected."""
    body: dict[str, Any] = {"@odata.etag": f'W/"{shown.change_key}"', "id": shown.id}
    if names is None:
        names = _SHOWN_UNASKED
    for name in names:
        if name not in _ONLY_OF_OCCURRENCES or shown.placed.instance.due is not None:
            body[name] = EVENT_PROPERTIES[name](shown)
    return body


def render_moment(moment: Moment, is_all_day: bool, preferences: Preferences) -> dict[str, str]:
    """Seven digits and no offset; an all-day event is at midnight in whatever zone is asked for."""
    wall = moment.wall if is_all_day else preferences.zone.wall(moment.instant)
    return {"dateTime": f"{wall.isoformat(timespec='microseconds')}0", "timeZone": preferences.zone.name}


def _end(span: Span) -> Moment:
    """Never before the start, as it would be of an event that begins in the hour which the clocks skip."""
    return span.start if not span.is_all_day and span.end.instant < span.start.instant else span.end


def render_instant(instant: datetime) -> str:
    return f"{instant.replace(tzinfo=None).isoformat(timespec='microseconds')}0Z"


def render_party(party: Party) -> dict[str, dict[str, str]]:
    return {"emailAddress": {"name": party.name, "address": party.address}}


def _original_start(shown: Shown) -> str | None:
    instance = shown.placed.instance
    if instance.due is None:
        return None
    return f"{instance.event.span.start.zone.instant(instance.due).replace(tzinfo=None).isoformat()}Z"


def _body(shown: Shown) -> dict[str, str]:
    text = shown.content.body
    if shown.preferences.body == "text":
        return {"contentType": "text", "content": _plain(text)}
    return {"contentType": "html", "content": f"<html><head></head><body>{text}</body></html>" if text else ""}


def _plain(text: str) -> str:
    return re.sub(r"<[^>]+>", "", text)


def _response(shown: Shown) -> dict[str, str]:
    content = shown.content
    return {"response": content.response, "time": _seconds(content.responded_at)}


def _seconds(instant: datetime) -> str:
    return f"{instant.replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def _location(shown: Shown) -> dict[str, str]:
    place = shown.content.location
    if not place:
        return {"displayName": "", "locationType": "default", "uniqueIdType": "unknown"}
    return {"displayName": place, "locationType": "default", "uniqueId": place, "uniqueIdType": "private"}


def _locations(shown: Shown) -> list[dict[str, str]]:
    place = shown.content.location
    return [{"displayName": place, "locationType": "default", "uniqueIdType": "unknown"}] if place else []


def _attendee(attendee: Attendee, preferences: Preferences) -> dict[str, Any]:
    status = {"response": attendee.response, "time": _seconds(attendee.responded_at)}
    body: dict[str, Any] = {"type": attendee.kind, "status": status, **render_party(attendee.party)}
    if attendee.proposed is not None:
        body["proposedNewTime"] = render_span(attendee.proposed, preferences)
    return body


def render_span(span: Span, preferences: Preferences) -> dict[str, dict[str, str]]:
    return {
        "start": render_moment(span.start, span.is_all_day, preferences),
        "end": render_moment(_end(span), span.is_all_day, preferences),
    }


def _recurrence(shown: Shown) -> dict[str, Any] | None:
    instance = shown.placed.instance
    if instance.due is not None or instance.event.repetition is None:
        return None
    return render_recurrence(instance.event.repetition, instance.event.span)


def _cancelled_occurrences(shown: Shown) -> list[str]:
    master = shown.mailbox.master_id(shown.placed, immutable=shown.preferences.immutable_ids)
    return [f"OID.{master}.{due.date().isoformat()}" for due in sorted(shown.placed.instance.event.removed)]


def _web_link(shown: Shown) -> str:
    return f"https://outlook.office365.com/owa/?itemid={shown.id}&exvsurl=1&path=/calendar/item"


EVENT_PROPERTIES: dict[str, Callable[[Shown], Any]] = {
    "id": lambda shown: shown.id,
    "createdDateTime": lambda shown: render_instant(shown.placed.instance.event.created_at),
    "lastModifiedDateTime": lambda shown: render_instant(shown.placed.instance.event.modified_at),
    "changeKey": lambda shown: shown.change_key,
    "categories": lambda shown: list(shown.content.categories),
    "transactionId": lambda shown: shown.placed.instance.event.transaction_id,
    "originalStartTimeZone": lambda shown: shown.span.start.zone.name,
    "originalEndTimeZone": lambda shown: shown.span.end.zone.name,
    "originalStart": _original_start,
    "cancelledOccurrences": _cancelled_occurrences,
    "iCalUId": lambda shown: instance_uid(shown.placed.instance.event.uid, shown.placed.instance.due),
    "reminderMinutesBeforeStart": lambda shown: shown.content.reminder_minutes or 0,
    "isReminderOn": lambda shown: shown.content.reminder_minutes is not None,
    "hasAttachments": lambda _: False,
    "subject": lambda shown: shown.content.subject,
    "bodyPreview": lambda shown: _plain(shown.content.body)[:_PREVIEW],
    "importance": lambda shown: shown.content.importance,
    "sensitivity": lambda shown: shown.content.sensitivity,
    "isAllDay": lambda shown: shown.span.is_all_day,
    "isCancelled": lambda shown: shown.content.is_cancelled,
    "isOrganizer": lambda shown: shown.content.organizer is None,
    "isDraft": lambda _: False,
    "responseRequested": lambda shown: shown.content.response_requested,
    "seriesMasterId": lambda shown: shown.series_master_id,
    "showAs": lambda shown: shown.content.show_as,
    "type": lambda shown: shown.placed.instance.kind,
    "webLink": _web_link,
    "onlineMeetingUrl": lambda _: None,
    "isOnlineMeeting": lambda shown: shown.content.join_url is not None,
    "onlineMeetingProvider": lambda shown: "teamsForBusiness" if shown.content.join_url else "unknown",
    "allowNewTimeProposals": lambda shown: shown.content.allow_new_time_proposals,
    "hideAttendees": lambda shown: shown.content.hide_attendees,
    "recurrence": _recurrence,
    "responseStatus": _response,
    "body": _body,
    "start": lambda shown: render_moment(shown.span.start, shown.span.is_all_day, shown.preferences),
    "end": lambda shown: render_moment(_end(shown.span), shown.span.is_all_day, shown.preferences),
    "location": _location,
    "locations": _locations,
    "attendees": lambda shown: [_attendee(each, shown.preferences) for each in shown.content.attendees],
    "organizer": lambda shown: render_party(shown.content.organizer or shown.mailbox.owner),
    "onlineMeeting": lambda shown: {"joinUrl": shown.content.join_url} if shown.content.join_url else None,
}
_ONLY_OF_OCCURRENCES = {"originalStart"}
_SHOWN_UNASKED = tuple(name for name in EVENT_PROPERTIES if name != "cancelledOccurrences")
