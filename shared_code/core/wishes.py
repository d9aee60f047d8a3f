"""One choice of calendars, over all mailboxes that somebody has: kept as a wish for each of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from shared_code.core.calendar import Calendar
from shared_code.core.held_mailboxes import held_mailboxes, written_mailbox
from shared_code.core.ids import CalendarId, MailboxKey
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import wish_of
from shared_code.core.user_settings import CalendarWish, UserSettings

MOST_WISHES = 10  # of one user, in accounts of their own: those that they come back to are among the last


class Stay(Enum):
    """What was not sent."""

    STAY = "stay"


STAY = Stay.STAY


@dataclass(frozen=True)
class SeenMailbox:
    """The calendars of one of somebody's mailboxes that may be chosen, as Microsoft lists them now."""

    mailbox: MailboxKey
    calendars: tuple[Calendar, ...]

    @property
    def ids(self) -> frozenset[CalendarId]:
        return frozenset(calendar.calendar for calendar in self.calendars)


@dataclass(frozen=True)
class Choice:
    """What somebody chose in all mailboxes that are theirs now; None where they chose nothing."""

    checked: frozenset[CalendarId] | None
    written: CalendarId | None
    is_for_all: bool  # there is no mailbox in which they chose nothing to be checked

    def checks_anew(self, checked: frozenset[CalendarId] | Stay | None) -> bool:
        return isinstance(checked, frozenset) and not (self.is_for_all and checked == self.checked)

    def writes_anew(self, written: CalendarId | Stay | None) -> bool:
        return isinstance(written, str) and written != self.written


def own_mailboxes(user: ProductUser) -> tuple[MailboxKey, ...]:
    """In which their choices count. Whoever has no mailbox at present has still what they chose in the last one."""
    last = user.match.mailbox if user.match is not None else None
    if last is None and user.settings.calendars is not None:
        last = user.settings.calendars.mailbox
    return held_mailboxes(user) or (() if last is None else (last,))


def choice_of(user: ProductUser) -> Choice:
    mailboxes = own_mailboxes(user)
    wishes = [wish_of(user, mailbox) for mailbox in mailboxes]
    checked = [wish.checked for wish in wishes if wish is not None and wish.checked is not None]
    where = written_mailbox(Policy(), user)
    written = wish_of(user, mailboxes[0] if where is None else where) if mailboxes else None
    return Choice(
        frozenset().union(*checked) if checked else None,
        None if written is None else written.written,
        is_for_all=len(checked) == len(wishes),
    )


def chosen(
    user: ProductUser,
    checked: frozenset[CalendarId] | Stay | None,
    written: CalendarId | Stay | None,
    seen: Sequence[SeenMailbox],
    now: datetime,
) -> UserSettings:
    """Their settings with what they chose in the mailboxes that were ``seen``; in others everything stays as it is.

    None takes choices back wherever they were made.
    """
    before, settings = choice_of(user), user.settings
    picked = {wish.mailbox: Picked(wish.checked, wish.left_out, wish.written) for wish in _wishes(settings)}
    if checked is None:
        picked = {mailbox: Picked(written=pick.written) for mailbox, pick in picked.items()}
    elif isinstance(checked, frozenset) and before.checks_anew(checked):
        picked |= {each.mailbox: _checked(picked.get(each.mailbox, Picked()), each, checked) for each in seen}
    if written is None:
        picked = {mailbox: replace(pick, written=None) for mailbox, pick in picked.items()}
        settings = replace(settings, written_mailbox=None)
    elif isinstance(written, str) and before.writes_anew(written):
        where = next(each.mailbox for each in seen if written in each.ids)
        picked[where] = replace(picked.get(where, Picked()), written=written)
        settings = replace(settings, written_mailbox=where if where.registration == "personal" else None)
    return _kept(settings, [_wish(user, mailbox, pick, now) for mailbox, pick in picked.items()])


@dataclass(frozen=True)
class Picked:
    """A wish without its instant."""

    checked: tuple[CalendarId, ...] | None = None
    left_out: tuple[CalendarId, ...] = ()
    written: CalendarId | None = None


def _checked(before: Picked, seen: SeenMailbox, checked: frozenset[CalendarId]) -> Picked:
    mine = tuple(sorted(seen.ids & checked))
    if mine == before.checked:
        return before
    return replace(before, checked=mine, left_out=tuple(sorted(seen.ids - checked)))


def _wish(user: ProductUser, mailbox: MailboxKey, picked: Picked, now: datetime) -> CalendarWish | None:
    """The one that there is, if it says the same. Links are told apart by the instant of a choice, so no two choices
    of a person have the same, whatever the clock does."""
    known = wish_of(user, mailbox)
    before = Picked() if known is None else Picked(known.checked, known.left_out, known.written)
    if picked == before:
        return known
    last = user.settings.calendars if known is None and mailbox.registration == "organizations" else known
    chosen_at = now if last is None else max(now, last.chosen_at + timedelta(microseconds=1))
    return CalendarWish(mailbox, chosen_at, picked.checked, picked.left_out, picked.written)


def _kept(settings: UserSettings, wishes: Sequence[CalendarWish | None]) -> UserSettings:
    """Of the mailboxes of an organisation only the last one's wish."""
    kept = [wish for wish in wishes if wish is not None]
    managed = [wish for wish in kept if wish.mailbox.registration == "organizations"]
    personal = tuple(wish for wish in kept if wish.mailbox.registration == "personal")
    return replace(settings, calendars=managed[-1] if managed else None, personal_calendars=personal[-MOST_WISHES:])


def _wishes(settings: UserSettings) -> tuple[CalendarWish, ...]:
    managed = () if settings.calendars is None else (settings.calendars,)
    return (*managed, *settings.personal_calendars)
