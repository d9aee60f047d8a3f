"""What somebody filled in is held against what they saw and against what holds now, so that nothing is overwritten
that they have not seen, and nothing becomes a choice that they did not touch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any

from shared_code.core.calendar import ShowAs
from shared_code.core.choosing import SETTINGS, SentSettings, Setting
from shared_code.core.my_calendar import MyCalendar


class FormFault(StrEnum):
    """Why a setting that somebody filled in is not taken."""

    CHANGED_MEANWHILE = "changed_meanwhile"
    LOCKED_MEANWHILE = "locked_meanwhile"
    CALENDAR_GONE = "calendar_gone"
    NOT_EDITABLE = "not_editable"
    NOTHING_CHECKED = "nothing_checked"  # allowed, but only to whoever says that they mean it
    NOT_SEEN = "not_seen"  # Microsoft does not answer, so no calendar can be chosen


Values = Mapping[Setting, Any]
_MARK = 12  # characters of a mark that stands for a long id; of sixty calendars no two have the same


@dataclass(frozen=True)
class FilledIn:
    """A form as it came. ``seen``: of each setting that could be chosen there, the mark of what was shown.

    Calendars go by their ``short`` names."""

    seen: Mapping[Setting, str] = field(default_factory=dict)
    checked_calendars: frozenset[str] = frozenset()
    write_calendar: str | None = None
    busy_statuses: tuple[ShowAs, ...] = ()
    cancellation_sync: bool = False
    means_nothing_checked: bool = False

    def touched(self) -> tuple[Setting, ...]:
        return tuple(each for each in SETTINGS if each in self.seen and mark_of(getattr(self, each)) != self.seen[each])


@dataclass(frozen=True)
class Outcome:
    """With a fault nothing is taken."""

    sent: SentSettings
    faults: Mapping[Setting, FormFault]


def values_of(mine: MyCalendar) -> Values:
    """As a form shows them; None for calendars that could not be listed."""
    is_listed = not isinstance(mine.calendars, str)
    written = next((short(each.named.calendar.calendar) for each in mine.listed if each.written), None)
    return {
        "checked_calendars": _checked(mine) if is_listed else None,
        "write_calendar": written,
        "busy_statuses": mine.settings.busy_statuses,
        "cancellation_sync": mine.settings.cancellation_sync,
    }


def short(calendar: str) -> str:
    """What a form calls a calendar: Microsoft's ids have some 150 characters, and a page is light."""
    return calendar if len(calendar) <= _MARK else sha256(calendar.encode()).hexdigest()[:_MARK]


def mark_of(value: object) -> str:
    """The same for the same value, and short."""
    plain = sorted(value) if isinstance(value, frozenset) else value
    return sha256(repr(plain).encode()).hexdigest()[:16]


def decide(filled: FilledIn, mine: MyCalendar) -> Outcome:
    now = values_of(mine)
    touched = {setting: getattr(filled, setting) for setting in filled.touched()}
    faults = {setting: fault for setting in touched if (fault := _fault(setting, filled, now, mine)) is not None}
    return Outcome(SentSettings() if faults else SentSettings(**_by_ids(touched, mine)), faults)


def _by_ids(touched: Values, mine: MyCalendar) -> dict[str, Any]:
    ids = {short(each.named.calendar.calendar): each.named.calendar.calendar for each in mine.listed}
    by_ids: dict[str, Any] = {str(setting): value for setting, value in touched.items()}
    if "checked_calendars" in touched:
        by_ids["checked_calendars"] = frozenset(ids[each] for each in touched["checked_calendars"])
    if "write_calendar" in touched:
        by_ids["write_calendar"] = ids[touched["write_calendar"]]
    return by_ids


def _fault(setting: Setting, filled: FilledIn, now: Values, mine: MyCalendar) -> FormFault | None:
    value = getattr(filled, setting)
    if setting in mine.settings.locked:
        return FormFault.LOCKED_MEANWHILE
    if setting in {"checked_calendars", "write_calendar"}:
        if isinstance(mine.calendars, str):
            return FormFault.NOT_SEEN
        fault = _calendar_fault(setting, filled, mine)
        if fault is not None:
            return fault
    has_moved = now[setting] != value and mark_of(now[setting]) != filled.seen[setting]
    return FormFault.CHANGED_MEANWHILE if has_moved else None


def _calendar_fault(setting: Setting, filled: FilledIn, mine: MyCalendar) -> FormFault | None:
    there = {short(each.named.calendar.calendar): each.named.calendar for each in mine.listed}
    if setting == "write_calendar":
        written = there.get(filled.write_calendar or "")
        if written is None:
            return FormFault.CALENDAR_GONE
        return None if written.can_edit else FormFault.NOT_EDITABLE
    if filled.checked_calendars - there.keys():
        return FormFault.CALENDAR_GONE
    if not filled.checked_calendars and not filled.means_nothing_checked:
        return FormFault.NOTHING_CHECKED
    return None


def _checked(mine: MyCalendar) -> frozenset[str]:
    return frozenset(short(each.named.calendar.calendar) for each in mine.listed if each.checked)
