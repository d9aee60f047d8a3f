"""Reading one link's calendars, one request after another, and what becomes of each when Graph says no.

A failed read never takes anything away: what was stored stays, and the calendar's state says that it is not the whole
truth any more.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared_code.core.calendar import CalendarState, Event, LinkedCalendar
from shared_code.core.ids import CalendarId, LinkKey
from shared_code.core.intervals import Interval
from shared_code.core.limits import MAX_COMMIT_BYTES, MAX_COMMIT_CALENDARS
from shared_code.core.packing import pack
from shared_code.core.product_user import UserState
from shared_code.core.sync_rules import DEFAULT_DELAY, after_failure, after_read
from shared_code.errors import Disconnected, Gone, NoMailbox, Refused, Throttled, TooLarge, TryLater, Unexpected
from shared_code.logs import say, warn
from shared_code.ports import Calendars


@dataclass
class Reading:
    """What came of reading a link's calendars; filled as the requests are answered."""

    calendars: list[LinkedCalendar] = field(default_factory=list)
    packed: dict[CalendarId, bytes] = field(default_factory=dict)  # only of calendars read whole
    retry_after: timedelta | None = None  # a passing fault: come again then
    is_missed: bool = False  # an answer made no sense: the calendar is not known to be as it was
    throttled: bool = False  # it counts the requests that do not wait
    whole_tenant: bool = False  # and the tenant's other mailboxes should wait as well
    closed: UserState | None = None  # Graph keeps this mailbox from us
    disconnected: Disconnected | None = None  # the tenant does

    @property
    def is_whole(self) -> bool:
        """Every calendar was asked for, and Graph said how it is, or that we may not know."""
        return self.retry_after is None and not self.is_missed and self.disconnected is None

    @property
    def stops(self) -> bool:
        """No further request to this mailbox would do better, and some would make it worse."""
        return self.retry_after is not None or self.closed is not None or self.disconnected is not None


@dataclass(frozen=True)
class CalendarReader:
    calendars: Calendars
    link: LinkKey
    window: Interval
    now: datetime
    before_each: Callable[[], Awaitable[None]] | None = None  # request

    async def read(self, linked: Sequence[LinkedCalendar], wanted: Callable[[LinkedCalendar], bool]) -> Reading:
        """Read those that are wanted; the others keep the state they have, except behind a closed door."""
        reading = Reading()
        for calendar in linked:
            if not wanted(calendar):
                reading.calendars.append(calendar)
            elif reading.stops:
                denied = reading.closed is not None or reading.disconnected is not None
                reading.calendars.append(after_failure(calendar, CalendarState.DENIED) if denied else calendar)
            else:
                reading.calendars.append(await self._read_one(calendar, reading))
        return reading

    async def _read_one(self, calendar: LinkedCalendar, reading: Reading) -> LinkedCalendar:
        if self.before_each is not None:
            await self.before_each()
        try:
            events = await self.calendars.read_window(self.link, calendar.calendar, self.window)
        except Unexpected as error:
            # Whatever it was, it says nothing about this calendar: what is stored stays, and grows old.
            warn("calendar_answer_unexpected", mailbox=self.link.mailbox, error=type(error).__name__)
            reading.is_missed = True
            return calendar
        except (TryLater, Gone, TooLarge, Refused, NoMailbox, Disconnected) as error:
            state = note_failure(reading, error, calendar)
            say("calendar_not_read", mailbox=self.link.mailbox, error=type(error).__name__)
            return calendar if state is None else after_failure(calendar, state)
        read, reading.packed[calendar.calendar] = take_in(calendar, events, self.window, self.now)
        return read


def take_in(
    calendar: LinkedCalendar, events: Iterable[Event], window: Interval, now: datetime
) -> tuple[LinkedCalendar, bytes]:
    """The calendar with all the events of its window."""
    packed = pack(events)
    return after_read(calendar, packed, window, now), packed


def throttled_as(met: Reading, linked: Sequence[LinkedCalendar], wanted: Callable[[LinkedCalendar], bool]) -> Reading:
    """The reading of another link, without a request: the limit is the mailbox's or its tenant's, whoever met it."""
    calendars = [after_failure(each, CalendarState.THROTTLED) if wanted(each) else each for each in linked]
    return replace(met, calendars=calendars, packed={})


def note_failure(
    reading: Reading,
    error: TryLater | Gone | TooLarge | Refused | NoMailbox | Disconnected,
    calendar: LinkedCalendar,
) -> CalendarState | None:
    """The calendar's new state, None to keep the old one; ``reading`` learns what follows for the mailbox."""
    match error:
        case Throttled():
            reading.retry_after = error.retry_after or DEFAULT_DELAY
            reading.throttled = True
            reading.whole_tenant = error.whole_tenant
            return CalendarState.THROTTLED
        case TryLater():
            reading.retry_after = error.retry_after or DEFAULT_DELAY
            return None
        case Gone():
            return CalendarState.GONE
        case TooLarge():
            return CalendarState.TOO_LARGE
        case Disconnected():
            reading.disconnected = error
        case NoMailbox() | Refused() if not calendar.notifies:
            pass  # somebody else's door, and not this mailbox's
        case NoMailbox():
            reading.closed = UserState.NO_MAILBOX
        case Refused():
            reading.closed = UserState.EXCLUDED_BY_POLICY
    return CalendarState.DENIED


def changed_events(stored: Mapping[CalendarId, bytes], reading: Reading) -> dict[CalendarId, bytes]:
    """Only the calendars whose events differ from what is stored; the others cost no row."""
    return {calendar: packed for calendar, packed in reading.packed.items() if stored.get(calendar, b"") != packed}


def fits(taken: Mapping[CalendarId, bytes], packed: bytes) -> bool:
    """Whether one transaction takes another calendar's events beside those of the same link."""
    size = sum(map(len, taken.values())) + len(packed)
    return not taken or (len(taken) < MAX_COMMIT_CALENDARS and size <= MAX_COMMIT_BYTES)


def keep_what_fits(reading: Reading, before: Sequence[LinkedCalendar], stored: Mapping[CalendarId, bytes]) -> None:
    """Whatever is too much for one transaction is as if nobody had asked for it.

    The next read goes on there, since what is stored by then costs no row."""
    taken: dict[CalendarId, bytes] = {}
    left: set[CalendarId] = set()
    for calendar, packed in changed_events(stored, reading).items():
        if fits(taken, packed):
            taken[calendar] = packed
        else:
            left.add(calendar)
            del reading.packed[calendar]
    if left:
        known = {each.calendar: each for each in before}
        reading.calendars = [known[each.calendar] if each.calendar in left else each for each in reading.calendars]
        reading.is_missed = True
