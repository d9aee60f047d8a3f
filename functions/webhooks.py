"""What the product is told, for the document's webhooks: each struct of an event's ``data`` names its type itself."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from shared_code.core.product_event import EventType


@dataclass(frozen=True)
class Webhook:
    kind: EventType
    summary: str
    data: type[msgspec.Struct]


WEBHOOKS: dict[EventType, Webhook] = {}


def tells[T: type[msgspec.Struct]](kind: EventType, summary: str) -> Callable[[T], T]:
    """The struct is the ``data`` of events of this type; ``summary`` says when one is sent."""

    def register(struct: T) -> T:
        WEBHOOKS[kind] = Webhook(kind, summary, struct)
        return struct

    return register
