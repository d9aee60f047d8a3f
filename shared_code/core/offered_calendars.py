"""Which of a mailbox's calendars an organisation's link offers, and how they are used: out of the box, or as chosen."""

from collections.abc import Sequence
from dataclasses import replace

from shared_code.core.calendar import Calendar, CalendarState, LinkedCalendar
from shared_code.core.ids import CalendarId, MailboxKey
from shared_code.core.mailbox import Link
from shared_code.core.policy import CheckedByDefault
from shared_code.core.settings import CalendarChoice

OUT_OF_THE_BOX = CalendarChoice()


def default_of(calendars: Sequence[Calendar]) -> Calendar | None:
    return next((calendar for calendar in calendars if calendar.is_default), None)


def owned(calendars: Sequence[Calendar]) -> tuple[Calendar, ...]:
    """The calendars that the mailbox's own user owns; none if there is no default one to tell whose it is.

    Calendars that others share with the user, or that come from the internet, are nobody's business here: the
    organisation's consent covers its people's own time.
    """
    default = default_of(calendars)
    if default is None:
        return ()
    return tuple(calendar for calendar in calendars if _has_same_owner(calendar, default))


def offered(mailbox: MailboxKey, calendars: Sequence[Calendar]) -> tuple[Calendar, ...]:
    """Those that may be chosen. Whoever connects an account themself may choose whatever is in it, others' and the
    internet's calendars too: to be checked, and never for meetings, which would be in somebody else's name."""
    own = owned(calendars)
    if not mailbox.is_personal or not own:
        return own
    return tuple(calendar if calendar in own else replace(calendar, can_edit=False) for calendar in calendars)


def offer(
    mailbox: MailboxKey,
    calendars: Sequence[Calendar],
    choice: CalendarChoice = OUT_OF_THE_BOX,
    known: Sequence[LinkedCalendar] = (),
) -> tuple[LinkedCalendar, ...]:
    """The calendars that the mailbox offers, used as ``choice`` says; what is ``known`` of one that is read stays
    known."""
    return used(_linked(mailbox, offered(mailbox, calendars), known), choice)


def used(calendars: Sequence[LinkedCalendar], choice: CalendarChoice) -> tuple[LinkedCalendar, ...]:
    """The same calendars, checked and written to as ``choice`` says."""
    checked, written = _checked(calendars, choice), _written(calendars, choice)
    return tuple(
        replace(each, checked=each.calendar in checked, written=each.calendar == written) for each in calendars
    )


def used_of(mailbox: MailboxKey, calendars: Sequence[Calendar], choice: CalendarChoice) -> tuple[LinkedCalendar, ...]:
    """Calendars that may be chosen, as they are listed at this moment."""
    return used(_linked(mailbox, calendars, ()), choice)


def used_now(link: Link, choice: CalendarChoice) -> tuple[LinkedCalendar, ...]:
    """The link's calendars as they are to be used, whether or not that was carried out.

    One that was chosen and is not among them has not been looked for yet, so it is ``pending``; one that was looked
    for in vain is gone.
    """
    if link.chosen_at == choice.chosen_at:
        return used(link.calendars, choice)
    awaited = (choice.checked or frozenset()) - {calendar.calendar for calendar in link.calendars}
    return used([*link.calendars, *map(_unknown, sorted(awaited))], choice)


def written_now(link: Link, choice: CalendarChoice) -> CalendarId | None:
    """The calendar that is written to; None if the mailbox has none that may be."""
    there = {calendar.calendar for calendar in link.calendars}
    is_newer = choice.takes_meetings and link.chosen_at != choice.chosen_at
    if choice.written is not None and choice.written not in there and is_newer:
        return choice.written  # chosen from a list that is newer than the link's
    return _written(link.calendars, choice)


def unread(calendar: LinkedCalendar) -> LinkedCalendar:
    """The calendar as if it had never been read."""
    return replace(calendar, state=CalendarState.PENDING, read_at=None, window=None, events=0)


def _checked(calendars: Sequence[LinkedCalendar], choice: CalendarChoice) -> set[CalendarId]:
    """A default calendar that came after the choice is checked as well. None only if none was chosen: nobody is free
    for want of a calendar to look at. All are those that are somebody's own: of others' each is chosen by itself."""
    default = {each.calendar for each in calendars if each.is_default}
    if choice.checked is None:
        own = {each.calendar for each in calendars if each.notifies}
        return own if choice.by_default is CheckedByDefault.ALL else default
    if not choice.checked:
        return set()
    there = {each.calendar for each in calendars if each.calendar in choice.checked}
    return there | (default - choice.left_out) or default


def _written(calendars: Sequence[LinkedCalendar], choice: CalendarChoice) -> CalendarId | None:
    editable = [each for each in calendars if each.can_edit and choice.takes_meetings]
    chosen = (each.calendar for each in editable if each.calendar == choice.written)
    default = (each.calendar for each in editable if each.is_default)
    return next(chosen, None) or next(default, None)


def _has_same_owner(calendar: Calendar, default: Calendar) -> bool:
    if calendar.is_default:
        return True
    if calendar.owner_address is None or default.owner_address is None:
        return False
    return calendar.owner_address.casefold() == default.owner_address.casefold()


def _linked(
    mailbox: MailboxKey, calendars: Sequence[Calendar], known: Sequence[LinkedCalendar]
) -> list[LinkedCalendar]:
    """One that comes from the internet is said to be the user's own, and cannot be edited: nobody tells of it."""
    before = {calendar.calendar: calendar for calendar in known}
    own = [each for each in owned(calendars) if each.can_edit or each.is_default or not mailbox.is_personal]
    return [
        replace(
            before.get(each.calendar) or _unknown(each.calendar),
            is_default=each.is_default,
            can_edit=each.can_edit,
            notifies=each in own,
        )
        for each in calendars
    ]


def _unknown(calendar: CalendarId) -> LinkedCalendar:
    return LinkedCalendar(calendar, is_default=False, can_edit=False, checked=False, written=False)
