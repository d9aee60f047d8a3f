"""When people are busy, as far as anybody can know."""

from datetime import UTC, datetime, timedelta

from functions import wire
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, blueprint
from shared_code.core.availability import AvailabilityRequest, UserAnswer
from shared_code.core.ids import ProductUserId
from shared_code.errors import Problem, Rejected


@operation(
    blueprint,
    Operation(
        "ask_availability",
        "POST",
        ORGANIZATION + "/availability",
        "Merged busy times of up to 100 users in a half-open window",
        request=wire.AvailabilityBody,
        answers={200: wire.AvailabilityGiven},
        problems=(
            Problem.INVALID_ID,
            Problem.NAIVE_TIME,
            Problem.ORGANIZATION_NOT_FOUND,
            Problem.WINDOW_INVALID,
            Problem.WINDOW_TOO_LARGE,
            Problem.TOO_MANY_ITEMS,
        ),
    ),
)
async def ask_availability(call: Call) -> Answer:
    body = call.decode(wire.AvailabilityBody)
    request = AvailabilityRequest(
        call.organization,
        tuple(ProductUserId(user) for user in body.users),
        _utc(body.start, "start"),
        _utc(body.end, "end"),
        None if body.max_age is None else timedelta(seconds=body.max_age),
        body.live,
    )
    answers = await call.app.availability.run(request, call.now)
    return Answer(wire.AvailabilityGiven(users=[_given(answer) for answer in answers]))


def _utc(instant: datetime, name: str) -> datetime:
    """In the first and the last hours that have a date, not every offset has one."""
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise Rejected(Problem.WINDOW_INVALID, f"{name} has no date in UTC.") from None


def _given(answer: UserAnswer) -> wire.UserAvailability:
    return wire.UserAvailability(
        user=answer.user,
        complete=answer.complete,
        reason=answer.reason,
        detail=answer.detail,
        busy=[wire.BusyGiven(start=interval.start, end=interval.end) for interval in answer.busy],
        calendars=[
            wire.CalendarGiven(
                calendar=one.calendar, state=one.state.value, read_at=one.read_at, connection=one.connection
            )
            for one in answer.calendars
        ],
    )
