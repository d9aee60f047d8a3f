"""From what is stored of a user's calendars to an answer that never takes ignorance for free time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared_code.core.all_day import first_instant, last_instant
from shared_code.core.booked_time import NOTHING_BOOKED, BookedTime
from shared_code.core.calendar import CalendarState, LinkedCalendar, ShowAs
from shared_code.core.freshness import state_now
from shared_code.core.ids import BookingId, CalendarId, ConnectionId, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval, clip, merge
from shared_code.core.packing import FLOATING, count, counting_flags, fields, floating_date, floating_offset
from shared_code.core.settings import ALWAYS_BUSY
from shared_code.core.subscription import Subscription
from shared_code.core.windows import answerable


class Incomplete(StrEnum):
    """Why an answer is not the whole truth, or, for the first, why it is although nothing was looked at."""

    NOTHING_CHECKED = "nothing_checked"
    UNKNOWN_USER = "unknown_user"
    NOT_CONNECTED = "not_connected"
    CONNECTION_ATTENTION = "connection_attention"
    CONNECTION_VERIFYING = "connection_verifying"
    CONNECTION_REVIEW = "connection_review"
    NEEDS_RECONNECT = "needs_reconnect"
    OUTSIDE_HORIZON = "outside_horizon"
    NOT_FRESH = "not_fresh"
    NOT_READ_YET = "not_read_yet"
    CALENDAR_DENIED = "calendar_denied"
    CALENDAR_THROTTLED = "calendar_throttled"
    CALENDAR_GONE = "calendar_gone"
    CALENDAR_TOO_LARGE = "calendar_too_large"


_REASONS = {  # the worst first: what only a person can mend before what mends itself
    CalendarState.DENIED: Incomplete.CALENDAR_DENIED,
    CalendarState.GONE: Incomplete.CALENDAR_GONE,
    CalendarState.TOO_LARGE: Incomplete.CALENDAR_TOO_LARGE,
    CalendarState.PENDING: Incomplete.NOT_READ_YET,
    CalendarState.THROTTLED: Incomplete.CALENDAR_THROTTLED,
    CalendarState.STALE: Incomplete.NOT_FRESH,
}


@dataclass(frozen=True)
class AvailabilityRequest:
    organization: OrganizationId
    users: tuple[ProductUserId, ...]
    start: datetime  # aware, UTC
    end: datetime  # aware, UTC; not included
    max_age: timedelta | None = None  # of what a complete answer may rest on
    live: bool = False  # read Microsoft Graph now
    without: BookingId | None = None  # as if it were not there


@dataclass(frozen=True)
class CalendarAnswer:
    calendar: CalendarId
    state: CalendarState
    read_at: datetime | None
    connection: ConnectionId  # through which it is read


@dataclass(frozen=True)
class UserAnswer:
    user: ProductUserId
    complete: bool
    reason: Incomplete | None
    busy: tuple[Interval, ...] = ()  # merged, in order, inside the window asked for
    calendars: tuple[CalendarAnswer, ...] = ()  # the checked ones
    detail: str | None = None  # the user's or the connection's state behind the reason


@dataclass(frozen=True)
class Question:
    """One answerable question: the time asked for, and the time that can be answered for at all."""

    window: Interval
    horizon: Interval
    now: datetime
    max_age: timedelta | None = None
    without: BookingId | None = None  # a booking of their own that counts for nothing


@dataclass(frozen=True)
class KnownCalendars:
    """What is known of one link: its calendars, their packed events, the zone of the user's floating days, the
    subscription that tells of changes, if any does, which statuses block time, and what bookings say of it."""

    connection: ConnectionId
    calendars: Sequence[LinkedCalendar]
    packed: Mapping[CalendarId, bytes]
    zone: ZoneInfo | None
    teller: Subscription | None = None
    statuses: frozenset[ShowAs] = ALWAYS_BUSY
    booked: BookedTime = NOTHING_BOOKED


def answer(user: ProductUserId, known: KnownCalendars, question: Question) -> UserAnswer:
    """The answer from one of a user's connections."""
    checked = [calendar for calendar in known.calendars if calendar.checked]
    if not checked:
        deliberately = bool(known.calendars)
        why = Incomplete.NOTHING_CHECKED if deliberately else Incomplete.NOT_READ_YET
        return UserAnswer(user, complete=deliberately, reason=why, busy=busy_times((), known, question.window))
    states = tuple(
        CalendarAnswer(calendar.calendar, _state(calendar, known, question), calendar.read_at, known.connection)
        for calendar in checked
    )
    reason = _reason({state.state for state in states}, checked, question)
    packed = (known.packed.get(calendar.calendar, b"") for calendar in checked)
    busy = busy_times(packed, known, question.window)
    return UserAnswer(user, complete=reason is None, reason=reason, busy=busy, calendars=states)


def _state(calendar: LinkedCalendar, known: KnownCalendars, question: Question) -> CalendarState:
    """A query of several pages may meet a commit between two of them; then the calendar's events are not all there."""
    state = state_now(calendar, known.teller, question.now, question.max_age)
    is_whole = count(known.packed.get(calendar.calendar, b"")) == calendar.events
    return state if is_whole or state is not CalendarState.OK else CalendarState.STALE


def busy_times(packed: Iterable[bytes], known: KnownCalendars, window: Interval) -> tuple[Interval, ...]:
    """The time inside the window that events in any of these calendars, or bookings, block."""
    counting = counting_flags(known.statuses)
    spans = [span for events in packed for span in _spans(events, known, window, counting)]
    return clip(merge([*spans, *known.booked.busy]), window)


def _reason(states: set[CalendarState], checked: Sequence[LinkedCalendar], question: Question) -> Incomplete | None:
    for state, reason in _REASONS.items():
        if state in states:
            return reason
    covered = all(
        calendar.window is not None and answerable(calendar.window).contains(question.window) for calendar in checked
    )
    return None if covered and question.horizon.contains(question.window) else Incomplete.OUTSIDE_HORIZON


def _spans(packed: bytes, known: KnownCalendars, window: Interval, counting: frozenset[int]) -> Iterator[Interval]:
    """The blocking events that touch the window; seconds are compared before any instant is made of them."""
    start, end = int(window.start.timestamp()), window.end.timestamp()
    for event_hash, first, last, flags, _ in fields(packed):
        if flags not in counting or event_hash in known.booked.ignored:
            continue
        if flags & FLOATING:
            yield _days(first, last, known.zone)
        elif first < end and start < last and first < last:
            yield Interval(datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC))


def _days(first: int, last: int, zone: ZoneInfo | None) -> Interval:
    return Interval(
        first_instant(floating_date(first), zone, floating_offset(first)),
        last_instant(floating_date(last), zone, floating_offset(last)),
    )
