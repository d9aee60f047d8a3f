"""Whether a tenant's grant is to be looked for, and where a connection goes when it comes back."""

from dataclasses import replace
from datetime import datetime

from shared_code.core.connection import Connection, ConnectionState, check_step

LOOKED_FOR = frozenset({ConnectionState.VERIFYING, ConnectionState.ATTENTION})
KNOWN_GOOD = frozenset({ConnectionState.ACTIVE, ConnectionState.REVIEW})


def needs_grant_check(connection: Connection, now: datetime) -> bool:
    """A connection that has lost its tenant's trust is looked at as well, ever since it did; and one that was consented
    to anew while it served, to learn which enterprise application that consent was for."""
    if connection.state in KNOWN_GOOD:
        return connection.sign_in is not None and connection.service_principal is None
    if connection.state not in LOOKED_FOR:
        return False
    if connection.grant_next_at is None:
        return connection.state is ConnectionState.ATTENTION
    return connection.grant_next_at <= now


def may_recover(connection: Connection, service_principal: str | None) -> bool:
    """By itself, only while the tenant's enterprise application is the one that was proven.

    Somebody who deleted it meant to end this connection; if they consent again for somebody else, they have not said
    that they want this one back.
    """
    return connection.service_principal in {None, service_principal}


def recovered(connection: Connection) -> Connection:
    """Back to where it was: serving if it ever served, else to its first match. Users and settings are untouched."""
    state = ConnectionState.VERIFYING if connection.activated_at is None else ConnectionState.ACTIVE
    check_step(connection.state, state)
    return replace(connection, state=state)
