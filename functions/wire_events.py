"""Product events as they are listed and sent: ids and instants, never text."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from functions.webhooks import WEBHOOKS, tells
from functions.wire import Body, Given, Instant, InstantGiven
from functions.wire_held import HoldReason
from shared_code.core.ids import Registration
from shared_code.core.product_event import EventType


class ConnectionEvent(Given):
    connection: str


@tells(EventType.CONNECTION_ACTIVATED, "Its users' calendars are served from now on, for the first time or again")
class ConnectionActivated(ConnectionEvent):
    pass


@tells(EventType.CONNECTION_ATTENTION_NEEDED, "Nobody is served through it until somebody acts")
class ConnectionAttentionNeeded(ConnectionEvent):
    reason: Annotated[str | None, Meta(description="As in the connection's `reason`.")]


@tells(EventType.CONNECTION_DISCONNECTED, "Somebody of the organization ended it")
class ConnectionDisconnected(ConnectionEvent):
    pass


@tells(EventType.SWEEP_HELD, "A match would take too many calendars away, and waits for somebody's word")
class SweepHeld(ConnectionEvent):
    losing: Annotated[int, Meta(description="How many users would lose their calendar.")]
    connected: Annotated[int, Meta(description="How many were connected.")]
    held_at: InstantGiven


class UserEvent(Given, kw_only=True):
    user: str
    connection: Annotated[
        str | None,
        Meta(description="Through which the user is matched, null if through none; or the account of their own."),
    ]
    registration: Annotated[
        Registration, Meta(description="`personal`: it is about an Outlook account that the user connected themself.")
    ] = "organizations"


@tells(EventType.USER_CONNECTED, "The user's calendar was read and is served")
class UserConnected(UserEvent):
    pass


@tells(EventType.USER_DISCONNECTED, "The user's calendar is served no longer")
class UserDisconnected(UserEvent):
    state: Annotated[
        str | None, Meta(description="The user's, or the account's, state from then on; null of what was removed.")
    ]
    reason: Annotated[str | None, Meta(description="As in the user's, or the account's, `reason`.")]


@tells(EventType.USER_ATTENTION_NEEDED, "The user has a state that somebody should look at")
class UserAttentionNeeded(UserEvent):
    state: Annotated[str, Meta(description="The user's, or the account's, state from then on.")]
    reason: Annotated[str | None, Meta(description="As in the user's, or the account's, `reason`.")]


@tells(EventType.BUSY_UPDATED, "The user's busy times changed: sent only if asked for, and at most once in 30 seconds")
class BusyUpdated(Given):
    user: str


class BookingEvent(Given):
    booking: str
    host: str
    generation: Annotated[int, Meta(description="Rises each time the booking is made anew.")]


@tells(EventType.BOOKING_CANCELLED, "The event is gone from the host's calendars, so the booking is cancelled")
class BookingCancelled(BookingEvent):
    cause: Annotated[
        Literal["host_deleted", "host_cancelled", "host_declined", "cohost_declined", "never_finished"],
        Meta(description="What has ended it."),
    ]
    start: InstantGiven
    end: InstantGiven


@tells(EventType.BOOKING_MOVED, "The host moved the event in Outlook")
class BookingMoved(BookingEvent):
    start: Annotated[InstantGiven, Meta(description="As it is now.")]
    end: InstantGiven
    previous_start: InstantGiven
    previous_end: InstantGiven


@tells(EventType.BOOKING_HOST_DECLINED, "A co-host declined the event, or deleted their copy of it")
class BookingHostDeclined(BookingEvent):
    user: Annotated[str, Meta(description="The co-host.")]


@tells(EventType.CANCELLATIONS_HELD, "More bookings than usual were about to be cancelled, and wait for a decision")
class CancellationsHeld(Given):
    hold: str
    connection: str
    reason: HoldReason
    count: Annotated[int, Meta(description="How many bookings wait.")]
    held_at: InstantGiven


class EventGiven(Given):
    event: Annotated[str, Meta(description="The same however often it is sent: it is the header `webhook-id`, too.")]
    type: Annotated[str, Meta(description="What has happened, such as `user.connected`.")]
    timestamp: Annotated[InstantGiven, Meta(description="When it happened.")]
    organization: str
    data: Annotated[dict[str, Any], Meta(description="What it happened to; its fields depend on `type`.")]


class EventsGiven(Given):
    events: list[EventGiven]
    next: Annotated[
        str | None, Meta(description="To be given as `after` next time, now or later; null while nothing ever was.")
    ]
    more: Annotated[bool, Meta(description="Whether there may be more already.")]


class ReplayBody(Body):
    since: Instant


class ReplayGiven(Given):
    since: InstantGiven
    until: InstantGiven


class EndpointGiven(Given):
    state: Annotated[Literal["enabled", "disabled"], Meta(description="`disabled` since the endpoint answered 410.")]
    disabled_at: InstantGiven | None


def payload_of(kind: EventType, data: Mapping[str, Any]) -> msgspec.Struct:
    """Raise ``msgspec.ValidationError`` if an event's data are not as they are described."""
    return msgspec.convert(data, WEBHOOKS[kind].data)
