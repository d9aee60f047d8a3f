"""Whether a tenant's grant is to be looked for, and where a connection goes when it comes back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from heapq import nsmallest

from shared_code.core.connection import Connection, ConnectionState, check_step
from shared_code.core.consent import USE_CALENDARS
from shared_code.core.ids import MailboxKey
from shared_code.core.trouble import Trouble

LOOKED_FOR = frozenset({ConnectionState.VERIFYING, ConnectionState.ATTENTION})
KNOWN_GOOD = frozenset({ConnectionState.ACTIVE, ConnectionState.REVIEW})
LOOKS_APART = timedelta(minutes=15)  # however many mailboxes are refused meanwhile
PROBES = 5  # mailboxes tried at each look


def needs_grant_check(connection: Connection, now: datetime) -> bool:
    """A connection that has lost its tenant's trust is looked at as well, ever since it did; one that serves, if it was
    consented to anew, to learn which enterprise application that consent was for, or if it is doubted."""
    if connection.state in KNOWN_GOOD:
        is_unknown = connection.sign_in is not None and connection.service_principal is None
        return is_unknown or needs_look(connection, now)
    if connection.state not in LOOKED_FOR:
        return False
    if connection.grant_next_at is None:
        return connection.state is ConnectionState.ATTENTION
    return connection.grant_next_at <= now


def needs_look(connection: Connection, now: datetime) -> bool:
    """Whether it is time to see what a refusal meant to a connection that serves."""
    if connection.state is not ConnectionState.ACTIVE or connection.doubted_at is None:
        return False
    return connection.looked_at is None or now - connection.looked_at >= LOOKS_APART


def may_be_doubted(connection: Connection) -> bool:
    """Once is enough: the first refusal orders the look, and those after it change nothing."""
    return connection.state is ConnectionState.ACTIVE and connection.doubted_at is None


def lacks_calendars(connection: Connection, roles: frozenset[str]) -> bool:
    """Whether a token no longer opens the calendars by itself, as that of this connection did."""
    return connection.calendars_granted and USE_CALENDARS not in roles


def may_recover(connection: Connection, service_principal: str | None) -> bool:
    """By itself, only while the tenant's enterprise application is the one that was proven.

    Somebody who deleted it meant to end this connection; if they consent again for somebody else, they have not said
    that they want this one back.
    """
    return connection.service_principal in {None, service_principal}


def recovered(connection: Connection, now: datetime) -> Connection:
    """Back to where it was: serving if it ever served, else to its first match. Users and settings are untouched."""
    state = ConnectionState.VERIFYING if connection.activated_at is None else ConnectionState.ACTIVE
    check_step(connection.state, state)
    return replace(connection, state=state, recovered_at=now, doubted_at=None)


@dataclass(frozen=True)
class Look:
    """What came of trying some of a connection's mailboxes."""

    connected: int  # users who counted as connected when the look began
    opened: int = 0
    refused: int = 0
    unsure: int = 0  # throttled, or Graph did not answer

    @property
    def is_all_shut(self) -> bool:
        """Nobody who was let in is let in any more. One refusal is never enough while others count as connected."""
        is_whole = self.connected <= self.refused
        return self.refused > 0 and self.opened == 0 and self.unsure == 0 and is_whole

    @property
    def calls_for_everybody(self) -> bool:
        """All who were tried are refused, so the others may be as well; or one who counts as shut is not."""
        if self.opened:
            return not self.connected
        return self.refused > 0 and not self.unsure


def verdict(connection: Connection, roles: frozenset[str], look: Look) -> Trouble | None:
    """What is wrong with a connection whose directory may still be read; None if nothing is, or nothing is sure."""
    if look.opened or look.unsure:
        return None
    if USE_CALENDARS not in roles and not connection.scoped_by_exchange:
        return Trouble.CALENDARS_NOT_GRANTED
    return Trouble.ALL_MAILBOXES_REFUSED if look.is_all_shut else None


def some_of(mailboxes: Iterable[MailboxKey], now: datetime) -> list[MailboxKey]:
    """Others at every look, so that a tenant that lets in a part of its people is found out before long."""
    minute = f"{now:%Y-%m-%dT%H:%M}"
    return nsmallest(PROBES, set(mailboxes), key=lambda mailbox: blake2b(f"{minute}{mailbox}".encode()).digest())
