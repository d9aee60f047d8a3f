"""Held cancellations as the product sees and decides them."""

from typing import Annotated, Literal

from msgspec import Meta

from functions.wire import Body, Given, InstantGiven

HoldReason = Annotated[
    Literal["mailbox", "connection", "calendar"],
    Meta(
        description="Too many found by one read of one mailbox, too many of a connection's within an hour, or gone "
        "together with their calendar."
    ),
]


class HeldBookingGiven(Given):
    booking: str
    host: str
    generation: int


class HoldGiven(Given):
    hold: str
    connection: str
    reason: HoldReason
    held_at: InstantGiven
    bookings: list[HeldBookingGiven]
    decision: Literal["cancel", "keep"] | None
    decided_at: InstantGiven | None
    decided_by: str | None


class HoldsGiven(Given):
    held_cancellations: list[HoldGiven]
    next: str | None


class HoldDecisionBody(Body):
    decision: Annotated[
        Literal["cancel", "keep"],
        Meta(description="`cancel` cancels what is still gone by then; `keep` leaves all of it standing."),
    ]
