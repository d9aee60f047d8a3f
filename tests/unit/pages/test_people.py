"""The list of people: what a row says, where its links lead, and what becomes of it in a spreadsheet."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.core.people import Group, PeopleQuery, SortBy, look_through
from shared_code.core.personal_account import PersonalState
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster_entry import RosterEntry
from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.people import UsersView, render_users
from shared_code.pages.people_csv import BYTE_ORDER_MARK, render_users_csv
from shared_code.pages.people_query import query_address, read_query
from shared_code.pages.states import REASONS, STATES

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BRAND = Brand("Meetwell")
FRAME = Frame(BRAND, signed_in=SignedIn("Acme", "olga", is_admin=True, form_token="t", return_to=None))
ANYBODY = PeopleQuery()
OWN_ACCOUNTS = "Comptes Outlook personnels"
FRENCH = replace(FRAME, locale="fr")


def entry(user: str = "ursula", state: UserState = UserState.CONNECTED, reason: str | None = None) -> RosterEntry:
    address = f"{user}@acme.example"
    return RosterEntry(ProductUserId(user), address, address, state, reason, None, "user", NOW)


def shown(*entries: RosterEntry, query: PeopleQuery = ANYBODY, frame: Frame = FRAME) -> str:
    return render_users(frame, UsersView(query, look_through(entries, query)))


def many(count: int) -> list[RosterEntry]:
    return [entry(f"u{number:05}") for number in range(count)]


def cells(content: bytes, separator: str = ",") -> list[list[str]]:
    assert content.startswith(BYTE_ORDER_MARK)
    text = io.StringIO(content.removeprefix(BYTE_ORDER_MARK).decode(), newline="")
    return list(csv.reader(text, delimiter=separator))


@pytest.mark.parametrize("state", UserState)
def test_every_state_is_shown_in_words(state: UserState) -> None:
    assert f'<span class="badge {STATES[state].tone}">{STATES[state].label}</span>' in shown(entry(state=state))


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_shown_with_what_to_do(reason: Reason) -> None:
    page = shown(entry(state=UserState.ERROR, reason=reason))

    assert REASONS[reason].why % {"product": "Meetwell"} in page
    assert REASONS[reason].next % {"product": "Meetwell"} in page
    assert reason not in page


def test_whatever_stands_in_an_address_or_a_search_is_no_html() -> None:
    hostile = '"><script>alert(1)</script>'
    page = shown(replace(entry(), address=hostile), query=PeopleQuery(hostile))

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_chips_count_all_that_was_found_and_lead_to_each_state() -> None:
    query = PeopleQuery("u", UserState.NO_MATCH, SortBy.SINCE, descending=True, page=3)

    page = shown(*many(3), entry("u-no", UserState.NO_MATCH), query=query)

    assert '<a href="/portal/users?search=u&amp;sort=-since">Everybody <b>4</b></a>' in page
    assert '<a href="/portal/users?search=u&amp;status=connected&amp;sort=-since">Connected <b>3</b></a>' in page
    assert 'sort=-since" aria-current="true">No match <b>1</b></a>' in page
    assert "No mailbox" not in page


def test_the_state_that_is_asked_for_keeps_its_chip_though_nobody_is_in_it() -> None:
    page = shown(*many(3), query=PeopleQuery(state=UserState.ERROR))

    assert 'aria-current="true">Not readable <b>0</b></a>' in page
    assert "Nobody has this status at the moment." in page


def test_the_sorted_column_says_so_and_turns_round() -> None:
    up, down = (
        shown(entry(), query=PeopleQuery(sort=SortBy.SINCE)),
        shown(entry(), query=PeopleQuery(sort=SortBy.SINCE, descending=True)),
    )

    assert '<th scope="col" aria-sort="ascending"><a href="/portal/users?sort=-since">Since</a></th>' in up
    assert '<th scope="col" aria-sort="descending"><a href="/portal/users?sort=since">Since</a></th>' in down
    assert (up.count("aria-sort"), '<a href="/portal/users">User</a>' in up) == (1, True)


@pytest.mark.parametrize(
    ("page", "numbers"),
    [
        (1, "1 2 3 … 800"),
        (4, "1 2 3 4 5 6 … 800"),
        (200, "1 … 198 199 200 201 202 … 800"),
        (800, "1 … 798 799 800"),
    ],
)
def test_pages_are_numbered_around_the_one_shown(page: int, numbers: str) -> None:
    html = shown(*many(20_000), query=PeopleQuery(page=page))

    pager = html.partition('aria-label="Pages of the list"')[2].partition("</nav>")[0]
    assert [label for label in numbers.split() if f">{label}<" not in pager] == []
    assert pager.count("<li>") == len(numbers.split())
    assert f'href="{query_address(PeopleQuery(page=page))}" aria-current="page"' in pager
    assert f"{page * 25 - 24:,} to {page * 25:,} of 20,000 users" in html


def test_one_page_needs_no_numbers() -> None:
    assert "Pages of the list" not in shown(*many(25))


@pytest.mark.parametrize(
    "query",
    [
        PeopleQuery(),
        PeopleQuery("a b&c=ü", UserState.NO_MATCH, SortBy.STATE, descending=True, page=7),
        PeopleQuery(descending=True),
        PeopleQuery(state=Group.ATTENTION, connection=ConnectionId("c-1")),
    ],
)
def test_a_query_comes_back_from_its_address_as_it_was(query: PeopleQuery) -> None:
    from tests.unit.functions.browser import query_of

    assert read_query(query_of(query_address(query))) == query


@pytest.mark.parametrize(
    "asked",
    [
        {"page": "0"},
        {"page": "-1"},
        {"page": "x"},
        {"page": "9" * 5000},
        {"page": "²"},
        {"sort": "password"},
        {"sort": "--since"},
        {"status": "nobody"},
        {"search": "   "},
        {"connection": "a/b?"},
        {"connection": "x" * 65},
    ],
)
def test_what_makes_no_sense_is_as_if_nothing_had_been_asked(asked: dict[str, str]) -> None:
    found = read_query(asked)

    assert replace(found, page=max(found.page, 1)) == PeopleQuery(descending=asked.get("sort", "").startswith("-"))


def test_a_search_for_half_a_character_is_none() -> None:
    query = read_query({"search": "a\ud800"})

    assert (query.search, query_address(query)) == ("a", "/portal/users?search=a")


def test_a_search_of_any_length_is_cut() -> None:
    assert len(read_query({"search": "x" * 100_000}).search) == 200


def test_the_file_has_everybody_in_the_readers_language() -> None:
    rows = cells(render_users_csv(FRENCH, [entry(), entry("ben", UserState.NO_MATCH, Reason.NO_VERIFIED_ADDRESS)]), ";")

    assert rows[0] == [
        "Utilisateur",
        "Adresse",
        "Statut",
        "Motif",
        "Que faire",
        "Compte Microsoft",
        "Depuis le",
        OWN_ACCOUNTS,
    ]
    assert rows[1] == ["ursula", "ursula@acme.example", "Connecté", "", "", *rows[1][5:]]
    assert rows[1][5:] == ["ursula@acme.example", "2026-11-21T09:30:00+00:00", ""]
    assert rows[2][2:5] == [
        "Aucune correspondance",
        "Aucune adresse vérifiée n’est connue.",
        "L’adresse doit être vérifiée dans Meetwell.",
    ]


def test_accounts_of_their_own_are_told_by_count_and_state_in_list_and_file() -> None:
    accounts = (PersonalState.CONNECTED, PersonalState.NEEDS_RECONNECT, PersonalState.CONNECTED)
    ursula = replace(entry(), accounts=accounts)

    page, rows = shown(ursula, entry("ben")), cells(render_users_csv(FRAME, [ursula, entry("ben")]))

    assert "<p>2 own accounts connected, 1 own account needs its owner</p>" in page
    assert page.count("own account") == 2
    assert [row[-1] for row in rows[1:]] == ["2 own accounts connected, 1 own account needs its owner", ""]


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(begin: str) -> None:
    rows = cells(render_users_csv(FRAME, [replace(entry(), address=f'{begin}HYPERLINK("x","y")@a.example')]))

    assert rows[1][1] == f'\'{begin}HYPERLINK("x","y")@a.example'


@pytest.mark.parametrize("within", ["x;=1+1", 'x;"=1+1', "x,+1", "x\t@y", "x;;-1", "x\r\n=1"])
def test_no_cell_becomes_a_formula_where_another_separator_holds(within: str) -> None:
    content = render_users_csv(FRAME, [replace(entry(), address=f"{within}@a.example")]).decode()

    assert re.search(r"[;,\t\r\n][\"]*[=+@-]", content) is None


def test_the_file_is_separated_as_spreadsheets_of_the_readers_language_expect() -> None:
    english, french = (render_users_csv(frame, [entry()]).decode().splitlines()[1] for frame in (FRAME, FRENCH))

    assert (english.split(",")[0], french.split(";")[0]) == ("ursula", "ursula")


def test_commas_quotes_and_lines_stay_in_their_cells() -> None:
    odd = 'a"b,c\r\nd@acme.example'

    content = render_users_csv(FRAME, [replace(entry(), address=odd)])

    assert cells(content)[1][1] == odd
    assert content.count(b"\r\n") == 3  # two rows, and one within quotes
