"""The activation link of a connection: issued, opened, issued again, revoked, used."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared_code.core.connection import ActivationLink, Connection, ConnectionState, IllegalStep, check_step
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId


class LinkFault(StrEnum):
    """Why a genuine link leads nowhere."""

    EXPIRED = "link_expired"
    REVOKED = "link_revoked"
    REPLACED = "link_replaced"
    USED = "link_used"


def repeatable_id(organization: OrganizationId, key: str) -> ConnectionId:
    """The same id whenever the product repeats a request with the same idempotency key."""
    return ConnectionId(hashlib.sha256(f"{organization}!{key}".encode()).hexdigest()[:26])


def new_connection(
    connection: ConnectionId, organization: OrganizationId, by: ProductUserId, now: datetime, lifetime: timedelta
) -> Connection:
    link = ActivationLink(generation=1, issued_at=now, expires_at=now + lifetime, issued_by=by)
    return Connection(connection, organization, ConnectionState.PENDING, created_at=now, link=link)


def reissue(
    connection: Connection, by: ProductUserId, key: str | None, now: datetime, lifetime: timedelta
) -> Connection:
    """A fresh link; the one before it stops working. ``IllegalStep`` while a consent is complete or under way.

    A connection that needs attention keeps its state, and so its settings, until somebody has consented again.
    """
    if connection.state is not ConnectionState.ATTENTION:
        check_step(connection.state, ConnectionState.PENDING)
        connection = replace(connection, state=ConnectionState.PENDING, reason=None, purge=False)
    link = ActivationLink(
        connection.link.generation + 1, issued_at=now, expires_at=now + lifetime, issued_by=by, key=key
    )
    return replace(connection, link=link)


def revoke(connection: Connection) -> Connection:
    return replace(connection, link=replace(connection.link, revoked=True))


def opened(connection: Connection, now: datetime) -> Connection:
    return replace(connection, link=replace(connection.link, last_opened_at=now))


def expire(connection: Connection) -> Connection:
    check_step(connection.state, ConnectionState.EXPIRED)
    return replace(connection, state=ConnectionState.EXPIRED)


def link_fault(connection: Connection, generation: int, now: datetime) -> LinkFault | None:
    """None if a link of this generation still leads to a consent."""
    link = connection.link
    if connection.state not in {ConnectionState.PENDING, ConnectionState.EXPIRED, ConnectionState.ATTENTION}:
        return LinkFault.USED
    if generation != link.generation:
        return LinkFault.REPLACED
    if link.revoked:
        return LinkFault.REVOKED
    if now >= link.expires_at or connection.state is ConnectionState.EXPIRED:
        return LinkFault.EXPIRED
    return None


def is_open(connection: Connection, now: datetime) -> bool:
    return link_fault(connection, connection.link.generation, now) is None


KEPT_WHILE_PROVEN_ANEW = frozenset({ConnectionState.ACTIVE, ConnectionState.REVIEW})


def verified(connection: Connection, tenant: TenantId, by: UserId, sign_in: str, now: datetime) -> Connection:
    """The connection with a proven tenant; one that serves, or is being reviewed, goes on while it is proven anew.

    Whatever a grant of earlier days said is forgotten: it says nothing about this one. ``IllegalStep`` for another
    tenant than the connection's own, because what people confirmed for that one is not meant for any other.
    """
    if connection.tenant not in {None, tenant}:
        raise IllegalStep(f"connection {connection.connection} belongs to another tenant")
    renewed = replace(
        connection,
        tenant=tenant,
        activated_by=by,
        sign_in=sign_in,
        service_principal=None,  # this consent may have made another one; the next look at the grant tells
        not_before=None,
        link=replace(connection.link, revoked=True),
    )
    if connection.state in KEPT_WHILE_PROVEN_ANEW:
        return renewed
    may_begin_anew = connection.state in {ConnectionState.DISCONNECTED, ConnectionState.EXPIRED}
    check_step(connection.state, ConnectionState.PENDING if may_begin_anew else ConnectionState.VERIFYING)
    return replace(
        renewed,
        state=ConnectionState.VERIFYING,
        reason=None,
        purge=False,
        activated_at=None,
        verifying_since=now,
        grant_attempts=0,
        grant_next_at=now,
        calendars_granted=False,
        scoped_by_exchange=False,
        held=None,
        sweep_confirmed_at=None,
        doubted_at=None,
    )
