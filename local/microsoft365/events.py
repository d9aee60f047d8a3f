"""What a calendar holds: events as they were defined, and the instances that a reader of a window sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from local.microsoft365.time_zones import Zone

ShowAs = Literal["unknown", "free", "tentative", "busy", "oof", "workingElsewhere"]
Response = Literal["none", "organizer", "tentativelyAccepted", "accepted", "declined", "notResponded"]
Sensitivity = Literal["normal", "personal", "private", "confidential"]
Importance = Literal["low", "normal", "high"]
EventType = Literal["singleInstance", "occurrence", "exception", "seriesMaster"]

NO_TIME = datetime(1, 1, 1, tzinfo=UTC)
"""Graph's spelling of "never", as in the time of a response that was not given."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall time, and the zone in which it was meant."""

    wall: datetime
    zone: Zone

    @property
    def instant(self) -> datetime:
        return self.zone.instant(self.wall)


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to, not including, ``end``; an all-day span begins and ends at midnight."""

    start: Moment
    end: Moment
    is_all_day: bool = False


@dataclass(frozen=True, slots=True)
class Party:
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Attendee:
    party: Party
    kind: Literal["required", "optional", "resource"] = "required"
    response: Response = "none"
    responded_at: datetime = NO_TIME
    proposed: Span | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """Everything of an event but its times. ``organizer`` is None when the owner of the mailbox organises.

    ``properties`` are the single-value extended ones, by their id as ``extended_properties`` writes it.
    """

    subject: str = ""
    body: str = ""
    location: str = ""
    show_as: ShowAs = "busy"
    response: Response = "organizer"
    responded_at: datetime = NO_TIME
    is_cancelled: bool = False
    sensitivity: Sensitivity = "normal"
    importance: Importance = "normal"
    categories: tuple[str, ...] = ()
    organizer: Party | None = None
    attendees: tuple[Attendee, ...] = ()
    reminder_minutes: int | None = 15
    join_url: str | None = None
    allow_new_time_proposals: bool = True
    response_requested: bool = True
    hide_attendees: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Repetition:
    """An RFC 5545 rule without its UNTIL, which is kept as a wall time of the series' own zone (inclusive).

    ``rule`` is None for a series of nothing but ``extra`` dates (RDATE), wall times as well.
    """

    rule: str | None
    until: datetime | None = None
    extra: frozenset[datetime] = frozenset()


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one occurrence of a series: Graph calls it an exception."""

    span: Span
    content: Content


@dataclass(frozen=True, slots=True)
class Event:
    """A single event or a whole series. Occurrences are named by the wall time at which they were due."""

    key: bytes
    uid: str
    span: Span
    content: Content
    created_at: datetime
    modified_at: datetime
    revision: int
    repetition: Repetition | None = None
    changes: Mapping[datetime, Change] = field(default_factory=dict)
    removed: frozenset[datetime] = frozenset()
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """One stretch of time in a calendar; ``due`` is the wall time by which its series knows it."""

    event: Event
    span: Span
    content: Content
    due: datetime | None
    start_at: datetime
    end_at: datetime

    @property
    def kind(self) -> EventType:
        if self.due is None:
            return "singleInstance" if self.event.repetition is None else "seriesMaster"
        return "exception" if self.due in self.event.changes else "occurrence"

    def overlaps(self, start_at: datetime, end_at: datetime) -> bool:
        """Half open, except that an event without length counts in the window that holds its instant."""
        if self.start_at == self.end_at:
            return start_at <= self.start_at < end_at
        return self.start_at < end_at and self.end_at > start_at


def single_instance(event: Event) -> Instance:
    """The event as it was defined: of a series, its master."""
    span = event.span
    return Instance(event, span, event.content, None, span.start.instant, span.end.instant)
