"""What is too much for one page: connections become rows, and what is to be said of many calendars is said once."""

from dataclasses import replace

import pytest

from shared_code.core.connection import Connection, ConnectionState, HeldSweep
from shared_code.core.ids import ConnectionId
from shared_code.core.organization import Organization
from shared_code.core.overview import Card, OverviewOf
from shared_code.core.review import WaitingDomain
from shared_code.pages import admin
from shared_code.pages.me import MOST_AT_LARGE
from shared_code.pages.my_texts import POLLED
from tests.browser import gallery_admin, my_pages
from tests.browser.gallery import FRAME, signed_in

ACTIVE = gallery_admin.cards()["active"]
ALL = admin.MOST_CARDS + admin.MOST_ROWS + 2


def card(number: int) -> Card:
    connection = replace(ACTIVE.connection, connection=ConnectionId(f"c-{number}"))
    return replace(ACTIVE, connection=connection, domain=f"{number:02}.example")


def outlook(*cards: Card, page: int = 1) -> str:
    overview = OverviewOf(Organization(gallery_admin.ACME, "Acme", gallery_admin.NOW), cards, 20_000)
    view = admin.outlook_view(overview, 0, gallery_admin.ONCE, gallery_admin.NOW, page)
    return admin.render_outlook(signed_in(FRAME), view)


@pytest.mark.parametrize(("page", "cards", "rows"), [(1, admin.MOST_CARDS, admin.MOST_ROWS), (2, 0, 2), (99, 0, 2)])
def test_connections_beyond_the_first_are_rows_on_as_many_pages_as_they_need(page: int, cards: int, rows: int) -> None:
    html = outlook(*map(card, range(ALL)), page=page)

    assert (html.count('<article class="card"'), html.count('<tr><td><a href="/portal/outlook/c-')) == (cards, rows)
    assert f"Page {min(page, 2)} of 2" in html
    assert "You create an activation link" not in html


def test_a_few_connections_are_all_cards() -> None:
    html = outlook(*map(card, range(admin.MOST_CARDS)))

    assert (html.count('<article class="card"'), "Other connections" in html) == (admin.MOST_CARDS, False)


@pytest.mark.parametrize(
    ("changed", "waits"),
    [
        (ACTIVE.connection, False),
        (replace(ACTIVE.connection, held=HeldSweep(gallery_admin.NOW, 2, 9)), True),
        (
            replace(ACTIVE.connection, state=ConnectionState.DISCONNECTED, held=HeldSweep(gallery_admin.NOW, 2, 9)),
            False,
        ),
    ],
)
def test_a_row_says_whether_the_connection_waits_for_an_admin(changed: Connection, *, waits: bool) -> None:
    html = outlook(*map(card, range(admin.MOST_CARDS)), replace(ACTIVE, connection=changed))

    assert (" Waits for you</td>" in html) is waits


def test_a_row_whose_connection_is_being_matched_is_followed_with_the_page_that_it_is_on() -> None:
    under_way = gallery_admin.cards()["collecting"]
    first = outlook(*map(card, range(admin.MOST_CARDS)), under_way)
    second = outlook(*map(card, range(admin.MOST_CARDS + admin.MOST_ROWS)), under_way, page=2)

    assert '<div id="rows" class="table" data-live="5">' in first
    assert '<div id="rows" class="table" data-live="5">' in second
    assert '<a href="/portal/outlook?page=1">Look again now</a>' in first
    assert '<a href="/portal/outlook?page=2">Look again now</a>' in second


def test_rows_that_wait_for_nothing_are_not_followed() -> None:
    html = outlook(*map(card, range(ALL)))

    assert ('<div id="rows" class="table">' in html, "data-live" in html) == (True, False)


def test_domains_that_wait_are_confirmed_by_buttons_of_one_form() -> None:
    html = gallery_admin.domains_page(signed_in(FRAME), *(WaitingDomain(f"{each}.example", 1) for each in range(3)))

    assert html.count('action="/portal/outlook/5jn2hdanfcm46l3t4xf8lw8jcr/domains"') == 1
    assert html.count('name="domain" value="') == 3


@pytest.mark.parametrize(("times", "said"), [(MOST_AT_LARGE // 4, MOST_AT_LARGE), (MOST_AT_LARGE // 4 + 1, 1)])
def test_what_is_to_be_said_of_many_calendars_is_said_once(times: int, said: int) -> None:
    listed = my_pages.calendars(times=times)
    polled = replace(listed, calendars=tuple(replace(each, polled=True) for each in listed.calendars))

    html = my_pages.page(signed_in(FRAME, is_admin=False), replace(my_pages.of_connected(), calendars=polled))

    assert html.count(POLLED) == said
    assert html.count('name="checked_calendars" value="') == 4 * times
