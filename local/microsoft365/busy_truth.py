"""What is really busy in a mailbox: the answer that tests and the demo compare a product's answer with.

Worked out apart from the way that Graph requests go: each series is written down as iCalendar with aware times, its
exceptions and deleted occurrences included, and handed whole to recurring-ical-events, which then decides about zones,
exceptions and deletions. The Graph side uses that library for bare wall times only and does the rest itself.
"""

from collections.abc import Iterable, Iterator, Set
from datetime import UTC, date, datetime, timedelta

import icalendar
import recurring_ical_events

from local.microsoft365.calendar_folder import Calendar
from local.microsoft365.events import Content, Event, Repetition, ShowAs, Span
from local.microsoft365.time_zones import Zone

type Interval = tuple[datetime, datetime]

ALL_BUT_FREE: frozenset[ShowAs] = frozenset({"unknown", "tentative", "busy", "oof", "workingElsewhere"})
BUSY_ONLY: frozenset[ShowAs] = frozenset({"busy", "unknown"})
_MARGIN = timedelta(days=2)
_COUNTS, _STATUS = "X-COUNTS", "X-STATUS"


def busy_intervals(
    calendars: Iterable[Calendar], window: Interval, zone: Zone, statuses: Set[ShowAs] = BUSY_ONLY
) -> list[Interval]:
    """Merged half-open intervals in UTC, cut to the window.

    Cancelled events and those that the owner declined never count; all-day events are floating days of ``zone``.
    """
    start_at, end_at = window
    found = (
        (max(start, start_at), min(end, end_at))
        for calendar in calendars
        for event in calendar.events()
        for start, end in _intervals(event, window, zone, statuses)
    )
    return merged(interval for interval in found if interval[0] < interval[1])


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, with what overlaps or touches made one."""
    result: list[Interval] = []
    for start, end in sorted(intervals):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((start, end))
    return result


def _intervals(event: Event, window: Interval, zone: Zone, statuses: Set[ShowAs]) -> Iterator[Interval]:
    if event.repetition is None:
        found: Iterable[icalendar.Event] = _components(event)
    else:
        calendar = icalendar.Calendar()
        for component in _components(event):
            calendar.add_component(component)
        found = recurring_ical_events.of(calendar).between(window[0] - _MARGIN, window[1] + _MARGIN)
    for instance in found:
        if instance[_COUNTS] == "yes" and instance[_STATUS] in statuses:
            yield _instant(instance.start, zone), _instant(instance.end, zone)


def _instant(moment: date | datetime, zone: Zone) -> datetime:
    if isinstance(moment, datetime):
        return moment.astimezone(UTC)
    return zone.instant(datetime(moment.year, moment.month, moment.day))  # noqa: DTZ001 - a wall time


def _components(event: Event) -> Iterator[icalendar.Event]:
    """The event as an iCalendar file would hold it: the series first, then each exception."""
    master = _component(event, event.span, event.content)
    if event.repetition is not None:
        _add_repetition(master, event, event.repetition)
    yield master
    for due, change in event.changes.items():
        exception = _component(event, change.span, change.content)
        exception.add("RECURRENCE-ID", _due(event, due))
        yield exception


def _add_repetition(master: icalendar.Event, event: Event, repetition: Repetition) -> None:
    if repetition.rule is not None:
        rule = icalendar.vRecur.from_ical(repetition.rule)
        if repetition.until is not None:
            until = _due(event, repetition.until)
            rule["UNTIL"] = [until.astimezone(UTC) if isinstance(until, datetime) else until]
        master.add("RRULE", rule)
    for name, dates in (("RDATE", repetition.extra), ("EXDATE", event.removed)):
        if dates:
            master.add(name, [_due(event, due) for due in sorted(dates)])


def _due(event: Event, wall: datetime) -> date | datetime:
    return wall.date() if event.span.is_all_day else wall.replace(tzinfo=event.span.start.zone.rules)


def _component(event: Event, span: Span, content: Content) -> icalendar.Event:
    """Both times in the zone of the start, in which a series keeps its length."""
    zone = span.start.zone
    component = icalendar.Event()
    component.add("UID", event.key.hex())
    if span.is_all_day:
        component.add("DTSTART", span.start.wall.date())
        component.add("DTEND", span.end.wall.date())
    else:
        component.add("DTSTART", span.start.wall.replace(tzinfo=zone.rules))
        component.add("DTEND", zone.wall(span.end.instant).replace(tzinfo=zone.rules))
    component[_STATUS] = content.show_as
    component[_COUNTS] = "no" if content.is_cancelled or content.response == "declined" else "yes"
    return component
