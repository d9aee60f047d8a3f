from datetime import timedelta

import pytest

from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.core.people import STATES_OF, Group, PeopleQuery, SortBy, look_through, search, sort
from shared_code.core.people import listed as exported
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import RosterEntry
from tests.unit.core.match_values import CONNECTION, NOW, OTHER


def entry(
    user: str,
    address: str | None = None,
    account: str | None = None,
    state: UserState = UserState.CONNECTED,
    connection: ConnectionId | None = CONNECTION,
    days: int = 0,
) -> RosterEntry:
    return RosterEntry(
        ProductUserId(user), address, account, state, None, connection, "user", NOW + timedelta(days=days)
    )


PEOPLE = (
    entry("u10", "zoe@contoso.com", "zoe@contoso.com", days=2),
    entry("U2", "Ann@Contoso.com", None, UserState.NO_MATCH, OTHER, days=1),
    entry("u3", None, None, UserState.PERSONAL, None, days=1),
    entry("u4", "bob@contoso.com", "robert@contoso.com", days=3),
)


def names(entries: object) -> list[str]:
    assert isinstance(entries, list | tuple)
    return [each.user for each in entries]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["u10", "U2", "u3", "u4"]),
        ("  ", ["u10", "U2", "u3", "u4"]),
        ("u2", ["U2"]),
        (" ANN@ ", ["U2"]),
        ("robert", ["u4"]),
        ("contoso", ["u10", "U2", "u4"]),
        ("u4 bob", []),
        ("nobody", []),
    ],
)
def test_a_search_looks_into_ids_and_both_addresses_in_whatever_case(text: str, found: list[str]) -> None:
    assert names(search(PEOPLE, text)) == found


@pytest.mark.parametrize(
    ("by", "descending", "order"),
    [
        (SortBy.USER, False, ["U2", "u10", "u3", "u4"]),
        (SortBy.USER, True, ["u4", "u3", "u10", "U2"]),
        (SortBy.ADDRESS, False, ["U2", "u4", "u10", "u3"]),
        (SortBy.ADDRESS, True, ["u10", "u4", "U2", "u3"]),
        (SortBy.ACCOUNT, False, ["u4", "u10", "U2", "u3"]),
        (SortBy.ACCOUNT, True, ["u10", "u4", "U2", "u3"]),
        (SortBy.STATE, False, ["u10", "u4", "U2", "u3"]),
        (SortBy.STATE, True, ["u3", "U2", "u10", "u4"]),
        (SortBy.SINCE, False, ["U2", "u3", "u10", "u4"]),
        (SortBy.SINCE, True, ["u4", "u10", "U2", "u3"]),
    ],
)
def test_people_are_sorted_either_way_and_equals_by_their_ids(by: SortBy, descending: bool, order: list[str]) -> None:
    assert names(sort(PEOPLE, by, descending=descending)) == order
    assert names(sort(PEOPLE[::-1], by, descending=descending)) == order


def test_counts_are_of_all_that_the_search_finds_and_the_total_of_the_state_asked_for() -> None:
    shown = look_through(PEOPLE, PeopleQuery("contoso", UserState.CONNECTED))

    assert shown.counts == {UserState.CONNECTED: 2, UserState.NO_MATCH: 1}
    assert (shown.total, names(shown.rows)) == (2, ["u10", "u4"])


def test_only_people_of_the_connection_asked_for_are_found_and_counted() -> None:
    shown = look_through(PEOPLE, PeopleQuery(connection=CONNECTION))

    assert (shown.counts, names(shown.rows)) == ({UserState.CONNECTED: 2}, ["u10", "u4"])
    assert names(exported(PEOPLE, PeopleQuery(connection=OTHER))) == ["U2"]


@pytest.mark.parametrize(("group", "states"), STATES_OF.items())
def test_a_group_holds_those_in_any_of_its_states(group: Group, states: frozenset[UserState]) -> None:
    everybody = [entry(f"u-{state}", state=state) for state in UserState]

    shown = look_through(everybody, PeopleQuery(state=group))

    assert {row.state for row in shown.rows} == states
    assert shown.total == len(states)


@pytest.mark.parametrize(
    ("asked", "shown", "rows"),
    [(1, 1, 2), (2, 2, 2), (3, 3, 1), (4, 3, 1), (0, 1, 2), (-7, 1, 2), (10**30, 3, 1)],
)
def test_a_page_that_is_not_there_gives_the_nearest_one(asked: int, shown: int, rows: int) -> None:
    five = [entry(f"u{number}") for number in range(5)]

    page = look_through(five, PeopleQuery(page=asked), size=2)

    assert (page.page, page.pages, len(page.rows), page.total) == (shown, 3, rows, 5)


def test_the_pages_of_a_list_hold_everybody_once() -> None:
    many = [entry(f"u{number:03}", days=number % 3) for number in range(131)]

    first = look_through(many, PeopleQuery(sort=SortBy.SINCE))
    pages = [look_through(many, PeopleQuery(sort=SortBy.SINCE, page=page)) for page in range(1, first.pages + 1)]

    assert len(pages) > 2
    assert sorted(name for page in pages for name in names(page.rows)) == names(many)


def test_an_empty_list_has_one_empty_page() -> None:
    page = look_through((), PeopleQuery(page=3))

    assert (page.rows, page.total, page.page, page.pages) == ((), 0, 1, 1)
