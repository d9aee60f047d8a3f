"""Graph's patternedRecurrence and the RFC 5545 rule that means the same, in both directions.

Follows learn.microsoft.com/graph/api/resources/recurrencepattern and …/recurrencerange.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from icalendar import vRecur

from local.microsoft365.events import Repetition, Span
from local.microsoft365.recurrence import InvalidRecurrence

DAYS = {
    "sunday": "SU",
    "monday": "MO",
    "tuesday": "TU",
    "wednesday": "WE",
    "thursday": "TH",
    "friday": "FR",
    "saturday": "SA",
}
INDEXES = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
NO_END = "0001-01-01"
_DAY_NAMES = {short: name for name, short in DAYS.items()}
_INDEX_NAMES = {position: name for name, position in INDEXES.items()}
_SURE_TO_EXIST = 28
_LAST_MOMENT = time(23, 59, 59)


def parse_recurrence(recurrence: dict[str, Any]) -> Repetition:
    """Raises: InvalidRecurrence, naming the part that Graph would refuse."""
    try:
        pattern, limits = recurrence["pattern"], recurrence["range"]
        parts = _RULES[pattern["type"]](pattern)
        until = count = None
        match limits["type"]:
            case "endDate":
                until = datetime.combine(date.fromisoformat(limits["endDate"]), _LAST_MOMENT)
            case "numbered":
                count = _positive(limits, "numberOfOccurrences")
            case "noEnd":
                pass
            case other:
                raise InvalidRecurrence(f"The range type '{other}' is not known.")
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidRecurrence(f"The recurrence lacks {error} or has it in a wrong form.") from error
    if count is not None:
        parts.append(f"COUNT={count}")
    return Repetition(rule=";".join(parts), until=until)


def render_recurrence(repetition: Repetition, span: Span) -> dict[str, Any] | None:
    """None for the rules that Exchange has no pattern for (hourly ones, bare dates, several positions)."""
    if repetition.rule is None or repetition.extra:
        return None
    rule = vRecur.from_ical(repetition.rule)
    pattern = _pattern(rule, span.start.wall)
    if pattern is None:
        return None
    kind = "endDate" if repetition.until else "numbered" if "COUNT" in rule else "noEnd"
    limits = {
        "type": kind,
        "startDate": span.start.wall.date().isoformat(),
        "endDate": repetition.until.date().isoformat() if repetition.until else NO_END,
        "recurrenceTimeZone": span.start.zone.name,
        "numberOfOccurrences": int(rule.get("COUNT", [0])[0]),
    }
    return {"pattern": pattern, "range": limits}


def _daily(pattern: dict[str, Any]) -> list[str]:
    return [*_every("DAILY", pattern)]


def _weekly(pattern: dict[str, Any]) -> list[str]:
    first = DAYS[str(pattern.get("firstDayOfWeek", "sunday")).lower()]
    return [*_every("WEEKLY", pattern), f"BYDAY={_days(pattern)}", f"WKST={first}"]


def _absolute_monthly(pattern: dict[str, Any]) -> list[str]:
    return [*_every("MONTHLY", pattern), *_month_day(pattern)]


def _relative_monthly(pattern: dict[str, Any]) -> list[str]:
    return [*_every("MONTHLY", pattern), *_position(pattern)]


def _absolute_yearly(pattern: dict[str, Any]) -> list[str]:
    return [*_every("YEARLY", pattern), f"BYMONTH={_within(pattern, 'month', 12)}", *_month_day(pattern)]


def _relative_yearly(pattern: dict[str, Any]) -> list[str]:
    return [*_every("YEARLY", pattern), f"BYMONTH={_within(pattern, 'month', 12)}", *_position(pattern)]


_RULES: dict[str, Callable[[dict[str, Any]], list[str]]] = {
    "daily": _daily,
    "weekly": _weekly,
    "absoluteMonthly": _absolute_monthly,
    "relativeMonthly": _relative_monthly,
    "absoluteYearly": _absolute_yearly,
    "relativeYearly": _relative_yearly,
}


def _every(frequency: str, pattern: dict[str, Any]) -> tuple[str, str]:
    return f"FREQ={frequency}", f"INTERVAL={_positive(pattern, 'interval')}"


def _month_day(pattern: dict[str, Any]) -> list[str]:
    """In a month without that day Outlook takes the month's last one, where RFC 5545 would skip the month."""
    day = _within(pattern, "dayOfMonth", 31)
    if day <= _SURE_TO_EXIST:
        return [f"BYMONTHDAY={day}"]
    return [f"BYMONTHDAY={','.join(str(candidate) for candidate in range(_SURE_TO_EXIST, day + 1))}", "BYSETPOS=-1"]


def _position(pattern: dict[str, Any]) -> list[str]:
    return [f"BYDAY={_days(pattern)}", f"BYSETPOS={INDEXES[str(pattern.get('index', 'first'))]}"]


def _days(pattern: dict[str, Any]) -> str:
    days = [DAYS[str(day).lower()] for day in pattern["daysOfWeek"]]
    if not days:
        raise InvalidRecurrence("The pattern needs at least one of daysOfWeek.")
    return ",".join(days)


def _positive(values: dict[str, Any], name: str) -> int:
    return _within(values, name, 99_999)


def _within(values: dict[str, Any], name: str, most: int) -> int:
    value = values[name]
    if not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidRecurrence(f"{name} must be a whole number from 1 to {most}.")
    return value


def _pattern(rule: vRecur, start: datetime) -> dict[str, Any] | None:
    days = [str(day) for day in rule.get("BYDAY", [])]
    positions = [int(position) for position in rule.get("BYSETPOS", [])]
    month_days = [int(day) for day in rule.get("BYMONTHDAY", [])]
    kind = _pattern_kind(str(rule["FREQ"][0]), days)
    position = positions[0] if positions else 1
    plain_days = [day.lstrip("+-0123456789") for day in days]
    if kind.startswith("relative") and not positions and days[0] != plain_days[0]:
        position = int(days[0].removesuffix(plain_days[0]))
    if kind not in _RULES or position not in _INDEX_NAMES or len(positions) > 1:
        return None
    return {
        "type": kind,
        "interval": int(rule.get("INTERVAL", [1])[0]),
        "month": int(rule.get("BYMONTH", [start.month])[0]) if kind.endswith("Yearly") else 0,
        "dayOfMonth": (month_days[-1] if month_days else start.day) if kind.startswith("absolute") else 0,
        "daysOfWeek": [_DAY_NAMES[day] for day in plain_days] or _own_day(kind, start),
        "firstDayOfWeek": _DAY_NAMES[str(rule.get("WKST", ["SU"])[0])],
        "index": _INDEX_NAMES[position],
    }


def _pattern_kind(frequency: str, days: list[str]) -> str:
    if frequency in {"MONTHLY", "YEARLY"}:
        return f"{'relative' if days else 'absolute'}{frequency.capitalize()}"
    return frequency.lower()


def _own_day(kind: str, start: datetime) -> list[str]:
    return [start.strftime("%A").lower()] if kind == "weekly" else []
