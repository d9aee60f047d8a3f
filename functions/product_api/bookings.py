"""Meetings in people's calendars: booked, moved, cancelled."""

from datetime import UTC, datetime

import msgspec

from functions import wire_bookings as wire
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, blueprint
from shared_code.core.addresses import is_address
from shared_code.core.booking import Booking
from shared_code.core.booking_request import BookingRequest
from shared_code.core.ids import BookingId, ProductUserId
from shared_code.core.intervals import Interval
from shared_code.core.meeting import Invited, Meeting
from shared_code.core.time_zones import zone_exists
from shared_code.errors import Problem, Rejected

BOOKING = ORGANIZATION + "/bookings/{booking}"
READ = (Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND)
WRITE = (*READ, Problem.NOT_CONNECTED, Problem.ILLEGAL_STATE, Problem.CHANGED_MEANWHILE, Problem.MEETING_REFUSED)


@operation(
    blueprint,
    Operation(
        "put_booking",
        "PUT",
        BOOKING,
        "Book a meeting, or change one; the same request twice is one meeting",
        request=wire.BookingBody,
        answers={200: wire.BookingGiven, 201: wire.BookingGiven},
        problems=(
            *WRITE,
            Problem.USER_NOT_FOUND,
            Problem.NAIVE_TIME,
            Problem.TIME_ZONE_UNKNOWN,
            Problem.ADDRESS_INVALID,
            Problem.WINDOW_INVALID,
            Problem.WINDOW_TOO_LARGE,
            Problem.BEYOND_HORIZON,
            Problem.SLOT_TAKEN,
            Problem.FREE_TIME_UNKNOWN,
            Problem.HOST_CHANGED,
            Problem.NO_WRITE_CALENDAR,
            Problem.ONLINE_MEETING_REFUSED,
        ),
    ),
)
async def put_booking(call: Call) -> Answer:
    request = _requested(call, call.decode(wire.BookingBody))
    booking, is_new = await call.app.bookings.put(request, call.now)
    return Answer(_given(booking, is_connected=True), 201 if is_new else 200)


@operation(
    blueprint,
    Operation(
        "get_booking",
        "GET",
        BOOKING,
        "One booking, with what was last made of its event",
        answers={200: wire.BookingGiven},
        problems=(*READ, Problem.BOOKING_NOT_FOUND),
    ),
)
async def get_booking(call: Call) -> Answer:
    booking, is_connected = await call.app.bookings.get(call.organization, _named(call))
    return Answer(_given(booking, is_connected=is_connected))


@operation(
    blueprint,
    Operation(
        "cancel_booking",
        "DELETE",
        BOOKING,
        "Cancel a meeting; Microsoft tells everybody who was invited",
        request=wire.CancellationBody,
        has_optional_body=True,
        answers={204: None},
        problems=(*WRITE, Problem.USER_NOT_FOUND, Problem.BOOKING_NOT_FOUND),
    ),
)
async def cancel_booking(call: Call) -> Answer:
    sent = call.decode(wire.CancellationBody) if call.body() else wire.CancellationBody()
    await call.app.booking_ending.run(call.organization, _named(call), sent.reason, call.now)
    return Answer()


def _named(call: Call) -> BookingId:
    return BookingId(call.id("booking"))


def _requested(call: Call, body: wire.BookingBody) -> BookingRequest:
    if not zone_exists(body.zone):
        raise Rejected(Problem.TIME_ZONE_UNKNOWN, f"{body.zone!r} is no IANA time zone.")
    for one in body.attendees:
        if not is_address(one.address):
            raise Rejected(Problem.ADDRESS_INVALID, "An attendee's address is no mail address.")
    cohosts = sorted({ProductUserId(user) for user in body.cohosts if user != body.host})
    return BookingRequest(
        call.organization, _named(call), ProductUserId(body.host), tuple(cohosts), _meeting(body), body.if_free
    )


def _meeting(body: wire.BookingBody) -> Meeting:
    return Meeting(
        Interval(_utc(body.start, "start"), _utc(body.end, "end")),
        body.zone,
        body.title,
        body.body,
        is_html=body.body_type == "html",
        location=body.location,
        attendees=tuple(Invited(one.address, one.name, one.optional) for one in body.attendees),
        is_online=body.online_meeting is not None,
        reminder_minutes=body.reminder_minutes,
        asks_for_answers=body.request_responses,
        takes_proposals=body.allow_new_time_proposals,
    )


def _utc(instant: datetime, name: str) -> datetime:
    """Whole seconds, as calendars have them."""
    try:
        return instant.astimezone(UTC).replace(microsecond=0)
    except OverflowError:
        raise Rejected(Problem.WINDOW_INVALID, f"{name} has no date in UTC.") from None


def _given(booking: Booking, *, is_connected: bool) -> wire.BookingGiven:
    decision = booking.decision
    return wire.BookingGiven(
        booking=booking.booking,
        state=booking.state.value,  # type: ignore[arg-type]  # reserved ones are shown to nobody
        generation=booking.generation,
        host=booking.host,
        connected=is_connected,
        cohosts=list(booking.cohosts),
        start=booking.time.start,
        end=booking.time.end,
        calendar=booking.calendar,
        event=booking.event,
        online_meeting="teams" if booking.is_online else None,
        join_url=booking.join_url,
        web_link=booking.web_link,
        created_at=booking.created_at,
        ended_at=booking.ended_at,
        ended_by=booking.ended_by.value if booking.ended_by is not None else None,
        decision=None if decision is None else msgspec.convert(decision, wire.DecisionGiven, from_attributes=True),
    )
