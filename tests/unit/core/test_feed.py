"""Which first reads are counted, and when the chain that orders them begins, goes on and ends."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.feed import (
    CHAIN_LOST_AFTER,
    LEFT_ALONE_AFTER,
    MOST_AT_ONCE,
    MOST_FED,
    MOST_UNDER_WAY,
    SHORTEST_WAIT,
    Feed,
    Ordered,
    admit,
    go_on,
    needs_feeding,
    resume,
    still_under_way,
)
from shared_code.core.ids import ProductUserId
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from tests.unit.core.match_values import CONNECTION, NOW, ORGANIZATION, OTHER, match, product_user

IDLE = Feed(ORGANIZATION, CONNECTION)
ALIVE = replace(IDLE, step=7, due_by=NOW + timedelta(seconds=1), after=ProductUserId("m"))


def names(number: int) -> list[ProductUserId]:
    return [ProductUserId(f"user{place:03}") for place in range(number)]


def ordered(number: int, ago: timedelta = timedelta(0)) -> tuple[Ordered, ...]:
    return tuple(Ordered(user, NOW - ago) for user in names(number))


@pytest.mark.parametrize(
    ("under_way", "coming", "admitted"),
    [
        (0, MOST_AT_ONCE, True),
        (0, MOST_AT_ONCE + 1, False),
        (MOST_UNDER_WAY - 1, 1, True),
        (MOST_UNDER_WAY, 1, False),
        (MOST_FED, MOST_UNDER_WAY - MOST_FED, True),  # while the feeder keeps its own number up
    ],
)
def test_a_few_are_ordered_at_once_as_long_as_few_are_under_way(under_way: int, coming: int, admitted: bool) -> None:
    users = {ProductUserId(f"new{place}") for place in range(coming)}

    feed = admit(replace(IDLE, under_way=ordered(under_way)), users, NOW)

    assert (feed is not None) == admitted
    if feed is not None:
        assert len(feed.under_way) == under_way + coming


def test_whoever_takes_too_long_is_not_counted_against_others() -> None:
    feed = admit(replace(IDLE, under_way=ordered(MOST_UNDER_WAY, LEFT_ALONE_AFTER)), {ProductUserId("new")}, NOW)

    assert feed is not None
    assert [one.user for one in feed.under_way] == ["new"]


def test_whoever_is_ordered_again_is_counted_once() -> None:
    feed = admit(replace(IDLE, under_way=ordered(MOST_UNDER_WAY)), set(names(3)), NOW)

    assert feed is not None
    assert len(feed.under_way) == MOST_UNDER_WAY


def test_an_order_to_begin_begins_with_the_first_user() -> None:
    lost = replace(ALIVE, due_by=NOW, is_through=True, again=True, looks=3)

    assert resume(IDLE, None, NOW) == IDLE
    assert resume(lost, None, NOW) == replace(lost, after=None, is_through=False, again=False, looks=0)


def test_an_order_to_begin_leaves_a_living_chain_alone() -> None:
    assert resume(ALIVE, None, NOW) is None


@pytest.mark.parametrize(("step", "goes_on"), [(6, False), (7, True), (8, True)])
def test_a_repeated_message_does_not_become_a_second_chain(step: int, goes_on: bool) -> None:
    feed = resume(ALIVE, step, NOW)

    assert feed == (replace(ALIVE, step=step) if goes_on else None)


def test_a_message_that_comes_after_the_end_does_nothing() -> None:
    assert resume(replace(ALIVE, due_by=None), 8, NOW) is None


def test_a_late_message_still_goes_on() -> None:
    assert resume(replace(ALIVE, due_by=NOW - timedelta(hours=1)), 7, NOW) is not None


def test_ready_and_slow_mailboxes_make_room() -> None:
    feed = replace(IDLE, under_way=(*ordered(2), Ordered(ProductUserId("slow"), NOW - LEFT_ALONE_AFTER)))

    left = still_under_way(feed, {ProductUserId("user001"), ProductUserId("slow")}, None, NOW)

    assert [one.user for one in left.under_way] == ["user001"]


def test_nobody_is_slow_for_having_waited_for_a_throttled_tenant() -> None:
    feed = replace(IDLE, under_way=ordered(1, timedelta(hours=2)))

    left = still_under_way(feed, set(names(1)), NOW - timedelta(seconds=10), NOW)

    assert left == feed


def test_the_wait_grows_while_there_is_no_room_and_is_short_again_after_an_order() -> None:
    waits, feed = [], ALIVE
    for _ in range(6):
        feed = go_on(feed, [], None, NOW)
        waits.append(feed.wait / SHORTEST_WAIT)

    assert waits == [2, 4, 8, 8, 8, 8]
    assert go_on(feed, names(1), None, NOW).wait == SHORTEST_WAIT


def test_each_look_takes_the_next_step_and_says_when_the_chain_is_lost() -> None:
    feed = go_on(ALIVE, names(2), timedelta(hours=1), NOW)

    assert (feed.step, feed.under_way) == (8, ordered(2))
    assert feed.due_by == NOW + timedelta(hours=1) + CHAIN_LOST_AFTER


def test_the_chain_ends_after_the_last_user_and_counts_on() -> None:
    feed = go_on(replace(ALIVE, is_through=True), names(2), None, NOW)

    assert (feed.due_by, feed.after, feed.under_way) == (None, None, ordered(2))
    assert resume(feed, None, NOW) == feed


def test_whoever_was_added_behind_the_feeder_is_found_by_going_through_once_more() -> None:
    feed = go_on(replace(ALIVE, is_through=True, again=True), [], None, NOW)

    assert (feed.after, feed.is_through, feed.again) == (None, False, False)
    assert feed.is_feeding(NOW)


def test_only_whom_this_connection_is_to_read_is_fed() -> None:
    ours = product_user(match=match(1), state=UserState.PENDING, reason=Reason.AWAITING_FIRST_READ)
    closed = product_user(match=match(1), state=UserState.NO_MAILBOX, reason=Reason.MAILBOX_MISSING)

    assert needs_feeding(ours, CONNECTION, NOW)
    assert needs_feeding(closed, CONNECTION, closed.changed_at + timedelta(days=1))
    assert not needs_feeding(closed, CONNECTION, closed.changed_at + timedelta(hours=23))
    assert not needs_feeding(ours, OTHER, NOW)
    assert not needs_feeding(replace(ours, reason=str(Reason.AWAITING_REVIEW)), CONNECTION, NOW)
    assert not needs_feeding(replace(ours, state=UserState.CONNECTED, reason=None), CONNECTION, NOW)
