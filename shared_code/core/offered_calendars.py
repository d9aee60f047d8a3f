"""Which of a mailbox's calendars an organisation's link offers, and how they are used out of the box."""

from collections.abc import Sequence

from shared_code.core.calendar import Calendar, LinkedCalendar


def default_of(calendars: Sequence[Calendar]) -> Calendar | None:
    return next((calendar for calendar in calendars if calendar.is_default), None)


def offer(calendars: Sequence[Calendar]) -> tuple[LinkedCalendar, ...]:
    """The calendars that the mailbox's own user owns; the default one is checked and written to.

    Calendars that others share with the user, or that come from the internet, are nobody's business here: the
    organisation's consent covers its people's own time.
    """
    default = default_of(calendars)
    if default is None:
        return ()
    return tuple(_link(calendar) for calendar in calendars if _has_same_owner(calendar, default))


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
