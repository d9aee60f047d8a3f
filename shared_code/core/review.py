"""A first match before anybody is connected: who would be, who would not, and which domains wait for a word."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from shared_code.core.connection import Connection
from shared_code.core.explain import Explanation
from shared_code.core.ids import ConnectionId
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import RosterEntry

PAGE = 50
Group = Literal["will", "will_not"]


@dataclass(frozen=True)
class Reviewed:
    entry: RosterEntry
    explained: Explanation


@dataclass(frozen=True)
class ReviewOf:
    connection: Connection
    group: Group  # which of the two is shown
    will: int
    will_not: int
    people: tuple[Reviewed, ...]  # one page of the group
    page: int  # from 1
    pages: int


@dataclass(frozen=True)
class WaitingDomain:
    """Its addresses were found in the tenant, which has not proven that the domain is its own."""

    domain: str
    people: int


def find_group(entries: Iterable[RosterEntry], connection: ConnectionId, group: Group) -> list[RosterEntry]:
    """By address. Whoever another connection has, or is about to have, is in neither."""
    found = [entry for entry in entries if _group(entry, connection) == group]
    return sorted(found, key=lambda entry: (entry.address or "", entry.user))


def count_pages(people: Sequence[RosterEntry]) -> int:
    return max(1, -(-len(people) // PAGE))


def waiting_domains(entries: Iterable[RosterEntry], connection: ConnectionId) -> tuple[WaitingDomain, ...]:
    """The one that most people wait for first."""
    domains = Counter(entry.domain for entry in entries if entry.domain and entry.connection == connection)
    return tuple(WaitingDomain(*found) for found in sorted(domains.items(), key=lambda one: (-one[1], one[0])))


def _group(entry: RosterEntry, connection: ConnectionId) -> Group | None:
    is_served = entry.state in {UserState.CONNECTED, UserState.PENDING}
    if is_served:
        return "will" if entry.connection == connection else None
    return "will_not"
