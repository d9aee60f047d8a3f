from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.ids import MailboxKey, TenantId, UserId
from shared_code.core.mailbox import Lease
from shared_code.core.subscription import LIFETIME, Subscription
from shared_code.core.sync_outcome import Outcome, lease_after
from shared_code.core.sync_rules import LAG, Cause

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=6)
LIVE = Subscription("this", NOW + LIFETIME, 1, "key", EARLIER, EARLIER)
HELD = Lease(
    MailboxKey("organizations", TenantId("tenant"), UserId("person")),
    holder="somebody",
    until=NOW + timedelta(minutes=5),
    started_at=EARLIER,
    subscription=LIVE,
)


def _read(cause: Cause = "notified", *, whole: bool = True, news: bool = False) -> Outcome:
    return Outcome(cause, NOW, is_whole=whole, has_news=news)


def test_a_whole_read_gives_the_lease_back_and_says_when_it_began() -> None:
    after = lease_after(replace(HELD, is_behind=True), _read())

    assert (after.holder, after.until, after.started_at, after.is_behind) == (None, None, NOW, False)
    assert after.subscription == LIVE


def test_a_read_that_is_not_whole_leaves_the_mailbox_behind() -> None:
    after = lease_after(HELD, replace(_read(whole=False, news=True), not_before=NOW + timedelta(minutes=1)))

    assert (after.holder, after.started_at, after.is_behind) == (None, EARLIER, True)
    assert after.not_before == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("outcome", "owed", "owes"),
    [
        (_read("notified"), False, True),
        (_read("notified", news=True), False, False),
        (_read("notified", news=True), True, True),  # an earlier read was too early; this one may have been as well
        (replace(_read("notified", news=True), is_one_of_several=True), False, True),  # perhaps only one of them shows
        (_read("swept"), False, False),
        (_read("swept"), True, True),
        (_read("echo"), True, False),  # an echo has no echo
        (_read("echo", news=True), True, False),
        (_read("subscribed"), False, False),
    ],
)
def test_a_notified_read_that_may_not_have_found_what_was_notified_is_repeated_after_a_minute(
    outcome: Outcome, owed: bool, owes: bool
) -> None:
    lease = replace(HELD, echo_at=NOW if owed else None)

    assert lease_after(lease, outcome).echo_at == (NOW + LAG if owes else None)


@pytest.mark.parametrize(("cause", "echo_at"), [("notified", NOW + LAG), ("swept", NOW + LAG), ("echo", None)])
def test_what_is_found_after_a_failed_read_may_be_an_earlier_change_so_it_is_read_once_more(
    cause: Cause, echo_at: datetime | None
) -> None:
    behind = replace(HELD, is_behind=True)

    assert lease_after(behind, _read(cause, news=True)).echo_at == echo_at


@pytest.mark.parametrize(
    ("lease", "outcome", "suspected_at"),
    [
        (HELD, _read("swept", news=True), NOW),
        (HELD, _read("swept"), None),
        (HELD, _read("echo", news=True), None),  # a notification told of it
        (HELD, _read("notified", news=True), None),
        (replace(HELD, subscription=None), _read("swept", news=True), None),  # nobody was to tell
        (replace(HELD, is_behind=True), _read("swept", news=True), None),  # somebody may have told in vain
        (replace(HELD, suspected_at=EARLIER), _read("notified"), None),  # now somebody has
        (replace(HELD, suspected_at=EARLIER), _read("echo"), EARLIER),
        (replace(HELD, suspected_at=EARLIER), _read("swept", whole=False), EARLIER),
    ],
)
def test_only_news_that_somebody_should_have_told_is_suspected(
    lease: Lease, outcome: Outcome, suspected_at: datetime | None
) -> None:
    assert lease_after(lease, outcome).suspected_at == suspected_at
