"""The list of an organisation's people, as an admin sees it: plain links search, filter, sort and turn its pages."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

from shared_code.core.people import PAGE_SIZE, Group, PeoplePage, PeopleQuery, SortBy, states_of
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import RosterEntry
from shared_code.pages.frames import Frame
from shared_code.pages.languages import N_
from shared_code.pages.people_query import EXPORT, LIST, LONGEST_SEARCH, query_address, sort_word
from shared_code.pages.rendering import render
from shared_code.pages.states import STATES, ReasonText, StateText, reason_text
from shared_code.pages.their_accounts import counted

COLUMNS: Final[dict[SortBy, str]] = {
    SortBy.USER: N_("User"),
    SortBy.ADDRESS: N_("Address"),
    SortBy.STATE: N_("Status"),
    SortBy.ACCOUNT: N_("Microsoft account"),
    SortBy.SINCE: N_("Since"),
}
GROUPS: Final[dict[Group, str]] = {
    Group.ATTENTION: N_("Needs attention"),
    Group.UNMATCHED: N_("Without a match"),
}
_AROUND = 2  # numbered pages on either side of the one that is shown


@dataclass(frozen=True)
class UsersView:
    query: PeopleQuery
    found: PeoplePage


@dataclass(frozen=True)
class Column:
    label: str
    href: str
    sorted: Literal["ascending", "descending"] | None


@dataclass(frozen=True)
class Chip:
    label: str
    count: int
    href: str
    is_current: bool


@dataclass(frozen=True)
class PageLink:
    """``number`` is None where pages are passed over."""

    number: int | None
    href: str = ""


@dataclass(frozen=True)
class Row:
    entry: RosterEntry
    state: StateText
    reason: ReasonText | None
    accounts: list[tuple[tuple[str, str], int]]  # of their own, by state


def render_users(frame: Frame, view: UsersView) -> str:
    query, found = view.query, view.found
    shown = replace(query, page=found.page)
    return render(
        frame,
        "users.html",
        query=query,
        found=found,
        rows=[
            Row(each, STATES[each.state], reason_text(each.state, each.reason), counted(each.accounts))
            for each in found.rows
        ],
        columns=[_column(shown, by, label) for by, label in COLUMNS.items()],
        chips=list(_chips(query, found)),
        pages=list(_pages(shown, found.pages)),
        before=query_address(replace(shown, page=found.page - 1)),
        after=query_address(replace(shown, page=found.page + 1)),
        first=(found.page - 1) * PAGE_SIZE + 1,
        export=query_address(replace(query, page=1), EXPORT),
        everybody=query_address(replace(query, search="", state=None, page=1, connection=None)),
        unsearched=query_address(replace(query, search="", page=1)),
        sort=sort_word(query),
        list=LIST,
        longest=LONGEST_SEARCH,
        at=LIST,
    )


def _column(query: PeopleQuery, by: SortBy, label: str) -> Column:
    """A column that is sorted already is turned round."""
    is_sorted = query.sort is by
    href = query_address(replace(query, sort=by, descending=is_sorted and not query.descending, page=1))
    if not is_sorted:
        return Column(label, href, None)
    return Column(label, href, "descending" if query.descending else "ascending")


def _chips(query: PeopleQuery, found: PeoplePage) -> Iterator[Chip]:
    """Everybody, the group that is asked for, the states that somebody is in, and the one that is asked for."""

    def chip(state: UserState | Group | None, label: str) -> Chip:
        count = sum(found.counts.get(each, 0) for each in states_of(state))
        return Chip(label, count, query_address(replace(query, state=state, page=1)), state is query.state)

    yield chip(None, N_("Everybody"))
    if isinstance(query.state, Group):
        yield chip(query.state, GROUPS[query.state])
    for state in UserState:
        if found.counts.get(state) or state is query.state:
            yield chip(state, STATES[state].label)


def _pages(query: PeopleQuery, pages: int) -> Iterator[PageLink]:
    """The first, the last, and those around the one that is shown."""
    last = 0
    for number in sorted({1, pages, *range(query.page - _AROUND, query.page + _AROUND + 1)} & set(range(1, pages + 1))):
        if number > last + 1:
            yield PageLink(None)
        yield PageLink(number, query_address(replace(query, page=number)))
        last = number
