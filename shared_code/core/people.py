"""An organisation's people as a list: searched, kept to one state, sorted, and cut into pages.

Nothing here asks anybody; it works on the entries of the roster, of which there may be tens of thousands.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

from shared_code.core.ids import ConnectionId
from shared_code.core.overview import UNMATCHED
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import RosterEntry
from shared_code.core.told import ATTENTION

PAGE_SIZE = 25  # a page of them, each with the longest reason and two accounts of their own, stays under 40 KB


class SortBy(StrEnum):
    USER = "user"  # character by character, as ids are listed everywhere
    ADDRESS = "address"
    STATE = "state"  # in the order of UserState, not of the words
    ACCOUNT = "account"
    SINCE = "since"


class Group(StrEnum):
    """Several states, as the overview of connections counts them together."""

    ATTENTION = "attention"
    UNMATCHED = "unmatched"


STATES_OF: Mapping[Group, frozenset[UserState]] = {Group.ATTENTION: ATTENTION, Group.UNMATCHED: UNMATCHED}


@dataclass(frozen=True)
class PeopleQuery:
    search: str = ""  # part of the user's id or of one of the addresses shown
    state: UserState | Group | None = None
    sort: SortBy = SortBy.USER
    descending: bool = False
    page: int = 1
    connection: ConnectionId | None = None  # on whose word their state stands


@dataclass(frozen=True)
class PeoplePage:
    rows: tuple[RosterEntry, ...]
    counts: Mapping[UserState, int]  # of all that the search finds, whichever state is asked for
    total: int  # of those in the state that is asked for
    page: int  # the one shown: the last if a later one was asked for
    pages: int  # at least 1


def look_through(entries: Sequence[RosterEntry], query: PeopleQuery, size: int = PAGE_SIZE) -> PeoplePage:
    found = search(of_connection(entries, query.connection), query.search)
    listed = in_state(found, query.state)
    pages = max(1, -(-len(listed) // size))
    page = min(max(query.page, 1), pages)
    ordered = sort(listed, query.sort, descending=query.descending)
    rows = tuple(ordered[(page - 1) * size : page * size])
    return PeoplePage(rows, count_by_state(found), len(listed), page, pages)


def listed(entries: Iterable[RosterEntry], query: PeopleQuery) -> tuple[RosterEntry, ...]:
    """All of them, in order, on one page."""
    found = in_state(search(of_connection(entries, query.connection), query.search), query.state)
    return tuple(sort(found, query.sort, descending=query.descending))


def search(entries: Iterable[RosterEntry], text: str) -> list[RosterEntry]:
    """Those in whose id or addresses the text occurs, in whatever case; all of them for an empty text."""
    wanted = text.strip().casefold()
    return [entry for entry in entries if not wanted or wanted in _searched(entry)]


def of_connection(entries: Iterable[RosterEntry], connection: ConnectionId | None) -> list[RosterEntry]:
    return [entry for entry in entries if connection is None or entry.connection == connection]


def in_state(entries: Iterable[RosterEntry], state: UserState | Group | None) -> list[RosterEntry]:
    states = states_of(state)
    return [entry for entry in entries if entry.state in states]


def states_of(state: UserState | Group | None) -> frozenset[UserState]:
    """All of them for None."""
    if state is None:
        return frozenset(UserState)
    return STATES_OF[state] if isinstance(state, Group) else frozenset({state})


def sort(entries: Iterable[RosterEntry], by: SortBy, *, descending: bool = False) -> list[RosterEntry]:
    """Whoever has no such value comes last in either direction; equals stay in the order of their ids."""
    in_order = sorted(entries, key=attrgetter("user"))
    if by is SortBy.USER:
        return in_order[::-1] if descending else in_order
    key_of = _KEYS[by]
    with_it = [entry for entry in in_order if key_of(entry) is not None]
    without = [entry for entry in in_order if key_of(entry) is None] if len(with_it) < len(in_order) else []
    return sorted(with_it, key=key_of, reverse=descending) + without  # equals keep their order when reversed, too


def count_by_state(entries: Iterable[RosterEntry]) -> Counter[UserState]:
    return Counter(entry.state for entry in entries)


def _searched(entry: RosterEntry) -> str:
    """Nothing that a person types in one line runs over from one value into the next."""
    return f"{entry.user}\n{entry.address or ''}\n{entry.account or ''}".casefold()


_STATE_ORDER = {state: place for place, state in enumerate(UserState)}

_KEYS: Mapping[SortBy, Callable[[RosterEntry], Any]] = {
    SortBy.ADDRESS: lambda entry: None if entry.address is None else entry.address.casefold(),
    SortBy.STATE: lambda entry: _STATE_ORDER[entry.state],
    SortBy.ACCOUNT: lambda entry: None if entry.account is None else entry.account.casefold(),
    SortBy.SINCE: attrgetter("since"),
}
