"""Who would be connected by a first match, who would not, and which domains wait."""

from dataclasses import replace

import pytest

from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.core.product_user import UserState
from shared_code.core.review import PAGE, by_address, count_pages, groups_of, has_named_calendar, waiting_domains
from shared_code.core.roster_entry import RosterEntry
from tests.unit.core.match_values import CONNECTION, NOW, OTHER


def entry(
    name: str, state: UserState, connection: ConnectionId | None = CONNECTION, domain: str | None = None
) -> RosterEntry:
    address = f"{name}@contoso.com"
    return RosterEntry(ProductUserId(name), address, None, state, None, connection, "user", NOW, domain)


PEOPLE = [
    entry("zoe", UserState.PENDING),
    entry("ann", UserState.PENDING),
    entry("bob", UserState.AMBIGUOUS),
    entry("cem", UserState.OPTED_OUT),
    entry("dan", UserState.NO_MATCH, None),
    entry("eve", UserState.CONNECTED, OTHER),
    entry("fay", UserState.PENDING, OTHER),
]


def test_those_who_are_matched_will_be_connected_by_address() -> None:
    assert [one.user for one in by_address(groups_of(PEOPLE, CONNECTION)["will"])] == ["ann", "zoe"]


def test_those_whom_another_connection_has_are_in_neither_group() -> None:
    assert [one.user for one in by_address(groups_of(PEOPLE, CONNECTION)["will_not"])] == ["bob", "cem", "dan"]


def test_an_empty_group_has_one_page() -> None:
    people = [entry(f"u{number}", UserState.PENDING) for number in range(PAGE + 1)]

    assert [count_pages([]), count_pages(people[:PAGE]), count_pages(people)] == [1, 1, 2]


@pytest.mark.parametrize(
    ("state", "connection", "account", "has_it"),
    [
        (UserState.CONNECTED, CONNECTION, "ann@contoso.com", True),
        (UserState.NO_MAILBOX, CONNECTION, "ann@contoso.com", True),
        (UserState.NO_MAILBOX, CONNECTION, None, False),
        (UserState.CONNECTED, OTHER, "ann@contoso.com", False),
        (UserState.OPTED_OUT, CONNECTION, "ann@contoso.com", False),
        (UserState.PENDING, CONNECTION, "ann@contoso.com", False),
    ],
)
def test_whoever_was_named_has_a_calendar_to_lose_for_as_long_as_the_connection_has_them(
    state: UserState, connection: ConnectionId, account: str | None, *, has_it: bool
) -> None:
    named = replace(entry("ann", state, connection), account=account)

    assert has_named_calendar(named, CONNECTION) is has_it


def test_the_domain_that_most_people_wait_for_comes_first() -> None:
    waiting = [
        entry("a", UserState.DOMAIN_UNPROVEN, domain="small.example"),
        entry("b", UserState.DOMAIN_UNPROVEN, domain="large.example"),
        entry("c", UserState.DOMAIN_UNPROVEN, domain="large.example"),
        entry("d", UserState.DOMAIN_UNPROVEN, OTHER, domain="other.example"),
        *PEOPLE,
    ]

    found = waiting_domains(waiting, CONNECTION)

    assert [(one.domain, one.people) for one in found] == [("large.example", 2), ("small.example", 1)]
