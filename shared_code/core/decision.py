"""What is kept on a booking of its cancellation sync: what looked amiss, and what was made of it, with the evidence."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Clue(StrEnum):
    """Why a booking is looked into."""

    VANISHED = "vanished"  # the calendar was read whole, and the event was not in it
    CANCELLED = "cancelled"  # it is there, marked as cancelled
    DECLINED = "declined"  # by the calendar's own user
    MOVED = "moved"  # it is there at another time, or in another calendar
    UNREAD = "unread"  # no read of a window has contained its time for a day


class Outcome(StrEnum):
    STANDS = "stands"
    MOVED = "moved"  # the host gave it another time, or another calendar
    ADOPTED = "adopted"  # cut and pasted: another event carries the booking's mark
    CANCELLED = "cancelled"
    IGNORED = "ignored"  # gone, but cancellation sync is off for the host
    HELD = "held"  # gone with too many others: a person decides
    KEPT = "kept"  # a person decided that the booking stays
    CLEANED_UP = "cleaned_up"  # its creation was never finished


@dataclass(frozen=True)
class Suspicion:
    """It stays for as long as reads say the same, so that what was answered once is not asked at each of them."""

    clue: Clue
    found_at: datetime  # the start of the read
    looked_at: datetime | None = None  # None: nobody has yet
    is_closed: bool = False  # the event is gone, which was answered for good: not asked again until a read finds it


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    at: datetime
    clue: Clue
    found_at: datetime
    answers_by_id: bool = False  # Graph still gave it by its id; Deleted Items does so for an id that is in no calendar
    calendars: int = 0  # searched, each of them whole
    together: int = 1  # bookings that were found gone by the same look
    hold: str | None = None
    by: str | None = None  # the person who decided
