"""A meeting that the product has booked: when, in whose calendar, and how far that has come. Never what it is about.

reserved → creating → booked → ending → ended; only ``reserved`` runs out by itself. Ended, the same booking may begin
again, as the next generation.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared_code.core.decision import Decision, Suspicion
from shared_code.core.ids import (
    BookingId,
    CalendarId,
    ConnectionId,
    LinkKey,
    MailboxKey,
    OrganizationId,
    ProductUserId,
)
from shared_code.core.intervals import Interval

RESERVED_FOR = timedelta(minutes=2)  # the time that one attempt has, and for which it keeps others away
GIVEN_UP_AFTER = timedelta(minutes=15)  # without another attempt
FOUND_OUT_BY = timedelta(minutes=20)  # what came of an attempt, by whoever looks after that
KEPT_FOR = timedelta(days=30)  # after the meeting's end


class BookingState(StrEnum):
    RESERVED = "reserved"  # the time is ours; Microsoft was not asked for anything yet
    CREATING = "creating"  # there may be an event, or not
    BOOKED = "booked"
    ENDING = "ending"  # its cancellation was ordered, and may have come about
    ENDED = "ended"


class EndedBy(StrEnum):
    PRODUCT = "product"
    HOST = "host"
    COHOST = "cohost"  # declined, and the policy says that this ends it
    ABANDONED = "abandoned"  # nobody came back to an attempt whose outcome was unknown


@dataclass(frozen=True)
class Booking:
    """One row below the host's link, which it outlives. Of a person's words there are only two keyed hashes."""

    organization: OrganizationId
    booking: BookingId
    host: ProductUserId
    generation: int  # larger than that of any booking of this name before
    state: BookingState
    time: Interval
    calendar: CalendarId  # where the event is
    mark: str  # on the event: only what bears it is ours
    content: str  # by which the same request is known again
    body: str  # by which the same text is known again
    created_at: datetime
    tried_at: datetime  # the last attempt to write
    cohosts: tuple[ProductUserId, ...] = ()  # in order
    attempt: str | None = None  # the one under way, or the last
    until: datetime | None = None  # an attempt is under way, at the longest until then
    event: str | None = None  # immutable id
    is_online: bool = False  # with a Teams link; once on, Microsoft lets nobody switch it off
    join_url: str | None = None
    web_link: str | None = None
    ical_hash: str | None = None  # hexadecimal, as packed events have it
    changing: Interval | None = None  # the event may have been moved there by ourselves
    written_at: datetime | None = None  # Microsoft's last answer to a write of ours
    ended_at: datetime | None = None
    ended_by: EndedBy | None = None
    suspicion: Suspicion | None = None  # its event looks amiss
    decision: Decision | None = None  # the last one, with its evidence

    @property
    def is_live(self) -> bool:
        """There is an event, or may be one."""
        return self.state in _LIVE

    @property
    def last_written_at(self) -> datetime:
        """When we wrote to the event for the last time, or tried to."""
        return max(self.tried_at, self.written_at or self.tried_at)

    def is_of(self, key: LinkKey) -> bool:
        """Whether this is a booking on the link."""
        return (self.organization, self.host) == (key.organization, key.user)

    def is_coming(self, now: datetime) -> bool:
        return self.is_live and now < self.time.end

    def is_under_way(self, now: datetime) -> bool:
        return self.until is not None and now < self.until

    def taken(self, now: datetime) -> tuple[Interval, ...]:
        """The time that nobody else may have."""
        if self.state is BookingState.ENDED or (self.state is BookingState.RESERVED and not self.is_under_way(now)):
            return ()
        return (self.time,) if self.changing is None else (self.time, self.changing)


_LIVE = frozenset({BookingState.CREATING, BookingState.BOOKED, BookingState.ENDING})


@dataclass(frozen=True)
class Held:
    """A co-host's time, one row below their link: reserved first, then the watch over their copy of the event."""

    organization: OrganizationId
    user: ProductUserId  # the co-host
    booking: BookingId
    host: ProductUserId
    generation: int
    time: Interval
    attempt: str | None = None
    until: datetime | None = None  # what is not booked yet is reserved until then
    changing: Interval | None = None  # where it is about to be moved, reserved as well
    ical_hash: str | None = None  # of their copy, whose id is another one
    written_at: datetime | None = None  # None until it is booked
    ended_at: datetime | None = None
    is_seen: bool = False  # a read has found their copy, so that it can vanish
    suspicion: Suspicion | None = None  # their copy looks amiss

    def taken(self, now: datetime) -> tuple[Interval, ...]:
        if self.ended_at is not None or (self.has_left and not self.is_reserved(now)):
            return ()
        booked = (self.time,) if self.written_at is not None or self.is_reserved(now) else ()
        return (*booked, self.changing) if self.changing is not None and self.is_reserved(now) else booked

    def is_of(self, key: LinkKey) -> bool:
        """Whether the link is the co-host's."""
        return (self.organization, self.user) == (key.organization, key.user)

    @property
    def has_left(self) -> bool:
        """Their copy is gone, or declined, and that was looked into."""
        return self.suspicion is not None and self.suspicion.is_closed

    def is_reserved(self, now: datetime) -> bool:
        return self.until is not None and now < self.until


@dataclass(frozen=True)
class BookingEntry:
    """One row of the organisation, by which a booking is found: whose it is, and nothing of Microsoft's."""

    organization: OrganizationId
    booking: BookingId
    host: ProductUserId
    generation: int
    claimed_at: datetime
    connection: ConnectionId | None = None  # through which it was booked, and when it ends: to count what is coming
    ends_at: datetime | None = None
    mailbox: MailboxKey | None = None  # where it was booked; None of what was booked before this was noted
