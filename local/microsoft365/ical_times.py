"""When an iCalendar event is: its span, its repetition, the dates added to and taken from its series."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import icalendar

from local.microsoft365.events import Moment, Repetition, Span
from local.microsoft365.ical_lines import Vevent
from local.microsoft365.recurrence import InvalidRecurrence, moved_to_first_due
from local.microsoft365.time_zones import UTC_ZONE, Zone

_TIMES = frozenset({"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_MIDNIGHT, _LAST_MOMENT = time(), time(23, 59, 59)
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TimeReader:
    """``zones`` by the tokens that stand in TZID; times without a zone and whole days belong to ``floating``.

    Every method raises ValueError for what no calendar could show.
    """

    floating: Zone
    zones: Mapping[str, Zone]

    def span(self, event: Vevent) -> Span:
        self._refuse_broken(event)
        start = self._moment(event["DTSTART"])
        is_all_day = not isinstance(event["DTSTART"].dt, datetime)
        end = self._end(event, start, is_all_day)
        if str(event.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")).upper() == "TRUE" and not is_all_day:
            days = self._as_days(start, end)
            start, end, is_all_day = (*days, True) if days else (start, end, False)
        if is_all_day and end.wall <= start.wall:
            end = Moment(start.wall + _A_DAY, start.zone)  # some programs write the last day, not the one after
        if end.instant < start.instant:
            raise ValueError("it ends before it starts")
        return Span(start, end, is_all_day)

    def repetition(self, event: Vevent, span: Span) -> Repetition | None:
        """The rule with its UNTIL taken out, and all RDATEs."""
        extra = frozenset(self._due(span, start, zone) for start, _, zone in _dates(event, "RDATE"))
        rule = event.get("RRULE")
        if rule is None and not extra:
            return None
        if isinstance(rule, list) or "EXRULE" in event:
            raise InvalidRecurrence("only one recurrence rule is understood")
        if rule is None:
            return Repetition(None, None, extra)
        parts = icalendar.vRecur({name: value for name, value in rule.items() if name != "UNTIL"})
        until = self._until(span, rule["UNTIL"][0]) if "UNTIL" in rule else None
        text = parts.to_ical().decode()  # type: ignore[no-untyped-call]  # the library left this method out
        repetition = Repetition(text, until, extra)
        moved_to_first_due(span, repetition)  # refuses a rule that cannot be followed
        return repetition

    def removed(self, event: Vevent, span: Span) -> frozenset[datetime]:
        return frozenset(self._due(span, start, zone) for start, _, zone in _dates(event, "EXDATE"))

    def longer_dates(self, event: Vevent, span: Span) -> dict[datetime, Span]:
        """RDATEs that are periods bring a length of their own."""
        found = {}
        for start, end, zone in _dates(event, "RDATE"):
            if end is not None:
                due = self._due(span, start, zone)
                first = Moment(due, span.start.zone)
                found[due] = Span(first, Moment(span.start.zone.wall(first.instant + (end - start)), span.start.zone))
        return found

    def recurrence_id(self, exception: Vevent, span: Span) -> datetime:
        """The wall time, in the series' zone, of the occurrence that the exception replaces."""
        value = exception["RECURRENCE-ID"]
        if "RANGE" in value.params:
            raise ValueError("changes to 'this and all following' occurrences are not understood")
        return self._due(span, value.dt, value.params.get("TZID"))

    def _moment(self, value: Any) -> Moment:
        moment, token = value.dt, value.params.get("TZID")
        if not isinstance(moment, datetime):
            return Moment(datetime.combine(moment, _MIDNIGHT), self.floating)
        if moment.tzinfo is not None:
            return Moment(moment.astimezone(UTC).replace(tzinfo=None), UTC_ZONE)
        return Moment(moment, self.zones.get(token, self.floating))

    def _end(self, event: Vevent, start: Moment, is_all_day: bool) -> Moment:
        if "DTEND" in event:
            return self._moment(event["DTEND"])
        if "DURATION" not in event:
            return Moment(start.wall + _A_DAY, start.zone) if is_all_day else start
        length: timedelta = event["DURATION"].dt
        if length % _A_DAY == timedelta(0):
            return Moment(start.wall + length, start.zone)  # days are counted on the wall (RFC 5545, 3.3.6)
        return Moment(start.zone.wall(start.instant + length), start.zone)

    def _as_days(self, start: Moment, end: Moment) -> tuple[Moment, Moment] | None:
        """Outlook's all-day mark on times: days if they are midnights where they are written, or for the owner."""
        for zone in (start.zone, self.floating):
            first, last = zone.wall(start.instant), zone.wall(end.instant)
            if first.time() == last.time() == _MIDNIGHT:
                return Moment(first, zone), Moment(last, zone)
        return None

    def _until(self, span: Span, until: date | datetime) -> datetime:
        """The last wall time on which the series may come due."""
        if not isinstance(until, datetime):
            return datetime.combine(until, _LAST_MOMENT)
        return span.start.zone.wall(until) if until.tzinfo is not None else until

    def _due(self, span: Span, value: date | datetime, token: str | None) -> datetime:
        if not isinstance(value, datetime):
            return datetime.combine(value, span.start.wall.time())
        if value.tzinfo is not None:
            return span.start.zone.wall(value)
        zone = self.zones.get(token or "", self.floating)
        return span.start.zone.wall(zone.instant(value))

    def _refuse_broken(self, event: Vevent) -> None:
        for name, reason in event.errors:
            if name in _TIMES:
                raise ValueError(f"{name} {reason}")


def _dates(event: Vevent, name: str) -> Iterator[tuple[Any, Any, str | None]]:
    """Every value of a property that may be there several times and hold several values: start, end if any, zone."""
    given = event.get(name, [])
    for prop in given if isinstance(given, list) else [given]:
        for value in prop.dts:
            token = prop.params.get("TZID") or value.params.get("TZID")
            if isinstance(value.dt, tuple):
                start, end = value.dt
                yield start, end if isinstance(end, datetime) else start + end, token
            else:
                yield value.dt, None, token
