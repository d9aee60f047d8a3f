"""What a look at a tenant's grant and at some of its mailboxes means for a connection."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import ConnectionState
from shared_code.core.consent import READ_DIRECTORY, USE_CALENDARS
from shared_code.core.grant import (
    LOOKS_APART,
    PROBES,
    Look,
    lacks_calendars,
    may_be_doubted,
    needs_grant_check,
    some_of,
    verdict,
)
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.trouble import Trouble
from tests.unit.core.match_values import NOW, TENANT, connection

BOTH = frozenset({READ_DIRECTORY, USE_CALENDARS})
DIRECTORY_ONLY = frozenset({READ_DIRECTORY})
SERVING = connection()


@pytest.mark.parametrize(
    ("look", "roles", "scoped", "trouble"),
    [
        (Look(connected=100, opened=1, refused=4), BOTH, False, None),
        (Look(connected=100, refused=5), BOTH, False, None),  # the other 95 may be open
        (Look(connected=3, refused=3), BOTH, False, Trouble.ALL_MAILBOXES_REFUSED),
        (Look(connected=3, refused=2), BOTH, False, None),  # the third has no mailbox
        (Look(connected=3, refused=2, unsure=1), BOTH, False, None),
        (Look(connected=0, refused=5), BOTH, False, Trouble.ALL_MAILBOXES_REFUSED),
        (Look(connected=0), BOTH, False, None),
        (Look(connected=100, refused=5), DIRECTORY_ONLY, False, Trouble.CALENDARS_NOT_GRANTED),
        (Look(connected=100, opened=1), DIRECTORY_ONLY, False, None),
        (Look(connected=100, refused=4, unsure=1), DIRECTORY_ONLY, False, None),
        (Look(connected=0), DIRECTORY_ONLY, False, Trouble.CALENDARS_NOT_GRANTED),
        (Look(connected=100, refused=5), DIRECTORY_ONLY, True, None),
        (Look(connected=4, refused=4), DIRECTORY_ONLY, True, Trouble.ALL_MAILBOXES_REFUSED),
    ],
)
def test_only_what_is_sure_takes_the_trust_from_a_connection(
    look: Look, roles: frozenset[str], scoped: bool, trouble: Trouble | None
) -> None:
    assert verdict(replace(SERVING, scoped_by_exchange=scoped), roles, look) is trouble


def test_everybody_is_asked_when_all_who_were_tried_are_refused_or_one_who_was_shut_is_not() -> None:
    assert Look(connected=100, refused=5).calls_for_everybody
    assert Look(connected=0, opened=1).calls_for_everybody
    assert not Look(connected=100, opened=1, refused=3).calls_for_everybody
    assert not Look(connected=100, refused=3, unsure=2).calls_for_everybody
    assert not Look(connected=0).calls_for_everybody


@pytest.mark.parametrize(
    ("looked_ago", "looks"),
    [(None, True), (LOOKS_APART, True), (LOOKS_APART - timedelta(seconds=1), False)],
)
def test_looks_at_a_doubted_connection_are_a_quarter_of_an_hour_apart(
    looked_ago: timedelta | None, looks: bool
) -> None:
    looked_at = None if looked_ago is None else NOW - looked_ago
    doubted = replace(SERVING, doubted_at=NOW, looked_at=looked_at)

    assert needs_grant_check(doubted, NOW) is looks


def test_a_connection_is_doubted_once_and_only_while_it_serves() -> None:
    assert may_be_doubted(SERVING)
    assert not may_be_doubted(replace(SERVING, doubted_at=NOW))
    assert not may_be_doubted(replace(SERVING, state=ConnectionState.ATTENTION))
    assert not needs_grant_check(replace(SERVING, state=ConnectionState.REVIEW, doubted_at=NOW), NOW)


def test_a_token_without_the_calendars_says_something_only_where_it_had_them() -> None:
    assert lacks_calendars(replace(SERVING, calendars_granted=True), DIRECTORY_ONLY)
    assert not lacks_calendars(replace(SERVING, calendars_granted=True), BOTH)
    assert not lacks_calendars(replace(SERVING, calendars_granted=False, scoped_by_exchange=True), DIRECTORY_ONLY)


def test_at_every_look_others_are_tried_until_everybody_was() -> None:
    mailboxes = [MailboxKey("organizations", TENANT, UserId(f"user-{number}")) for number in range(50)]

    tried = [some_of(mailboxes, NOW + timedelta(hours=hour)) for hour in range(100)]

    assert {len(some) for some in tried} == {PROBES}
    assert {mailbox for some in tried for mailbox in some} == set(mailboxes)
    assert some_of(mailboxes, NOW) == some_of(reversed(mailboxes), NOW)
