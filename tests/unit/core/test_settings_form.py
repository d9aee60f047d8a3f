"""What somebody filled in, against what they saw and what holds now."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_code.core.calendar import ShowAs
from shared_code.core.choosing import SETTINGS, SentSettings, ShownSettings
from shared_code.core.my_calendar import MyCalendar, UsedZone
from shared_code.core.policy import Policy
from shared_code.core.product_user import UserState
from shared_code.core.settings import BY_CHOICE, in_order
from shared_code.core.settings_form import FilledIn, FormFault, decide, mark_of
from shared_code.core.wishes import STAY
from tests.unit.core.match_values import product_user

statuses = st.frozensets(st.sampled_from(BY_CHOICE)).map(in_order)


def mine(busy: tuple[ShowAs, ...] = (), *, sync: bool = True) -> MyCalendar:
    """Whose calendars Microsoft does not list now."""
    return MyCalendar(
        replace(product_user("ann"), state=UserState.CONNECTED),
        Policy(),
        ShownSettings(None, None, busy, sync, (), ()),
        UsedZone(None, "unknown"),
        None,
        is_served=True,
        is_begun=True,
        reading=None,
        calendars="no_answer",
    )


@given(seen=statuses, typed=statuses, now=statuses)
def test_a_choice_is_taken_only_if_it_was_made_of_what_still_holds(
    seen: tuple[ShowAs, ...], typed: tuple[ShowAs, ...], now: tuple[ShowAs, ...]
) -> None:
    filled = FilledIn(seen={"busy_statuses": mark_of(seen)}, busy_statuses=typed)

    outcome = decide(filled, mine(now))

    is_overtaken = typed != seen and now not in (seen, typed)
    assert outcome.faults == ({"busy_statuses": FormFault.CHANGED_MEANWHILE} if is_overtaken else {})
    assert outcome.sent.busy_statuses == (STAY if typed == seen or is_overtaken else typed)


def test_what_a_form_did_not_show_is_not_chosen_by_it() -> None:
    outcome = decide(FilledIn(busy_statuses=(ShowAs.TENTATIVE,), cancellation_sync=False), mine())

    assert (outcome.sent, outcome.faults) == (SentSettings(), {})


def test_calendars_that_cannot_be_seen_cannot_be_chosen() -> None:
    filled = FilledIn(seen=dict.fromkeys(SETTINGS, "another"), cancellation_sync=True)

    outcome = decide(filled, mine())

    assert outcome.faults == {
        "checked_calendars": FormFault.NOT_SEEN,
        "write_calendar": FormFault.NOT_SEEN,
    }


@pytest.mark.parametrize("value", [frozenset({"a", "b"}), (ShowAs.TENTATIVE,), "a", None, True, False, frozenset()])
def test_a_mark_tells_values_apart(value: object) -> None:
    others = [frozenset({"a"}), (ShowAs.OUT_OF_OFFICE,), "b", "None", frozenset({""})]

    assert mark_of(value) == mark_of(value)
    assert mark_of(value) not in map(mark_of, others)
