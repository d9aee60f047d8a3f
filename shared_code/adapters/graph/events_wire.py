"""Meetings as Graph takes them, and what it says of the events made of them.

https://learn.microsoft.com/graph/api/resources/event (2025-05). What is about people is written and never read.
"""

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

from shared_code.adapters.graph.calendars_wire import WireTime
from shared_code.core.intervals import Interval
from shared_code.core.meeting import BookedEvent, Meeting, wall_times
from shared_code.core.windows_zones import IANA_OF_WINDOWS

# Named properties are never freed again in a mailbox, so there is this one, whatever the booking.
# https://learn.microsoft.com/graph/api/resources/extended-properties-overview
MARK_PROPERTY = "String {5f8a4a52-3d0c-4c0e-9a51-2f6e1c7f3b10} Name OrgcalBooking"
TEAMS = "teamsForBusiness"
EVENT_FIELDS = (
    "id",
    "iCalUId",
    "transactionId",
    "start",
    "end",
    "isAllDay",
    "isCancelled",
    "isOnlineMeeting",
    "onlineMeeting",
    "webLink",
)
EXPAND_MARK = f"singleValueExtendedProperties($filter=id eq '{MARK_PROPERTY}')"
_WINDOWS_OF_IANA = {iana: windows for windows, iana in IANA_OF_WINDOWS.items()}


class WireOnlineMeeting(Struct, rename="camel"):
    join_url: str | None = None


class WireProperty(Struct):
    id: str
    value: str


class WireBooked(Struct, rename="camel"):
    id: str
    start: WireTime
    end: WireTime
    ical_uid: str = field(name="iCalUId")
    is_all_day: bool | None = None
    is_cancelled: bool | None = None
    is_online_meeting: bool | None = None
    online_meeting: WireOnlineMeeting | None = None
    web_link: str | None = None
    transaction_id: str | None = None
    single_value_extended_properties: list[WireProperty] = []

    def read(self) -> BookedEvent:
        """ValueError if its times are not times."""
        start, end = sorted((self._instant(self.start), self._instant(self.end)))
        return BookedEvent(
            self.id,
            self.ical_uid,
            Interval(start, end),
            self._mark(),
            is_cancelled=self.is_cancelled is True,
            is_online=self.is_online_meeting is True,
            join_url=self.online_meeting.join_url if self.online_meeting else None,
            web_link=self.web_link,
        )

    def _instant(self, time: WireTime) -> datetime:
        if not self.is_all_day:
            return time.instant()
        return datetime.combine(time.day(), datetime.min.time(), UTC)

    def _mark(self) -> str | None:
        """The property survives cut and paste, and the transaction's id does not."""
        marks = (one.value for one in self.single_value_extended_properties if one.id.endswith(" Name OrgcalBooking"))
        return next(marks, self.transaction_id)


class WireBookedPage(Struct):
    value: list[WireBooked]
    next_link: str | None = field(name="@odata.nextLink", default=None)


class WireBody(Struct):
    content: str = ""


class WireWithBody(Struct):
    body: WireBody


class WireProviders(Struct, rename="camel"):
    allowed_online_meeting_providers: list[str] = []


def marked_filter(mark: str) -> str:
    """``mark`` is made of letters and digits, so there is nothing to escape."""
    return f"singleValueExtendedProperties/Any(ep: ep/id eq '{MARK_PROPERTY}' and ep/value eq '{mark}')"


def new_event(meeting: Meeting, mark: str, *, in_utc: bool) -> dict[str, Any]:
    kind = "html" if meeting.is_html else "text"
    return {
        **changed_event(meeting, None, in_utc=in_utc),
        "body": {"contentType": kind, "content": meeting.body},
        "transactionId": mark,
        "singleValueExtendedProperties": [{"id": MARK_PROPERTY, "value": mark}],
    }


def changed_event(meeting: Meeting, body: str | None, *, in_utc: bool) -> dict[str, Any]:
    """Without a body the event keeps the one it has, and with it what Teams has written there."""
    event: dict[str, Any] = {
        "subject": meeting.title,
        **_times(meeting, in_utc=in_utc),
        "location": {"displayName": meeting.location or ""},
        "attendees": [
            {
                "emailAddress": {"address": one.address, "name": one.name or one.address},
                "type": "optional" if one.is_optional else "required",
            }
            for one in meeting.attendees
        ],
        "isReminderOn": meeting.reminder_minutes is not None,
        "responseRequested": meeting.asks_for_answers,
        "allowNewTimeProposals": meeting.takes_proposals,
    }
    if body is not None:
        event["body"] = {"contentType": "html", "content": body}
    if meeting.reminder_minutes is not None:
        event["reminderMinutesBeforeStart"] = meeting.reminder_minutes
    if meeting.is_online:
        event |= {"isOnlineMeeting": True, "onlineMeetingProvider": TEAMS}
    return event


def _times(meeting: Meeting, *, in_utc: bool) -> dict[str, Any]:
    walls = None if in_utc else wall_times(meeting.time, meeting.zone)
    start, end = walls or (one.astimezone(UTC).replace(tzinfo=None) for one in (meeting.time.start, meeting.time.end))
    zone = "UTC" if walls is None else _WINDOWS_OF_IANA.get(meeting.zone, meeting.zone)
    return {
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
    }
