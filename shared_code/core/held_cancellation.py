"""Cancellations that wait for a person, because too much is gone at once; and what is counted for that."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared_code.core.cancellation import HOUR
from shared_code.core.ids import BookingId, ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId
from shared_code.core.intervals import Interval

MOST_IN_A_HOLD = 500  # bookings; what comes on top begins another


class HoldReason(StrEnum):
    MAILBOX = "mailbox"  # too many of one mailbox, found by one sync
    CONNECTION = "connection"  # too many of a connection's within an hour
    CALENDAR = (
        "calendar"  # their calendar is gone as well: deleted with all that was in it, or another mailbox is there now
    )


class HoldDecision(StrEnum):
    CANCEL = "cancel"
    KEEP = "keep"


@dataclass(frozen=True)
class HeldBooking:
    booking: BookingId
    generation: int
    host: ProductUserId
    mailbox: MailboxKey

    def link(self, organization: OrganizationId) -> LinkKey:
        return LinkKey(self.mailbox, organization, self.host)


@dataclass(frozen=True)
class Hold:
    hold: str
    organization: OrganizationId
    connection: ConnectionId
    reason: HoldReason
    held_at: datetime
    bookings: tuple[HeldBooking, ...]
    coming: int  # bookings that the connection had; 0 where that did not matter
    decision: HoldDecision | None = None
    decided_at: datetime | None = None
    decided_by: ProductUserId | None = None

    def takes(self, reason: HoldReason, more: tuple[HeldBooking, ...], now: datetime) -> bool:
        """Whether these are held together with those: found by the same mailbox's reads, or in the same hour."""
        if self.decision is not None or self.reason is not reason or now - self.held_at >= HOUR:
            return False
        if reason is not HoldReason.CONNECTION and {each.mailbox for each in (*self.bookings, *more)} - {
            more[0].mailbox
        }:
            return False
        return len({*self.bookings, *more}) <= MOST_IN_A_HOLD

    def with_more(self, more: tuple[HeldBooking, ...]) -> "Hold":
        return replace(self, bookings=tuple(dict.fromkeys((*self.bookings, *more))))


@dataclass(frozen=True)
class HoldOf:
    """A hold with some of its bookings, and when each of these is; None where the booking is not there any more."""

    hold: Hold
    bookings: tuple[tuple[HeldBooking, Interval | None], ...]
    page: int  # from 1
    pages: int


@dataclass(frozen=True)
class Cancelled:
    """A booking that cancellation sync has taken, or is about to."""

    booking: BookingId
    generation: int
    at: datetime


@dataclass(frozen=True)
class Tally:
    """What cancellation sync has cancelled through one connection within the last hour."""

    organization: OrganizationId
    connection: ConnectionId
    cancelled: tuple[Cancelled, ...] = ()

    def with_more(self, more: tuple[Cancelled, ...], now: datetime) -> "Tally":
        """Whoever counts once more after a crash counts nothing twice."""
        recent = {(each.booking, each.generation): each for each in self.cancelled if now - each.at < HOUR}
        added = {(each.booking, each.generation): each for each in more}
        return replace(self, cancelled=tuple((added | recent).values()))
