from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.ids import (
    CalendarId,
    ConnectionId,
    LinkKey,
    MailboxKey,
    OrganizationId,
    ProductUserId,
    TenantId,
    UserId,
)
from shared_code.core.mailbox import Lease, Link
from shared_code.core.subscription import LIFETIME, Subscription
from shared_code.core.sync_rules import SYNC_EVERY
from shared_code.core.turns import KEPT_FOR, READ_EVERY, forgotten, is_polled, needs_reading, next_look, outlived

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MAILBOX = MailboxKey("organizations", TenantId("tenant"), UserId("person"))
SUBJECT = str(MAILBOX)
READ_AT = NOW - timedelta(hours=1)
LIVE = Subscription("this", NOW + LIFETIME, 1, "key", READ_AT, READ_AT)
TOLD = Lease(MAILBOX, started_at=READ_AT, subscription=LIVE)
WORK = LinkedCalendar(
    CalendarId("work"),
    is_default=True,
    can_edit=True,
    checked=True,
    written=True,
    state=CalendarState.OK,
    read_at=READ_AT,
)
LINK = Link(
    LinkKey(MAILBOX, OrganizationId("org"), ProductUserId("user")), ConnectionId("c"), READ_AT, calendars=(WORK,)
)


def test_a_mailbox_that_is_told_of_changes_is_read_every_six_hours() -> None:
    assert not needs_reading(TOLD, [LINK], READ_AT + READ_EVERY - timedelta(seconds=1))
    assert needs_reading(TOLD, [LINK], READ_AT + READ_EVERY)
    assert next_look(TOLD, SUBJECT, all_served=True, now=NOW) == READ_AT + READ_EVERY


@pytest.mark.parametrize(
    "lease",
    [
        replace(TOLD, subscription=None),
        replace(TOLD, subscription=replace(LIVE, expires_at=NOW)),
        replace(TOLD, subscription=replace(LIVE, since=READ_AT + timedelta(seconds=1))),
        replace(TOLD, is_behind=True),
        replace(TOLD, started_at=None),
    ],
)
def test_a_mailbox_that_is_not_told_or_was_not_read_whole_is_read_every_quarter_of_an_hour(lease: Lease) -> None:
    assert needs_reading(lease, [LINK], NOW)
    assert NOW < next_look(lease, SUBJECT, all_served=True, now=NOW) <= NOW + SYNC_EVERY


@pytest.mark.parametrize("state", [CalendarState.DENIED, CalendarState.PENDING])
def test_a_calendar_that_was_kept_from_us_is_read_as_soon_as_its_link_is_served(state: CalendarState) -> None:
    link = replace(LINK, calendars=(replace(WORK, state=state),))

    assert needs_reading(TOLD, [link], NOW)


def test_a_calendar_that_is_not_read_makes_no_haste() -> None:
    home = replace(WORK, calendar=CalendarId("home"), checked=False, written=False, state=CalendarState.PENDING)

    assert not needs_reading(TOLD, [replace(LINK, calendars=(WORK, home))], NOW)


def test_a_mailbox_that_nobody_may_read_is_looked_at_and_not_read() -> None:
    assert not needs_reading(replace(TOLD, is_behind=True), [], NOW)
    assert next_look(TOLD, SUBJECT, all_served=False, now=NOW) <= NOW + SYNC_EVERY


def test_a_polled_mailbox_is_left_out_shortly_after_a_read() -> None:
    polled = replace(TOLD, subscription=None)

    assert not needs_reading(polled, [LINK], READ_AT + timedelta(seconds=59))
    assert needs_reading(polled, [LINK], READ_AT + timedelta(seconds=60))


def test_a_link_that_is_not_served_keeps_the_others_read_from_being_late() -> None:
    due = READ_AT + READ_EVERY

    assert next_look(TOLD, SUBJECT, all_served=False, now=due - timedelta(seconds=1)) == due


def test_a_turn_that_is_overdue_comes_again_within_a_quarter_of_an_hour() -> None:
    late = READ_AT + READ_EVERY

    assert late < next_look(TOLD, SUBJECT, all_served=True, now=late) <= late + SYNC_EVERY


def test_what_could_not_be_read_for_thirty_days_is_outlived() -> None:
    assert outlived(LINK, READ_AT + KEPT_FOR - timedelta(seconds=1)) == ()
    assert outlived(LINK, READ_AT + KEPT_FOR) == (WORK,)
    assert outlived(replace(LINK, calendars=(forgotten(WORK),)), READ_AT + KEPT_FOR) == ()


def test_while_it_is_read_a_mailbox_keeps_its_turn_for_the_read_that_fails() -> None:
    lease = replace(TOLD, holder="a reader", until=NOW + timedelta(minutes=5))

    assert not needs_reading(lease, [LINK], NOW)
    assert NOW < next_look(lease, SUBJECT, all_served=True, now=NOW) <= NOW + SYNC_EVERY


def test_somebody_elses_calendar_is_polled_whatever_is_told_of_the_mailbox() -> None:
    link = replace(LINK, calendars=(WORK, replace(WORK, calendar=CalendarId("bens"), written=False, notifies=False)))

    assert is_polled(link)
    assert needs_reading(TOLD, [link], READ_AT + SYNC_EVERY)
    assert not needs_reading(TOLD, [link], READ_AT + timedelta(seconds=59))
    assert next_look(TOLD, SUBJECT, all_served=True, polled=True, now=NOW) <= NOW + SYNC_EVERY


def test_one_that_is_not_checked_is_not_polled() -> None:
    bens = replace(WORK, calendar=CalendarId("bens"), checked=False, written=False, notifies=False)

    assert not is_polled(replace(LINK, calendars=(WORK, bens)))
