"""A first match before anybody is connected: who would be, who would not, and which domains wait for a word."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from shared_code.core.connection import Connection
from shared_code.core.ids import ConnectionId
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import RosterEntry

PAGE = 40  # a page of them, each with the longest reason, stays under 40 KB
SERVED = frozenset({UserState.CONNECTED, UserState.PENDING})  # by whichever connection they count for
Group = Literal["will", "will_not"]


@dataclass(frozen=True)
class ReviewOf:
    connection: Connection
    domain: str | None  # one that the tenant has proven
    group: Group  # which of the two is shown
    will: int
    will_not: int
    people: tuple[RosterEntry, ...]  # one page of the group
    page: int  # from 1
    pages: int


@dataclass(frozen=True)
class WaitingDomain:
    """Its addresses were found in the tenant, which has not proven that the domain is its own."""

    domain: str
    people: int


def groups_of(entries: Iterable[RosterEntry], connection: ConnectionId) -> Mapping[Group, list[RosterEntry]]:
    """In no particular order. Whoever another connection has, or is about to have, is in neither."""
    found: dict[Group, list[RosterEntry]] = {"will": [], "will_not": []}
    for entry in entries:
        if entry.state not in SERVED:
            found["will_not"].append(entry)
        elif entry.connection == connection:
            found["will"].append(entry)
    return found


def by_address(people: Iterable[RosterEntry]) -> list[RosterEntry]:
    return sorted(people, key=lambda entry: (entry.address or "", entry.user))


def count_pages(people: Sequence[RosterEntry]) -> int:
    return max(1, -(-len(people) // PAGE))


def has_named_calendar(entry: RosterEntry, connection: ConnectionId) -> bool:
    """Whether somebody whom a held sweep has named still has a calendar to lose, as ``has_calendar_to_lose`` says it.

    An entry does not tell whether a mailbox that is missing was ever there; that of somebody who was named was.
    """
    is_out_of_reach = entry.state is UserState.NO_MAILBOX and entry.account is not None
    return entry.connection == connection and (entry.state is UserState.CONNECTED or is_out_of_reach)


def waiting_domains(entries: Iterable[RosterEntry], connection: ConnectionId) -> tuple[WaitingDomain, ...]:
    """The one that most people wait for first."""
    domains = Counter(entry.domain for entry in entries if entry.domain and entry.connection == connection)
    return tuple(WaitingDomain(*found) for found in sorted(domains.items(), key=lambda one: (-one[1], one[0])))
