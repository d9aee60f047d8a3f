"""The table of cases: when a booking whose event looks amiss is cancelled, and when it is not.

From top to bottom, the first that holds:

    what is known                                                        verdict
    --------------------------------------------------------------------------------------------
    the booking does not stand, or has ended                             nothing to look into
    its mailbox or the consent is lost                                   wait
    not every calendar of the mailbox has answered                       wait
    we wrote to the event less than a minute before we looked            wait, Graph may lag
    nobody knows yet what came of a write of ours                        wait
    its event is in one of the calendars                                 stands, or was moved
    another event there carries its mark                                 adopted (cut and pasted)
    cancellation sync is off for the host                                ignored
    otherwise: neither id nor mark is in any of the mailbox's calendars  gone

An event that is marked as cancelled, or declined by its own host, is in none. An id that Graph still answers is no
sign of life: Deleted Items keeps immutable ids. What attendees answer is not among the evidence at all. Of what is gone
too much at once is held for a person, and so is what went with its whole calendar; the rest is cancelled.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto

from shared_code.core.ids import CalendarId
from shared_code.core.intervals import Interval
from shared_code.core.sync_rules import LAG

GRACE = timedelta(minutes=2)  # between a clue and the look: who cuts an event out also pastes it
HELD_TOGETHER = 10  # more bookings than these, found gone by one sync of one mailbox
HOUR = timedelta(hours=1)
HELD_AN_HOUR = 20  # bookings of a connection
HELD_SHARE = 5  # percent of its coming bookings


class Verdict(Enum):
    NOTHING = auto()
    WAIT = auto()
    STANDS = auto()
    MOVED = auto()
    ADOPTED = auto()
    IGNORED = auto()
    GONE = auto()


@dataclass(frozen=True)
class FoundEvent:
    """An event as Graph gives it when asked for itself, wherever it lies."""

    event: str
    time: Interval
    ical_hash: str | None = None  # hexadecimal, as packed events have it
    is_cancelled: bool = False
    is_declined: bool = False  # by the calendar's own user

    @property
    def is_alive(self) -> bool:
        return not self.is_cancelled and not self.is_declined


@dataclass(frozen=True)
class Sighting(FoundEvent):
    """One that lies in one of the mailbox's calendars, found by its id or by the booking's mark."""

    calendar: CalendarId = field(kw_only=True)


@dataclass(frozen=True)
class Look:
    """What Graph said when it was asked for one booking, in every calendar that the mailbox's user owns."""

    began_at: datetime
    is_whole: bool  # each of them answered
    answers_by_id: bool
    sightings: tuple[Sighting, ...] = ()
    calendars: int = 0
    has_calendar: bool = True  # the one that the booking was in is among them


@dataclass(frozen=True)
class Case:
    """All that is decided upon. ``look`` is None where Graph could not be asked."""

    stands: bool  # as far as the product and we know
    event: str
    calendar: CalendarId
    time: Interval
    written_at: datetime | None  # when we last wrote to the event; None: what came of that is not known
    is_open: bool  # the mailbox, and the consent to read it
    is_synced: bool  # cancellation sync is on for the host
    look: Look | None


@dataclass(frozen=True)
class Finding:
    verdict: Verdict
    sighting: Sighting | None = None  # the event that the booking is from now on


def judge(case: Case, now: datetime) -> Finding:
    """What has become of the booking's event."""
    if not case.stands or case.time.end <= now:
        return Finding(Verdict.NOTHING)
    look = case.look
    if not case.is_open or look is None or not look.is_whole:
        return Finding(Verdict.WAIT)
    if case.written_at is None or look.began_at < case.written_at + LAG:
        return Finding(Verdict.WAIT)
    alive = [sighting for sighting in look.sightings if sighting.is_alive]
    if (own := next((each for each in alive if each.event == case.event), None)) is not None:
        is_same = (own.time, own.calendar) == (case.time, case.calendar)
        return Finding(Verdict.STANDS if is_same else Verdict.MOVED, own)
    if alive:
        return Finding(Verdict.ADOPTED, _likeliest(alive, case))
    return Finding(Verdict.GONE if case.is_synced else Verdict.IGNORED)


def needs_person(together: int, within_hour: int, coming: int) -> bool:
    """Whether cancelling waits for a person.

    ``together`` were found gone by one sync of one mailbox. ``within_hour`` were cancelled through the connection
    within the last hour or would be now, of ``coming`` bookings that it has, these included.
    """
    most = max(HELD_AN_HOUR, HELD_SHARE * coming / 100)
    return together > HELD_TOGETHER or within_hour > most


def _likeliest(copies: Iterable[Sighting], case: Case) -> Sighting:
    """Of several that carry the mark the one that is most like what was booked; always the same one."""
    return min(
        copies,
        key=lambda copy: (
            copy.calendar != case.calendar,
            abs(copy.time.start - case.time.start),
            copy.time,
            copy.event,
        ),
    )
