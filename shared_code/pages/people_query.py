"""Which people an admin asked to see, as the address of a page has it."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from shared_code.core.ids import ConnectionId
from shared_code.core.people import Group, PeopleQuery, SortBy
from shared_code.core.product_user import UserState

LIST: Final = "/portal/users"
EXPORT: Final = "/portal/users.csv"
LONGEST_SEARCH: Final = 200
_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_PAGE = re.compile(r"[0-9]{1,6}")


def read_query(asked: Mapping[str, str]) -> PeopleQuery:
    """Whatever makes no sense counts as not asked for: an address may be old, cut off, or made up."""
    sort = asked.get("sort", "")
    page = asked.get("page", "")
    return PeopleQuery(
        asked.get("search", "").encode(errors="ignore").decode().strip()[:LONGEST_SEARCH],  # no half of a character
        _state(asked.get("status", "")),
        _sort_by(sort.removeprefix("-")),
        descending=sort.startswith("-"),
        page=int(page) if _PAGE.fullmatch(page) else 1,
        connection=ConnectionId(connection) if _ID.fullmatch(connection := asked.get("connection", "")) else None,
    )


def query_address(query: PeopleQuery, path: str = LIST) -> str:
    """What is as it would be anyway is left out."""
    asked: dict[str, str] = {}
    if query.search:
        asked["search"] = query.search
    if query.state is not None:
        asked["status"] = query.state
    if (query.sort, query.descending) != (SortBy.USER, False):
        asked["sort"] = sort_word(query)
    if query.connection is not None:
        asked["connection"] = query.connection
    if query.page > 1:
        asked["page"] = str(query.page)
    return f"{path}?{urlencode(asked)}" if asked else path


def sort_word(query: PeopleQuery) -> str:
    return f"-{query.sort}" if query.descending else str(query.sort)


def _state(word: str) -> UserState | Group | None:
    if word in set(Group):
        return Group(word)
    return UserState(word) if word in set(UserState) else None


def _sort_by(word: str) -> SortBy:
    return SortBy(word) if word in set(SortBy) else SortBy.USER
