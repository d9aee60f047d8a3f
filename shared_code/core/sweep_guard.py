"""When a directory that looks empty is not believed."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared_code.core.connection import Connection
from shared_code.core.sweep import Loss

ROLLING = timedelta(days=1)
ALWAYS_ALLOWED = 5  # users
ALLOWED_SHARE = 10  # percent of the connected users


def recent_losses(losses: Iterable[Loss], now: datetime) -> tuple[Loss, ...]:
    """Those of the last day."""
    return tuple(loss for loss in losses if now - loss.at < ROLLING)


def needs_hold(losing: int, connected: int, losses: Iterable[Loss], now: datetime) -> bool:
    """Whether taking ``losing`` of ``connected`` users' calendars now would be too much within a day.

    Too much is more than five users or ten percent, whichever is more; or everybody, where they are five or fewer.
    What the same day has taken already counts, both among the losses and among those who were connected.
    """
    if not losing:
        return False
    lost = sum(loss.count for loss in recent_losses(losses, now))
    taken, of = losing + lost, connected + lost
    if of <= ALWAYS_ALLOWED:
        return taken >= of
    return taken > ALWAYS_ALLOWED and 100 * taken > ALLOWED_SHARE * of


def is_confirmed(connection: Connection) -> bool:
    """A person let the held sweep through."""
    held, confirmed_at = connection.held, connection.sweep_confirmed_at
    return held is not None and confirmed_at is not None and confirmed_at >= held.held_at


def lets_through(connection: Connection, losing: int) -> bool:
    """A person confirmed, and was shown at least as many losses: no confirmation is a blank cheque."""
    return is_confirmed(connection) and connection.held is not None and losing <= connection.held.losing
