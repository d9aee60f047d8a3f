"""Which of a mailbox's calendars an organisation's link offers, and how they are used: out of the box, or as before."""

from collections.abc import Sequence
from dataclasses import replace

from shared_code.core.calendar import Calendar, LinkedCalendar
from shared_code.core.ids import CalendarId


def default_of(calendars: Sequence[Calendar]) -> Calendar | None:
    return next((calendar for calendar in calendars if calendar.is_default), None)


def offer(calendars: Sequence[Calendar], before: Sequence[LinkedCalendar] = ()) -> tuple[LinkedCalendar, ...]:
    """The calendars that the mailbox's own user owns, used as they were ``before``; out of the box the default one is
    checked and written to.

    Calendars that others share with the user, or that come from the internet, are nobody's business here: the
    organisation's consent covers its people's own time.
    """
    default = default_of(calendars)
    if default is None:
        return ()
    offered = [_link(calendar) for calendar in calendars if _has_same_owner(calendar, default)]
    if not before:
        return tuple(offered)
    checked, written = _checked(offered, before), _written(offered, before)
    return tuple(replace(each, checked=each.calendar in checked, written=each.calendar in written) for each in offered)


def _checked(offered: Sequence[LinkedCalendar], before: Sequence[LinkedCalendar]) -> set[CalendarId]:
    """A default calendar that is another one is checked as well. None only if none was: nobody is free for want of a
    calendar to look at."""
    was = {calendar.calendar for calendar in before if calendar.checked}
    if not was:
        return set()
    known, there = {calendar.calendar for calendar in before}, {calendar.calendar for calendar in offered}
    new_default = {each.calendar for each in offered if each.checked and each.calendar not in known}
    return was & there | new_default or {each.calendar for each in offered if each.checked}


def _written(offered: Sequence[LinkedCalendar], before: Sequence[LinkedCalendar]) -> set[CalendarId]:
    was = {calendar.calendar for calendar in before if calendar.written}
    still = {each.calendar for each in offered if each.calendar in was and each.can_edit}
    return still or {each.calendar for each in offered if each.written}


def _has_same_owner(calendar: Calendar, default: Calendar) -> bool:
    if calendar.is_default:
        return True
    if calendar.owner_address is None or default.owner_address is None:
        return False
    return calendar.owner_address.casefold() == default.owner_address.casefold()


def _link(calendar: Calendar) -> LinkedCalendar:
    return LinkedCalendar(
        calendar.calendar,
        is_default=calendar.is_default,
        can_edit=calendar.can_edit,
        checked=calendar.is_default,
        written=calendar.is_default and calendar.can_edit,
    )
