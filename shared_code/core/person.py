"""What an admin sees of one person: why they are connected or not, their calendars by count, what was decided."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.booking import Booking
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.decision import Decision
from shared_code.core.explain import Explanation
from shared_code.core.freshness import state_now
from shared_code.core.ids import BookingId
from shared_code.core.intervals import Interval
from shared_code.core.match_outcomes import PIN_ONLY
from shared_code.core.personal_account import PersonalReason, PersonalState
from shared_code.core.product_user import ProductUser
from shared_code.core.settings import EffectiveSettings
from shared_code.core.subscription import Subscription

MOST_DECISIONS = 20


@dataclass(frozen=True)
class CalendarCounts:
    """Of the calendars of one's own in the mailbox. Nothing is told of them but how many there are."""

    total: int
    checked: int
    by_state: Mapping[CalendarState, int]  # of the checked ones, their age taken into account
    read_at: datetime | None  # since when all that are checked are known; None while one of them is not


@dataclass(frozen=True)
class DecidedBooking:
    """What was decided about a booking whose event looked amiss."""

    booking: BookingId
    time: Interval
    decision: Decision


@dataclass(frozen=True)
class SeenAccount:
    """What an admin sees of an account that somebody connected themself."""

    address: str | None  # None: its domain is not the organisation's, so it is nobody's business there
    state: PersonalState
    reason: PersonalReason | None
    connected_at: datetime
    calendars: CalendarCounts | None


@dataclass(frozen=True)
class PersonOf:
    user: ProductUser
    explained: Explanation
    account: str | None  # the address of the connected account
    calendars: CalendarCounts | None  # None: no mailbox is linked
    decisions: tuple[DecidedBooking, ...]  # newest first
    settings: EffectiveSettings
    accounts: tuple[SeenAccount, ...] = ()  # that they connected themself


def account_of(user: ProductUser) -> str | None:
    """None for whoever has no mailbox of us, and so no account that is connected."""
    return None if user.match is None or user.state in PIN_ONLY else user.match.address


def counts_of(calendars: Sequence[LinkedCalendar], teller: Subscription | None, now: datetime) -> CalendarCounts:
    """``calendars`` as they are to be used; ``teller`` is what tells of their changes."""
    checked = [calendar for calendar in calendars if calendar.checked]
    reads = [calendar.read_at for calendar in checked]
    known = [at for at in reads if at is not None]
    return CalendarCounts(
        len(calendars),
        len(checked),
        Counter(state_now(calendar, teller, now, None) for calendar in checked),
        min(known) if known and len(known) == len(reads) else None,
    )


def decisions_of(bookings: Iterable[Booking]) -> tuple[DecidedBooking, ...]:
    found = [
        DecidedBooking(booking.booking, booking.time, booking.decision)
        for booking in bookings
        if booking.decision is not None
    ]
    return tuple(sorted(found, key=lambda one: one.decision.at, reverse=True)[:MOST_DECISIONS])
