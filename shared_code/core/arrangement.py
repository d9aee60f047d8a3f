"""From what a user chose to what is kept of their link's calendars."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shared_code.core.calendar import Calendar, LinkedCalendar
from shared_code.core.ids import CalendarId
from shared_code.core.mailbox import Link
from shared_code.core.offered_calendars import offer, unread, used
from shared_code.core.policy import CheckedByDefault
from shared_code.core.settings import CalendarChoice
from shared_code.core.sync_rules import CHOSEN, Cause, is_read


@dataclass(frozen=True)
class Arranged:
    """The link as its user wants it, and the calendars of which nothing is kept any longer."""

    link: Link
    let_go: tuple[CalendarId, ...] = ()


def arranges(cause: Cause) -> bool:
    """Whether a read for this cause looks first at what the users chose: that costs a row each."""
    return cause in CHOSEN or cause == "swept"


def needs_list(link: Link, choice: CalendarChoice, cause: Cause) -> bool:
    """Whether the mailbox is asked for its calendars: for one chosen that is not known, and where all of them are
    checked, for those that came since."""
    known = {calendar.calendar for calendar in link.calendars}
    chosen = {*(choice.checked or ()), *([] if choice.written is None else [choice.written])}
    checks_all = choice.checked is None and choice.by_default is CheckedByDefault.ALL
    return (choice.chosen_at != link.chosen_at and not chosen <= known) or (checks_all and cause != "first_read")


def arrange(link: Link, choice: CalendarChoice, listed: Sequence[Calendar] | None) -> Arranged:
    """``listed`` is None if nobody asked. A list without a default calendar says nothing of what is there.

    Of a calendar that is not used nothing is kept; one that is read for another reason is read anew.
    """
    offered = offer(link.key.mailbox, listed, choice, link.calendars) if listed is not None else ()
    calendars = offered or used(link.calendars, choice)
    settled = tuple(each if is_read(each) or each.read_at is None else unread(each) for each in calendars)
    changed = replace(link, calendars=settled, chosen_at=choice.chosen_at)
    return Arranged(changed, _let_go(link, changed))


def is_unread(calendar: LinkedCalendar) -> bool:
    """It is to be read, and was never read whole."""
    return is_read(calendar) and calendar.read_at is None


def is_outstanding(link: Link) -> bool:
    return any(map(is_unread, link.calendars))


def _let_go(before: Link, after: Link) -> tuple[CalendarId, ...]:
    kept = {calendar.calendar for calendar in after.calendars if calendar.read_at is not None}
    return tuple(
        calendar.calendar
        for calendar in before.calendars
        if calendar.read_at is not None and calendar.calendar not in kept
    )
