"""Instances of events in a window, from recurring-ical-events: the one recurrence engine of the stand-in.

The engine counts in wall times of the series' own zone, as Exchange stores a series; each occurrence is then placed on
the time line on its own, so a meeting at nine stays at nine across a daylight-saving change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import icalendar
import recurring_ical_events
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # dateutil carries no annotations

from local.microsoft365.events import Change, Event, Instance, Moment, Repetition, Span, single_instance

_MORE_THAN_ANY_OFFSET = timedelta(days=2)


class InvalidRecurrence(ValueError):
    """A pattern that Graph would refuse, or a rule that never comes due."""


def instances_between(event: Event, start_at: datetime, end_at: datetime) -> list[Instance]:
    """Every instance of the event that overlaps the half-open window of UTC instants, in no promised order."""
    if event.repetition is None:
        found = [single_instance(event)]
    else:
        found = [*_occurrences(event, event.repetition, start_at, end_at), *_exceptions(event)]
    return [instance for instance in found if instance.overlaps(start_at, end_at)]


def find_instance(event: Event, due: datetime) -> Instance | None:
    """The occurrence or exception due at that wall time, unless it was deleted or never was."""
    if due in event.changes:
        return _exception(event, due, event.changes[due])
    if event.repetition is None or due in event.removed:
        return None
    if due not in due_between(event.span, event.repetition, due, due):
        return None
    return _occurrence(event, due)


def due_between(span: Span, repetition: Repetition, first: datetime, last: datetime) -> list[datetime]:
    """Wall times, both ends included, at which the series comes due."""
    series = icalendar.Event()
    series.add("UID", "series")
    series.add("DTSTART", span.start.wall)
    if repetition.rule is not None:
        series.add("RRULE", icalendar.vRecur.from_ical(rule_text(repetition)))
    if repetition.extra:
        series.add("RDATE", sorted(repetition.extra))
    return [occurrence.start for occurrence in recurring_ical_events.of(series).between(first, last)]


def rule_text(repetition: Repetition) -> str:
    """The rule with its UNTIL as a wall time."""
    until = "" if repetition.until is None else f";UNTIL={repetition.until:%Y%m%dT%H%M%S}"
    return f"{repetition.rule}{until}"


def moved_to_first_due(span: Span, repetition: Repetition) -> Span:
    """The span of the first occurrence: a series may be defined from a day on which it is not due.

    Raises:
        InvalidRecurrence: it never comes due, or the rule makes no sense.
    """
    try:
        first = next(iter(rrulestr(rule_text(repetition), dtstart=span.start.wall)), None)
    except (ValueError, TypeError) as error:
        raise InvalidRecurrence(f"The recurrence rule cannot be read: {error}") from error
    if first is None:
        raise InvalidRecurrence("The recurrence pattern has no occurrence in its range.")
    return _shifted(span, first)


def ends_elsewhere(event: Event, span: Span, repetition: Repetition) -> bool:
    """Whether another repetition of the event differs from the one it has in its end alone."""
    before = event.repetition
    return before is not None and span == event.span and _endless(before) == _endless(repetition)


def still_due(changes: Mapping[datetime, Change], span: Span, repetition: Repetition) -> dict[datetime, Change]:
    """The exceptions of those occurrences that this repetition has."""
    return {due: change for due, change in changes.items() if due in due_between(span, repetition, due, due)}


def _endless(repetition: Repetition) -> tuple[list[str], frozenset[datetime]]:
    parts = (repetition.rule or "").split(";")
    return [part for part in parts if not part.startswith("COUNT=")], repetition.extra


def _occurrences(event: Event, repetition: Repetition, start_at: datetime, end_at: datetime) -> Iterator[Instance]:
    zone = event.span.start.zone
    first = zone.wall(start_at) - _wall_length(event.span) - _MORE_THAN_ANY_OFFSET
    last = zone.wall(end_at) + _MORE_THAN_ANY_OFFSET
    for due in due_between(event.span, repetition, first, last):
        if due not in event.removed and due not in event.changes:
            yield _occurrence(event, due)


def _exceptions(event: Event) -> Iterator[Instance]:
    """All of them: one may have been moved into the window from far outside."""
    for due, change in event.changes.items():
        yield _exception(event, due, change)


def _occurrence(event: Event, due: datetime) -> Instance:
    span = _shifted(event.span, due)
    return Instance(event, span, event.content, due, span.start.instant, span.end.instant)


def _exception(event: Event, due: datetime, change: Change) -> Instance:
    return Instance(event, change.span, change.content, due, change.span.start.instant, change.span.end.instant)


def _shifted(span: Span, start: datetime) -> Span:
    """The same wall-clock length from another start, as Exchange keeps the start and end of a series."""
    return replace(span, start=Moment(start, span.start.zone), end=Moment(start + _wall_length(span), span.start.zone))


def _wall_length(span: Span) -> timedelta:
    """Start and end may be given in different zones; a series lives in that of its start."""
    return span.start.zone.wall(span.end.instant) - span.start.wall
