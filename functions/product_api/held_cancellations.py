"""Cancellations that wait for a person."""

from functions import wire_held
from functions.calls import Call
from functions.operations import Answer, Operation, operation
from functions.product_api.blueprint import ORGANIZATION, blueprint
from functions.queries import AFTER, LIMIT
from shared_code.core.held_cancellation import Hold, HoldDecision
from shared_code.errors import Problem

HOLDS = ORGANIZATION + "/held-cancellations"
NOT_FOUND = (Problem.INVALID_ID, Problem.ORGANIZATION_NOT_FOUND, Problem.HOLD_NOT_FOUND)


@operation(
    blueprint,
    Operation(
        "list_held_cancellations",
        "GET",
        HOLDS,
        "Cancellations that wait for a person, or waited, newest first",
        answers={200: wire_held.HoldsGiven},
        query=(AFTER, LIMIT),
        problems=(Problem.INVALID_ID, Problem.INVALID_REQUEST, Problem.ORGANIZATION_NOT_FOUND),
    ),
)
async def list_held_cancellations(call: Call) -> Answer:
    page = await call.app.held_cancellations.page(call.organization, call.text("after"), call.limit())
    return Answer(wire_held.HoldsGiven(held_cancellations=[_given(hold) for hold in page.items], next=page.next))


@operation(
    blueprint,
    Operation(
        "get_held_cancellations",
        "GET",
        HOLDS + "/{hold}",
        "Bookings that wait together",
        answers={200: wire_held.HoldGiven},
        problems=NOT_FOUND,
    ),
)
async def get_held_cancellations(call: Call) -> Answer:
    return Answer(_given((await call.app.held_cancellations.get(call.organization, call.id("hold"))).value))


@operation(
    blueprint,
    Operation(
        "decide_held_cancellations",
        "POST",
        HOLDS + "/{hold}",
        "Decide what becomes of them",
        request=wire_held.HoldDecisionBody,
        answers={200: wire_held.HoldGiven},
        acting=True,
        problems=(*NOT_FOUND, Problem.ROLE_REQUIRED, Problem.ILLEGAL_STATE, Problem.CHANGED_MEANWHILE),
    ),
)
async def decide_held_cancellations(call: Call) -> Answer:
    decision = HoldDecision(call.decode(wire_held.HoldDecisionBody).decision)
    hold = await call.app.held_cancellations.decide(call.organization, call.id("hold"), decision, call.by, call.now)
    return Answer(_given(hold))


def _given(hold: Hold) -> wire_held.HoldGiven:
    return wire_held.HoldGiven(
        hold=hold.hold,
        connection=hold.connection,
        reason=hold.reason.value,
        held_at=hold.held_at,
        bookings=[
            wire_held.HeldBookingGiven(booking=each.booking, host=each.host, generation=each.generation)
            for each in hold.bookings
        ],
        decision=None if hold.decision is None else hold.decision.value,
        decided_at=hold.decided_at,
        decided_by=hold.decided_by,
    )
