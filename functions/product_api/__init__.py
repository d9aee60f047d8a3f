"""The scheduling product's calls, under /v1 and behind the host key."""

from functions.product_api import (
    availability,
    bookings,
    connections,
    dead_letters,
    events,
    held_cancellations,
    opting_out,
    organizations,
    personal_connections,
    portal_sessions,
    settings,
    users,
)
from functions.product_api.blueprint import blueprint

__all__ = [
    "availability",
    "blueprint",
    "bookings",
    "connections",
    "dead_letters",
    "events",
    "held_cancellations",
    "opting_out",
    "organizations",
    "personal_connections",
    "portal_sessions",
    "settings",
    "users",
]
