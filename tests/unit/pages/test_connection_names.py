"""Connections of one organisation can be told apart by what their cards are called."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.activation_link import new_connection
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId
from shared_code.core.organization import Organization
from shared_code.core.overview import OverviewOf, card_of
from shared_code.pages import admin
from shared_code.pages.languages import LANGUAGES
from tests.browser.gallery import FRAME, signed_in

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ACME = OrganizationId("acme")


def begun(number: int, tenant: str | None = None) -> Connection:
    """A day after the one before, for links that work a week."""
    at = NOW + timedelta(days=number)
    fresh = new_connection(ConnectionId(f"c{number}"), ACME, ProductUserId("olga"), at, timedelta(days=7))
    if tenant is None:
        return fresh
    return replace(fresh, state=ConnectionState.DISCONNECTED, tenant=TenantId(tenant))


def names(language: str, *connections: Connection) -> list[tuple[str, ...]]:
    """Of each: its heading, and what the links and buttons of its card are called."""
    cards = tuple(card_of(each, None, None, {}, NOW) for each in connections)
    overview = OverviewOf(Organization(ACME, "Acme", NOW), cards, 7)
    frame = signed_in(replace(FRAME, locale=language))
    page = admin.render_outlook(frame, admin.outlook_view(overview, 0, "0" * 32, NOW))
    called = [re.findall(r'href="[^"]*">([^<]*)</a></h2>|<span class="unseen"> ([^<]*)', card) for card in split(page)]
    return [tuple("".join(each).strip() for each in its) for its in called]


def split(page: str) -> list[str]:
    return page.split("<article")[1:]


@pytest.mark.parametrize("language", LANGUAGES)
def test_connections_without_a_domain_are_called_by_their_tenants(language: str) -> None:
    one, other = begun(1, "c0a1e5ce-0000-4000-8000-000000000001"), begun(2, "d1b2f6df-0000-4000-8000-000000000002")

    first, second = names(language, one, other)

    assert len(first) > 1
    assert all("c0a1e5ce" in name for name in first)
    assert all("d1b2f6df" in name for name in second)


@pytest.mark.parametrize("language", LANGUAGES)
def test_connections_that_wait_for_an_administrator_are_called_by_when_they_were_begun(language: str) -> None:
    first, second = names(language, begun(1), begun(2))

    assert all("22" in name and "2026" in name for name in first)
    assert all("23" in name and "2026" in name for name in second)
