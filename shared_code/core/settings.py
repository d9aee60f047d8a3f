"""What holds for one person: their own choice, or their organisation's where they made none or it is locked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.calendar import ShowAs
from shared_code.core.held_mailboxes import written_mailbox
from shared_code.core.ids import CalendarId, MailboxKey
from shared_code.core.policy import CheckedByDefault, Policy, Rule
from shared_code.core.product_user import ProductUser
from shared_code.core.user_settings import CalendarWish

ALWAYS_BUSY = frozenset({ShowAs.BUSY, ShowAs.UNKNOWN})  # not knowing how a time is meant is busy
BY_CHOICE = (ShowAs.TENTATIVE, ShowAs.OUT_OF_OFFICE, ShowAs.WORKING_ELSEWHERE)


@dataclass(frozen=True)
class CalendarChoice:
    """Which of a mailbox's calendars are to be used; core/offered_calendars.py finds them among those there are."""

    by_default: CheckedByDefault = CheckedByDefault.DEFAULT
    checked: frozenset[CalendarId] | None = None  # None: nobody chose, or the choice is locked
    left_out: frozenset[CalendarId] = frozenset()  # those that were there to be checked, and were not
    written: CalendarId | None = None  # None: the default calendar
    chosen_at: datetime | None = None  # when they last chose, whether or not it counts now
    takes_meetings: bool = True  # not where new meetings go to another mailbox of theirs


@dataclass(frozen=True)
class EffectiveSettings:
    busy_statuses: frozenset[ShowAs] = ALWAYS_BUSY  # whatever blocks time
    cancellation_sync: bool = True
    calendars: CalendarChoice = CalendarChoice()  # of the admin-managed mailbox


def effective_settings(policy: Policy, user: ProductUser) -> EffectiveSettings:
    """A locked rule wins over everybody's choice, which is kept for the day when the lock is lifted."""
    wish, managed = user.settings, user.match.mailbox if user.match is not None else None
    return EffectiveSettings(
        busy_statuses=ALWAYS_BUSY.union(_ruled(policy.busy_statuses, wish.busy_statuses)),
        cancellation_sync=_ruled(policy.cancellation_sync, wish.cancellation_sync),
        calendars=_choice(policy, None) if managed is None else calendar_choice(policy, user, managed),
    )


def calendar_choice(policy: Policy, user: ProductUser, mailbox: MailboxKey) -> CalendarChoice:
    """How the calendars of this mailbox of theirs are to be used."""
    choice = _choice(policy, wish_of(user, mailbox))
    return choice if mailbox == written_mailbox(policy, user) else replace(choice, takes_meetings=False)


def wish_of(user: ProductUser, mailbox: MailboxKey) -> CalendarWish | None:
    """What they chose in this mailbox."""
    wishes = (user.settings.calendars, *user.settings.personal_calendars)
    return next((wish for wish in wishes if wish is not None and wish.mailbox == mailbox), None)


def in_order(statuses: Iterable[ShowAs]) -> tuple[ShowAs, ...]:
    """Those that are anybody's to choose, each once."""
    chosen = frozenset(statuses)
    return tuple(status for status in BY_CHOICE if status in chosen)


def _ruled[T](rule: Rule[T], wish: T | None) -> T:
    return rule.default if rule.locked or wish is None else wish


def _choice(policy: Policy, wish: CalendarWish | None) -> CalendarChoice:
    by_default = policy.checked_calendars.default
    if wish is None:
        return CalendarChoice(by_default)
    is_free = wish.checked is not None and not policy.checked_calendars.locked
    return CalendarChoice(
        by_default,
        checked=frozenset(wish.checked or ()) if is_free else None,
        left_out=frozenset(wish.left_out) if is_free else frozenset(),
        written=None if policy.write_calendar.locked else wish.written,
        chosen_at=wish.chosen_at,
    )
