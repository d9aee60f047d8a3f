"""What a connection's directory needs when its quarter of an hour has come."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.sweep import Sweep
from shared_code.core.sweep_guard import is_confirmed
from shared_code.core.sync_rules import next_turn

FULL_EVERY = timedelta(days=7)  # at the latest
FULL_SPREAD_OVER = timedelta(days=1)
CHAIN_LOST_AFTER = timedelta(minutes=10)  # without a word from a full sweep under way
EARLY = timedelta(seconds=5)  # what a queue's and a clock's seconds may differ by
ASK_AGAIN_EVERY = timedelta(hours=1)
LINK_KEPT_FOR = timedelta(days=1)  # Graph keeps a directory's delta token for 7 days


class Move(StrEnum):
    NOTHING = "nothing"
    BEGIN = "begin"  # a full sweep
    GO_ON = "go_on"  # with the full sweep whose chain of messages has broken off
    READ_CHANGES = "read_changes"


def next_move(connection: Connection, sweep: Sweep | None, now: datetime) -> Move:
    """The safety net under the messages: any of them may have been lost."""
    if sweep is not None and sweep.phase != "idle":
        is_lost = sweep.quiet_until is None or sweep.quiet_until < now
        return Move.GO_ON if is_lost else Move.NOTHING
    if connection.state is ConnectionState.VERIFYING:
        granted = connection.calendars_granted or connection.scoped_by_exchange
        return Move.BEGIN if granted else Move.NOTHING
    if connection.state not in {ConnectionState.ACTIVE, ConnectionState.REVIEW}:
        return Move.NOTHING
    return _after_first_match(connection, sweep, now)


def _after_first_match(connection: Connection, sweep: Sweep | None, now: datetime) -> Move:
    if sweep is None or sweep.delta_link is None or sweep.finished_at is None or is_confirmed(connection):
        return Move.BEGIN
    if sweep.quiet_until is not None and now < sweep.quiet_until:
        return Move.NOTHING
    if now - sweep.finished_at >= full_sweep_every(connection):
        return Move.BEGIN
    return Move.READ_CHANGES if connection.state is ConnectionState.ACTIVE else Move.NOTHING


def full_sweep_every(connection: Connection) -> timedelta:
    """A week, less the connection's own place in a day: those that once swept together, say after an outage, part.

    Their rounds of changes are spread over the quarter of an hour already, but a full match costs a thousand times as
    much.
    """
    place = next_turn(f"{connection.organization}!{connection.connection}", _MIDNIGHT, FULL_SPREAD_OVER) - _MIDNIGHT
    return FULL_EVERY - place


_MIDNIGHT = datetime(1970, 1, 1, tzinfo=UTC)  # any would do: only the place in the day counts


def is_too_early(sweep: Sweep, now: datetime) -> bool:
    """Whether the directory asked a full sweep to wait: the message that was put off goes on, and no other."""
    return sweep.quiet_until is not None and now + EARLY < sweep.quiet_until - CHAIN_LOST_AFTER


def is_time_to_ask_again(sweep: Sweep, now: datetime) -> bool:
    """For mailboxes that were out of reach: nobody else looks for them until the next full sweep."""
    return sweep.asked_again_at is None or now - sweep.asked_again_at >= ASK_AGAIN_EVERY
