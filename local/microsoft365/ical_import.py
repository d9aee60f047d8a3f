"""Fills a calendar from an iCalendar file, Outlook's and Google's exports included.

Property by property this follows [MS-OXCICAL]. The whole file is read before the calendar is touched, so a file that is
refused changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import icalendar
from icalendar.timezone import tzp

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.events import Change, Content, Span
from local.microsoft365.ical_content import content_of
from local.microsoft365.ical_lines import ReadLines, UsedZone, Vevent, read_lines
from local.microsoft365.ical_times import TimeReader
from local.microsoft365.mailbox import Draft, Mailbox
from local.microsoft365.time_zones import CUSTOM, UnknownTimeZone, Zone, find_exact_zone, find_zone, shown_name


class ImportRefused(ValueError):
    """The file cannot be imported; ``line`` is counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"Line {line}: {reason}")
        self.line = line


def import_calendar(
    mailbox: Mailbox, calendar: Calendar, data: bytes, now: datetime, owner_addresses: Collection[str] = ()
) -> int:
    """Adds every event of the file and says how many they were, a series counting once.

    ``owner_addresses`` are more addresses by which the file may name the owner of the mailbox, whose answer to an
    invitation (PARTSTAT) becomes the response status.

    Raises:
        ImportRefused: with the line and the reason; an unknown time zone is named.
    """
    drafts = read_drafts(mailbox, data, owner_addresses)
    for draft in drafts:
        mailbox.add(calendar, draft, now)
    return len(drafts)


def read_drafts(mailbox: Mailbox, data: bytes, owner_addresses: Collection[str] = ()) -> list[Draft]:
    """The events of the file, with their exceptions, ready to be added."""
    lines, calendars = _parsed(data)
    events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    if not calendars or len(events) != len(lines.events):
        raise ImportRefused(lines.events[-1] if lines.events else 1, "the calendar has no end.")
    owners = {address.lower() for address in (mailbox.owner.address, *owner_addresses)} | _named_owner(calendars)
    times = TimeReader(mailbox.zone, _zones(lines, calendars))
    reader = _Reader(times, frozenset(owners), _is_cancellation(calendars))
    return _drafts(reader, list(zip(lines.events, events, strict=True)))


def _parsed(data: bytes) -> tuple[ReadLines, list[Any]]:
    try:
        lines = read_lines(data.decode("utf-8-sig"))
        return lines, list(icalendar.Calendar.from_ical(lines.text, multiple=True))
    except ValueError as error:
        raise ImportRefused(1, f"this is not an iCalendar file: {error}") from error
    finally:
        tzp.use_default()  # the library remembers VTIMEZONEs for the whole process


type _NumberedEvent = tuple[int, Vevent]


@dataclass(frozen=True, slots=True)
class _Reader:
    times: TimeReader
    owners: frozenset[str]
    is_cancellation: bool

    def content(self, event: Vevent) -> Content:
        return content_of(event, self.owners, is_cancellation=self.is_cancellation)


def _named_owner(calendars: Iterable[Any]) -> set[str]:
    """Outlook writes the owner into X-OWNER ([MS-OXCICAL] 2.1.3.1.1.8), Google the address into the calendar's name."""
    names = (
        str(calendar.get(name, "")).strip().lower() for calendar in calendars for name in ("X-OWNER", "X-WR-CALNAME")
    )
    return {name.removeprefix("mailto:") for name in names if "@" in name and " " not in name}


def _is_cancellation(calendars: Iterable[Any]) -> bool:
    return any(str(calendar.get("METHOD", "")).upper() == "CANCEL" for calendar in calendars)


def _zones(lines: ReadLines, calendars: Iterable[Any]) -> dict[str, Zone]:
    """The zone behind each token: by name if the name says it all, else by the file's own VTIMEZONE."""
    defined = {str(each["TZID"]): each for calendar in calendars for each in calendar.walk("VTIMEZONE")}
    return {token: _zone(used, defined.get(used.name)) for token, used in lines.zones.items()}


def _zone(used: UsedZone, definition: Any) -> Zone:
    exact = find_exact_zone(used.name) or _zone_of_vendor(used.name)
    if exact is not None:
        return replace(exact, name=shown_name(exact))
    try:
        if definition is not None:
            return Zone(CUSTOM, definition.to_tz(lookup_tzid=False))
        return find_zone(used.name)
    except UnknownTimeZone as error:
        raise ImportRefused(used.line, f"the time zone '{used.name}' is not known.") from error
    except ValueError as error:
        raise ImportRefused(used.line, f"the time zone '{used.name}' is badly defined: {error}") from error


def _zone_of_vendor(name: str) -> Zone | None:
    """`/vendor.example/Europe/Paris` (RFC 5545, 3.2.19): the longest ending that is a known name."""
    parts = name.strip("/").split("/") if name.startswith("/") else []
    return next(filter(None, (find_exact_zone("/".join(parts[start:])) for start in range(len(parts)))), None)


def _drafts(reader: _Reader, events: list[_NumberedEvent]) -> list[Draft]:
    """Series with their exceptions put together; an exception without its series is an event of its own."""
    masters: list[_NumberedEvent] = []
    exceptions: dict[str, list[_NumberedEvent]] = defaultdict(list)
    with_master = {str(event.get("UID")) for _, event in events if "RECURRENCE-ID" not in event}
    for line, event in events:
        if "RECURRENCE-ID" in event and str(event.get("UID")) in with_master:
            exceptions[str(event["UID"])].append((line, event))
        else:
            masters.append((line, event))
    return [_draft(reader, master, exceptions.pop(str(master[1].get("UID")), [])) for master in masters]


def _draft(reader: _Reader, master: _NumberedEvent, exceptions: Iterable[_NumberedEvent]) -> Draft:
    with _refusing(master[0]):
        event, times = master[1], reader.times
        span, content = times.span(event), reader.content(event)
        draft = Draft(
            span=span,
            content=content,
            repetition=times.repetition(event, span),
            uid=str(event["UID"]) if "UID" in event else None,
            changes={due: Change(longer, content) for due, longer in times.longer_dates(event, span).items()},
            removed=times.removed(event, span),
        )
    return replace(draft, changes={**(draft.changes or {}), **dict(_changes(reader, span, exceptions))})


def _changes(reader: _Reader, span: Span, exceptions: Iterable[_NumberedEvent]) -> Iterator[tuple[datetime, Change]]:
    for line, event in exceptions:
        with _refusing(line):
            due = reader.times.recurrence_id(event, span)
            yield due, Change(reader.times.span(event), reader.content(event))


@contextmanager
def _refusing(line: int) -> Iterator[None]:
    """Whatever an event may hold that cannot be read refuses the file, naming the line on which the event begins."""
    try:
        yield
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
        raise ImportRefused(line, f"this event cannot be read: {error}") from error
