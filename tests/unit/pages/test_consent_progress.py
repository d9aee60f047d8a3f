"""The page after the confirmation says what holds the connection up, and whether whoever reads it can do something."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.activation_link import new_connection
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.trouble import Trouble
from shared_code.pages.brand import Brand
from shared_code.pages.consent import LIMITABLE, ProgressView, render_progress
from shared_code.pages.frames import Frame

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FRESH = new_connection(ConnectionId("c"), OrganizationId("acme"), ProductUserId("olga"), NOW, timedelta(days=7))


def shown(state: ConnectionState, reason: str | None = None) -> str:
    connection = replace(FRESH, state=state, reason=reason)
    return render_progress(Frame(Brand("Example")), ProgressView("Acme", connection, "client"))


def test_an_application_that_was_disabled_can_be_enabled_without_a_new_link() -> None:
    page = shown(ConnectionState.ATTENTION, Trouble.APP_DISABLED)

    assert "The application is disabled" in page
    assert "Enabled for users to sign in" in page
    assert "ask the person who sent you the link" not in page


def test_a_consent_that_was_withdrawn_needs_a_new_link_from_whoever_sent_this_one() -> None:
    page = shown(ConnectionState.ATTENTION, Trouble.CONSENT_MISSING)

    assert "ask the person who sent you the link" in page


@pytest.mark.parametrize("reason", [None, "of_a_later_version"])
def test_a_reason_that_has_no_words_is_explained_in_general(reason: str | None) -> None:
    assert "Microsoft does not let us in" in shown(ConnectionState.ATTENTION, reason)


@pytest.mark.parametrize(
    ("reason", "current"),
    [
        (None, "Microsoft shows us the permissions"),
        (Trouble.ROLES_MISSING, "Microsoft shows us the permissions"),
        (Trouble.CALENDARS_NOT_GRANTED, "People are matched with their mailboxes"),
    ],
)
def test_how_far_the_check_has_come_is_shown(reason: str | None, current: str) -> None:
    page = shown(ConnectionState.VERIFYING, reason)

    assert f'<li aria-current="step">{current}</li>' in page


def test_only_a_page_that_may_still_change_looks_again() -> None:
    assert 'data-live="5"' in shown(ConnectionState.VERIFYING)
    assert "data-live" not in shown(ConnectionState.ACTIVE)


@pytest.mark.parametrize("state", ConnectionState)
def test_the_commands_have_a_place_that_is_renewed_even_when_they_no_longer_fit(state: ConnectionState) -> None:
    page = shown(state)

    assert ('<div id="limiting" data-live="5">' in page) is (state is ConnectionState.VERIFYING)
    assert '<div id="limiting"' in page
    assert ("Limit it to some mailboxes" in page) is (state in LIMITABLE)


def test_the_page_says_nothing_in_the_words_of_the_api() -> None:
    for trouble in Trouble:
        assert trouble not in shown(ConnectionState.ATTENTION, trouble)
