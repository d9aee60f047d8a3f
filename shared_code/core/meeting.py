"""What a meeting is to be, as the product says it: passed on to Microsoft, never kept, and in no repr."""

import html
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from shared_code.core.intervals import Interval


@dataclass(frozen=True)
class Invited:
    address: str = field(repr=False)
    name: str | None = field(repr=False)
    is_optional: bool = False


@dataclass(frozen=True)
class Meeting:
    time: Interval
    zone: str  # IANA; in which Outlook and the invitations show the times
    title: str = field(repr=False)
    body: str = field(repr=False)
    is_html: bool
    location: str | None = field(repr=False)
    attendees: tuple[Invited, ...] = field(repr=False)
    is_online: bool  # with a Teams link
    reminder_minutes: int | None  # None: no reminder
    asks_for_answers: bool
    takes_proposals: bool  # of another time


@dataclass(frozen=True)
class BookedEvent:
    """What Microsoft says of an event that we made."""

    event: str  # immutable id
    ical_uid: str
    time: Interval
    mark: str | None  # None if this answer does not say
    is_cancelled: bool = False
    is_online: bool = False
    join_url: str | None = None
    web_link: str | None = None


def wall_times(time: Interval, zone: str) -> tuple[datetime, datetime] | None:
    """Start and end as clocks in ``zone`` show them, without offset; None if one of them is shown there twice, so that
    nobody could tell which of the two is meant."""
    walls = [instant.astimezone(ZoneInfo(zone)) for instant in (time.start, time.end)]
    if any(wall.utcoffset() != wall.replace(fold=1 - wall.fold).utcoffset() for wall in walls):
        return None
    start, end = (wall.replace(tzinfo=None, fold=0) for wall in walls)
    return start, end


# Outlook puts these before the details of a Teams meeting, of old and today's make (seen in public questions about
# them, 2026-11). Microsoft only says to keep the block: https://learn.microsoft.com/graph/api/event-update
_BLOCK_BEGINS = ('<div class="me-email-text"', '<div style="width:100%')


def with_join_details(meeting: Meeting, before: str, join_url: str | None) -> str:
    """The meeting's text as HTML, followed by the block of ``before`` without which there is no meeting online.

    Where the block begins is Microsoft's affair: if nobody can tell, all of what was there stays below the new text.
    """
    text = meeting.body if meeting.is_html else html.escape(meeting.body, quote=False).replace("\n", "<br>")
    links = (join_url, html.escape(join_url)) if join_url else ()
    at = next((place for link in links if (place := before.find(link)) >= 0), None)
    if at is None:
        return text + before
    begin = next((found for word in _BLOCK_BEGINS if (found := before.find(word, 0, at)) >= 0), 0)
    return text + before[begin:]
