"""What the product is told: something that has happened, named in the past tense, with ids and instants and no text."""

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NewType

from shared_code.core.ids import OrganizationId

EventId = NewType("EventId", str)  # letters, digits and an underscore

type Fact = str | int | bool | tuple[str, ...] | None  # as it is stored and sent

_ID_BYTES = 20
CURSOR_PATTERN = r"[0-9]{8}T[0-9]{12}Z(\.evt_[a-z2-7]+)?"
_CURSOR = re.compile(CURSOR_PATTERN)


class EventType(StrEnum):
    CONNECTION_ACTIVATED = "connection.activated"
    CONNECTION_ATTENTION_NEEDED = "connection.attention_needed"
    CONNECTION_DISCONNECTED = "connection.disconnected"
    USER_CONNECTED = "user.connected"
    USER_DISCONNECTED = "user.disconnected"
    USER_ATTENTION_NEEDED = "user.attention_needed"
    BUSY_UPDATED = "busy.updated"
    BOOKING_CANCELLED = "booking.cancelled"
    BOOKING_HOST_DECLINED = "booking.host_declined"
    BOOKING_MOVED = "booking.moved"
    SWEEP_HELD = "sweep.held"
    CANCELLATIONS_HELD = "cancellations.held"


@dataclass(frozen=True)
class ProductEvent:
    """Written beside the state that it tells of, in one transaction, and kept until it was passed on."""

    event: EventId
    type: EventType
    organization: OrganizationId
    at: datetime  # it is told of no earlier
    data: Mapping[str, Fact]


def new_event(
    kind: EventType, organization: OrganizationId, at: datetime, cause: str, /, **facts: Fact | datetime
) -> ProductEvent:
    """``cause`` tells this happening from every other of its type and organisation: the ids of what it happened to,
    and a generation or an instant. Made twice of one cause, it is one event."""
    data = {name: written(fact) if isinstance(fact, datetime) else fact for name, fact in facts.items()}
    return ProductEvent(event_id(kind, organization, cause), kind, organization, at, data)


def event_id(kind: EventType, organization: OrganizationId, cause: str) -> EventId:
    said = "\n".join((kind, organization, cause)).encode()
    digest = hashlib.blake2b(said, digest_size=_ID_BYTES).digest()
    return EventId("evt_" + base64.b32encode(digest).decode("ascii").lower())


def written(instant: datetime) -> str:
    """As all instants of the API: RFC 3339, in UTC."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


KEPT_FOR = timedelta(days=30)
LISTED_AFTER = timedelta(seconds=30)  # by then whoever was recording at the same time has finished


@dataclass(frozen=True)
class RecordedEvent:
    """An event in the list of its organisation, whose order is that of ``recorded_at``."""

    event: ProductEvent
    recorded_at: datetime
    delivered_at: datetime | None = None  # when the product last took it

    @property
    def cursor(self) -> str:
        """Its place in the list."""
        return cursor_at(self.recorded_at) + f".{self.event.event}"


def cursor_at(instant: datetime) -> str:
    """Before everything that was recorded then or later."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def is_cursor(text: str) -> bool:
    return _CURSOR.fullmatch(text) is not None


@dataclass(frozen=True)
class Endpoint:
    """What is known of the address to which events are sent."""

    address: str  # its digest: the address may hold a secret
    disabled_at: datetime | None = None  # it answered that it wants to hear no more


def is_listed(kind: EventType) -> bool:
    """Whether an event is kept to be read and replayed; of busy times only the newest state is worth anything."""
    return kind is not EventType.BUSY_UPDATED
