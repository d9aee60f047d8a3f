"""Which of an organisation's activation links is handed on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared_code.core.activation_link import new_connection, revoke
from shared_code.core.administrator_links import newest_open
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
WEEK = timedelta(days=7)


def linked(name: str, issued: timedelta) -> Connection:
    return new_connection(ConnectionId(name), OrganizationId("acme"), ProductUserId("olga"), NOW - issued, WEEK)


def test_the_newest_link_that_works_is_handed_on() -> None:
    older, newer = linked("older", timedelta(days=3)), linked("newer", timedelta(days=1))

    assert newest_open([older, newer], NOW) is newer
    assert newest_open([newer, older], NOW) is newer


def test_no_link_that_leads_nowhere_is_handed_on() -> None:
    expired = linked("expired", timedelta(days=8))
    revoked = revoke(linked("revoked", timedelta(days=1)))
    used = replace(linked("used", timedelta(days=1)), state=ConnectionState.ACTIVE)

    assert newest_open([expired, revoked, used], NOW) is None


def test_a_link_that_renews_a_connection_in_trouble_is_handed_on() -> None:
    troubled = replace(linked("troubled", timedelta(days=1)), state=ConnectionState.ATTENTION)

    assert newest_open([troubled], NOW) is troubled
