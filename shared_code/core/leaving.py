"""How a connection ends: its users are walked through at once, and again when nothing can still be under way."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.core.connection import Connection, ConnectionState, check_step

OVER = frozenset({ConnectionState.DISCONNECTING, ConnectionState.DISCONNECTED})

# host.json ends every function after ten minutes: until then a match that began before may write users.
LATE_WRITES = timedelta(minutes=11)


def leave(connection: Connection, *, purge: bool) -> Connection:
    """From now on nobody is served. Raise ``IllegalStep`` if its state does not lead there."""
    check_step(connection.state, ConnectionState.DISCONNECTING)
    leaving = replace(connection, state=ConnectionState.DISCONNECTING, purge=purge or connection.purge)
    if connection.state in OVER:
        return leaving
    return replace(leaving, reason=None, held=None, settles_at=None, link=replace(connection.link, revoked=True))


def needs_walk(connection: Connection, now: datetime) -> bool:
    """Whether its users are to be walked through now."""
    if connection.settles_at is not None:
        return connection.state in OVER and now >= connection.settles_at
    return connection.state is ConnectionState.DISCONNECTING


def after_walk(connection: Connection, now: datetime) -> Connection | None:
    """The connection once everybody was walked through; None if it is to be forgotten.

    One that is purged stays on its way until the second walk, so that no new link is issued for it meanwhile.
    """
    if connection.settles_at is None and connection.tenant is not None:
        state = ConnectionState.DISCONNECTING if connection.purge else ConnectionState.DISCONNECTED
        return replace(connection, state=state, settles_at=now + LATE_WRITES)
    if connection.purge:
        return None
    return replace(connection, state=ConnectionState.DISCONNECTED, settles_at=None)


def next_look(connection: Connection, now: datetime, otherwise: datetime) -> datetime | None:
    """When upkeep looks at a connection that is over again; None when all is done."""
    if connection.settles_at is not None and now < connection.settles_at:
        return connection.settles_at
    return otherwise if needs_walk(connection, now) else None
