"""What counts as damage, and what may still be on its way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.mailbox import Lease, Link
from shared_code.core.mended import Damage, Mended, RepairWalk
from shared_code.core.product_user import Match, MatchRule, ProductUser, UserState
from shared_code.core.repair import damages, has_better, is_settled, may_be_lost, needs_repair, next_walk
from shared_code.core.subscription import LIFETIME, Subscription

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ACME, C1, ANNA = OrganizationId("acme"), ConnectionId("c1"), ProductUserId("anna")
MAILBOX = MailboxKey("organizations", TenantId("t1"), UserId("u1"))
MATCH = Match(C1, MAILBOX.tenant, MAILBOX.user_id, MatchRule.MAIL, "anna@acme.example", NOW - 9 * HOUR)
USER = ProductUser(ACME, ANNA, (), UserState.CONNECTED, NOW - 9 * HOUR, match=MATCH)
KNOWN = Subscription("s1", NOW + LIFETIME - 2 * HOUR, 1, "key", NOW - 2 * HOUR, NOW - 2 * HOUR)
LEASE = Lease(MAILBOX, started_at=NOW - HOUR, subscription=KNOWN)
LINK = Link(LinkKey(MAILBOX, ACME, ANNA), C1, NOW - 9 * HOUR)


@pytest.mark.parametrize(
    ("user", "lease", "link", "expected"),
    [
        ({}, {}, {}, []),
        ({}, None, None, [Damage.MAILBOX]),
        ({}, {}, None, [Damage.MAILBOX]),
        ({}, {}, {"connection": ConnectionId("c2")}, [Damage.MAILBOX]),
        ({}, {}, {"is_refused": True}, [Damage.MAILBOX]),
        ({"state": UserState.PENDING}, None, None, []),
        ({"state": UserState.EXCLUDED_BY_POLICY}, {"subscription": None}, {}, []),
        ({"match": None}, {}, {}, []),
        ({"state": UserState.DISABLED}, {}, {}, [Damage.LINK]),
        ({"state": UserState.OPTED_OUT}, {}, {}, [Damage.LINK]),
        ({"state": UserState.DISABLED, "changed_at": NOW - 59 * MINUTE}, {}, {}, []),
        ({"state": UserState.DISABLED}, None, None, []),
        ({}, {"started_at": NOW - 7 * HOUR + MINUTE}, {}, []),
        ({}, {"started_at": NOW - 7 * HOUR}, {}, [Damage.TURN]),
        ({}, {"started_at": None}, {}, [Damage.TURN]),
        ({}, {"started_at": None}, {"connected_at": NOW - 6 * HOUR}, []),
        ({}, {"started_at": NOW - 7 * HOUR, "not_before": NOW + MINUTE}, {}, []),
        ({}, {"started_at": NOW - 7 * HOUR, "holder": "h", "until": NOW + MINUTE}, {}, []),
        ({}, {"subscription": None}, {}, [Damage.SUBSCRIPTION]),
        ({}, {"subscription": None}, {"connected_at": NOW - 59 * MINUTE}, []),
        ({}, {"subscription": replace(KNOWN, expires_at=NOW)}, {}, [Damage.SUBSCRIPTION]),
        ({}, {"subscription": None, "started_at": NOW - 8 * HOUR}, {}, [Damage.TURN, Damage.SUBSCRIPTION]),
    ],
)
def test_damage_is_what_no_order_under_way_can_explain(
    user: dict[str, object],
    lease: dict[str, object] | None,
    link: dict[str, object] | None,
    expected: list[Damage],
) -> None:
    found = damages(
        replace(USER, **user),  # type: ignore[arg-type]
        None if lease is None else replace(LEASE, **lease),  # type: ignore[arg-type]
        None if link is None else replace(LINK, **link),  # type: ignore[arg-type]
        NOW,
    )

    assert list(found) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, False),
        (KNOWN, True),
        (replace(KNOWN, renewed_at=NOW - 59 * MINUTE), False),
        (replace(KNOWN, expires_at=NOW), False),
    ],
)
def test_only_a_living_subscription_that_was_touched_long_ago_can_be_lost(
    known: Subscription | None, expected: bool
) -> None:
    assert may_be_lost(known, NOW) is expected


@pytest.mark.parametrize(
    ("changes", "at_graph", "expected"),
    [
        ({}, ["s1", "s2"], True),
        ({}, ["s2"], False),
        ({"subscription": None}, ["s1", "s2"], False),
        ({"subscription": replace(KNOWN, expires_at=NOW)}, ["s1", "s2"], False),
        ({"holder": "h", "until": NOW + MINUTE}, ["s1", "s2"], False),
    ],
)
def test_another_one_is_superfluous_only_beside_a_certain_one(
    changes: dict[str, object], at_graph: list[str], expected: bool
) -> None:
    assert has_better(replace(LEASE, **changes), at_graph, NOW) is expected  # type: ignore[arg-type]


def test_how_old_a_subscription_is_its_end_tells() -> None:
    assert is_settled(NOW - HOUR + LIFETIME, NOW)
    assert not is_settled(NOW - HOUR + MINUTE + LIFETIME, NOW)


def test_a_serving_connection_without_a_walk_in_the_last_day_needs_one() -> None:
    link = ActivationLink(1, NOW, NOW + HOUR, ANNA)
    never = Connection(C1, ACME, ConnectionState.ACTIVE, NOW, link)
    walked = replace(never, repaired=RepairWalk(NOW - 24 * HOUR, NOW, Mended()))
    late = replace(never, repaired=RepairWalk(NOW - 25 * HOUR, NOW, Mended()))
    elsewhere = replace(never, state=ConnectionState.ATTENTION)

    assert [needs_repair(each, NOW) for each in (never, walked, late, elsewhere)] == [True, False, True, False]
    assert next_walk(never, NOW).at == next_walk(never, next_walk(never, NOW).at - MINUTE).at


def test_counts_add_up_by_kind() -> None:
    mended = Mended(links=2).plus({Damage.LINK: 1, Damage.STRAY: 4})

    assert mended == Mended(links=3, strays=4)
    assert set(mended.by_kind()) == {damage.value for damage in Damage}
    assert Mended().is_nothing
    assert not mended.is_nothing
