"""When a mailbox's subscription is made, renewed, made anew or left alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Literal

# The documented end is 10,080 minutes ahead, the real one 10,070 (recorded by third parties, 2026).
# https://learn.microsoft.com/graph/api/resources/subscription (2026-09)
LIFETIME = timedelta(minutes=10_000)
RENEWED_BEFORE = timedelta(hours=20)  # its end: once in six days, and eighty more quarters of an hour to try in
# Renewing authorizes, too, and the two must not meet within ten minutes.
# https://learn.microsoft.com/graph/change-notifications-lifecycle-events (2026-03)
AUTHORIZED_APART = timedelta(minutes=10)

Occasion = Literal["turn", "authorization", "removed", "recovered"]


@dataclass(frozen=True)
class Subscription:
    """A mailbox's, as far as we know; Graph may have forgotten it."""

    subscription: str  # Graph's id
    expires_at: datetime  # as Graph gave it back
    generation: int
    signer: str  # names the key of its client_state
    renewed_at: datetime  # or created
    since: datetime  # what changed earlier, it did not tell


class Step(Enum):
    LEAVE = auto()
    CREATE = auto()
    RENEW = auto()


def next_step(known: Subscription | None, occasion: Occasion, about: str | None, signer: str, now: datetime) -> Step:
    """What to do with the subscription of a connected mailbox.

    ``about`` is the subscription of which a lifecycle event told: of an earlier one it says nothing. A client_state
    cannot be changed, so a subscription of a retired key is made anew instead of renewed.
    """
    if known is None or known.expires_at <= now:
        return Step.CREATE
    if occasion == "removed":
        return Step.CREATE if about == known.subscription else Step.LEAVE
    if occasion == "authorization":
        is_wanted = about == known.subscription and now - known.renewed_at >= AUTHORIZED_APART
    elif occasion == "recovered":  # Graph may have ended it while the mailbox was shut: renewing tells
        is_wanted = now - known.renewed_at >= AUTHORIZED_APART
    else:
        is_wanted = is_due(known, now)
    if not is_wanted:
        return Step.LEAVE
    return Step.RENEW if known.signer == signer else Step.CREATE


def tells_of(known: Subscription | None, read_at: datetime, now: datetime) -> bool:
    """Whether every change since a read that began at ``read_at`` has been, or is being, told."""
    return known is not None and known.since <= read_at and now < known.expires_at


def is_due(known: Subscription | None, now: datetime) -> bool:
    """Whether a mailbox's turn must look after its subscription."""
    return known is None or known.expires_at - now < RENEWED_BEFORE
