"""Bookings, in and out. What is said of people and of the meeting goes in, and never comes out again."""

from typing import Annotated, Literal

from msgspec import Meta, field

from functions.wire import Body, Given, Id, Instant, InstantGiven
from shared_code.core.limits import MAX_COHOSTS

Name = Annotated[str, Meta(max_length=255)]
Address = Annotated[str, Meta(min_length=3, max_length=320)]


class AttendeeBody(Body):
    address: Address
    name: Name | None = None
    optional: bool = False


class BookingBody(Body):
    host: Annotated[Id, Meta(description="In whose calendar it is written; they invite.")]
    start: Instant
    end: Instant
    zone: Annotated[str, Meta(max_length=64, description="IANA name; in which Outlook and the mails show the times.")]
    title: Annotated[str, Meta(max_length=255)]
    body: Annotated[str, Meta(max_length=200_000)] = ""
    body_type: Literal["text", "html"] = "text"
    location: Name | None = None
    cohosts: Annotated[
        list[Id], Meta(max_length=MAX_COHOSTS, description="Their time is taken as well, and they are invited.")
    ] = field(default_factory=list)
    attendees: Annotated[list[AttendeeBody], Meta(max_length=480)] = field(default_factory=list)
    online_meeting: Annotated[Literal["teams"] | None, Meta(description="With a Teams link; it stays for good.")] = None
    reminder_minutes: Annotated[int, Meta(ge=0, le=40_320, description="Before the start; null: none.")] | None = 15
    if_free: Annotated[
        bool, Meta(description="Read the checked calendars of host and co-hosts first, and book only if all are free.")
    ] = False
    request_responses: bool = True
    allow_new_time_proposals: bool = True


class CancellationBody(Body):
    reason: Annotated[str, Meta(max_length=2_000, description="Told to whoever was invited; stored nowhere.")] = ""


class DecisionGiven(Given):
    """What was made of an event that looked amiss, and on which evidence."""

    outcome: Literal["stands", "moved", "adopted", "cancelled", "ignored", "held", "kept", "cleaned_up"]
    at: InstantGiven
    clue: Literal["vanished", "cancelled", "declined", "moved", "unread"]
    found_at: InstantGiven
    answers_by_id: Annotated[bool, Meta(description="Microsoft still gave it by its id; deleted items do so as well.")]
    calendars: Annotated[int, Meta(description="Searched, each of them whole.")]
    together: Annotated[int, Meta(description="Bookings that were found gone by the same look.")]
    hold: str | None
    by: Annotated[str | None, Meta(description="The person who decided.")]


class BookingGiven(Given):
    booking: str
    state: Annotated[
        Literal["creating", "booked", "ending", "ended"],
        Meta(description="`creating` and `ending`: Microsoft's answer is outstanding; repeat the call."),
    ]
    generation: Annotated[
        int, Meta(description="Rises each time the booking is made anew; events of an earlier one are about the past.")
    ]
    host: str
    connected: Annotated[
        bool,
        Meta(description="False: the host's mailbox is not, so this is what was last known; nothing can be changed."),
    ]
    cohosts: list[str]
    start: InstantGiven
    end: InstantGiven
    calendar: str
    event: Annotated[str | None, Meta(description="Microsoft's immutable id.")]
    online_meeting: Literal["teams"] | None
    join_url: str | None
    web_link: Annotated[str | None, Meta(description="For the host, in Outlook on the web.")]
    created_at: InstantGiven
    ended_at: InstantGiven | None
    ended_by: Annotated[
        Literal["product", "host", "cohost", "abandoned"] | None,
        Meta(description="`abandoned`: nobody repeated a PUT whose outcome was unknown."),
    ]
    decision: DecisionGiven | None
