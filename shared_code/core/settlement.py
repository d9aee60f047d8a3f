"""What becomes of a booking once it was looked into: its record, and what the product is told of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from shared_code.core.booking import Booking, BookingState, EndedBy
from shared_code.core.booking_steps import ended
from shared_code.core.cancellation import Case, Finding, Look, Sighting, Verdict
from shared_code.core.decision import Clue, Decision, Outcome
from shared_code.core.product_event import EventType, ProductEvent, new_event


class CancelledBecause(StrEnum):
    """As the product is told it."""

    HOST_DELETED = "host_deleted"
    HOST_CANCELLED = "host_cancelled"  # the event is there, and says so
    HOST_DECLINED = "host_declined"
    COHOST_DECLINED = "cohost_declined"  # and the policy says that this cancels
    NEVER_FINISHED = "never_finished"  # the product never came back to a booking whose outcome it did not learn


_CAUSES = {Clue.CANCELLED: CancelledBecause.HOST_CANCELLED, Clue.DECLINED: CancelledBecause.HOST_DECLINED}


@dataclass(frozen=True)
class Looked:
    """A booking, and what Graph said of it. ``together``: how many were found gone by the same look."""

    booking: Booking
    look: Look
    together: int = 1


@dataclass(frozen=True)
class Settled:
    booking: Booking
    event: ProductEvent | None = None


def case_of(looked: Looked, *, is_synced: bool) -> Case:
    booking = looked.booking
    return Case(
        stands=booking.state is BookingState.BOOKED,
        event=booking.event or "",
        calendar=booking.calendar,
        time=booking.time,
        written_at=booking.last_written_at if booking.changing is None else None,
        is_open=True,
        is_synced=is_synced,
        look=looked.look,
    )


def settled(looked: Looked, finding: Finding, now: datetime) -> Settled | None:
    """None if it stays as it is: somebody comes again, or what is gone is settled by ``cancelled`` and the like."""
    match finding.verdict, finding.sighting:
        case Verdict.NOTHING, _:
            return Settled(replace(looked.booking, suspicion=None))
        case Verdict.STANDS, _:
            return Settled(_looked_into(looked, _decision(looked, Outcome.STANDS, now)))
        case (Verdict.MOVED | Verdict.ADOPTED) as verdict, Sighting() as sighting:
            outcome = Outcome.MOVED if verdict is Verdict.MOVED else Outcome.ADOPTED
            return _moved(looked, sighting, _decision(looked, outcome, now))
        case Verdict.IGNORED, _:
            return Settled(_closed(looked, _decision(looked, Outcome.IGNORED, now)))
        case _:
            return None


def cancelled(looked: Looked, now: datetime, *, hold: str | None = None, by: str | None = None) -> Settled:
    """Ended as a DELETE of the product's ends it: the same name may be booked again, and is another generation."""
    decision = replace(_decision(looked, Outcome.CANCELLED, now), hold=hold, by=by)
    over = replace(ended(looked.booking, EndedBy.HOST, now), decision=decision)
    return Settled(over, cancelled_event(over, now))


def held(looked: Looked, now: datetime, hold: str) -> Settled:
    return Settled(_closed(looked, replace(_decision(looked, Outcome.HELD, now), hold=hold)))


def kept(looked: Looked, now: datetime, *, hold: str, by: str | None) -> Settled:
    return Settled(_closed(looked, replace(_decision(looked, Outcome.KEPT, now), hold=hold, by=by)))


def cancelled_event(booking: Booking, now: datetime) -> ProductEvent:
    """One generation ends once, so whoever writes it twice writes the same event."""
    return new_event(
        EventType.BOOKING_CANCELLED,
        booking.organization,
        now,
        f"{booking.booking}!{booking.generation}",
        booking=booking.booking,
        host=booking.host,
        generation=booking.generation,
        cause=str(_cause_of(booking)),
        start=booking.time.start,
        end=booking.time.end,
    )


def _cause_of(booking: Booking) -> CancelledBecause:
    if booking.ended_by is EndedBy.ABANDONED:
        return CancelledBecause.NEVER_FINISHED
    if booking.ended_by is EndedBy.COHOST:
        return CancelledBecause.COHOST_DECLINED
    clue = booking.decision.clue if booking.decision is not None else Clue.VANISHED
    return _CAUSES.get(clue, CancelledBecause.HOST_DELETED)


def _moved(looked: Looked, sighting: Sighting, decision: Decision) -> Settled:
    """Without its ``content``, so that the product's next request is written to the event even if it says the same.
    What was pasted has the text that it had when it was cut."""
    before = looked.booking
    booking = replace(
        before,
        event=sighting.event,
        calendar=sighting.calendar,
        time=sighting.time,
        ical_hash=sighting.ical_hash or before.ical_hash,
        content="",
        body=before.body if sighting.event == before.event else "",
        suspicion=None,
        decision=decision,
    )
    return Settled(booking, None if before.time == booking.time else _moved_event(before, booking, decision))


def _moved_event(before: Booking, booking: Booking, decision: Decision) -> ProductEvent:
    return new_event(
        EventType.BOOKING_MOVED,
        booking.organization,
        decision.at,
        f"{booking.booking}!{booking.generation}!{decision.at.isoformat()}",
        booking=booking.booking,
        host=booking.host,
        generation=booking.generation,
        start=booking.time.start,
        end=booking.time.end,
        previous_start=before.time.start,
        previous_end=before.time.end,
    )


def _looked_into(looked: Looked, decision: Decision) -> Booking:
    """The read may say the same for a day without being asked about again."""
    suspicion = looked.booking.suspicion
    asked = None if suspicion is None else replace(suspicion, looked_at=decision.at)
    return replace(looked.booking, suspicion=asked, decision=decision)


def _closed(looked: Looked, decision: Decision) -> Booking:
    booking = _looked_into(looked, decision)
    closed = None if booking.suspicion is None else replace(booking.suspicion, is_closed=True)
    return replace(booking, suspicion=closed)


def _decision(looked: Looked, outcome: Outcome, now: datetime) -> Decision:
    suspicion, look = looked.booking.suspicion, looked.look
    return Decision(
        outcome,
        now,
        Clue.UNREAD if suspicion is None else suspicion.clue,
        look.began_at if suspicion is None else suspicion.found_at,
        look.answers_by_id,
        look.calendars,
        looked.together,
    )
