"""What several connections say together."""

from itertools import product

import pytest

from shared_code.core.availability import Incomplete, UserAnswer
from shared_code.core.ids import ProductUserId
from shared_code.core.sources import united

USER = ProductUserId("anna")
WHOLE = {None, Incomplete.NOTHING_CHECKED}
OF_A_PART = [None, *(reason for reason in Incomplete if reason is not Incomplete.UNKNOWN_USER)]


def _part(reason: Incomplete | None) -> UserAnswer:
    return UserAnswer(USER, complete=reason in WHOLE, reason=reason)


@pytest.mark.parametrize(("one", "other"), list(product(OF_A_PART, repeat=2)))
def test_together_they_are_complete_only_if_each_is_and_else_the_same_reason_is_told_in_either_order(
    one: Incomplete | None, other: Incomplete | None
) -> None:
    said = united(USER, [_part(one), _part(other)])

    assert said.complete is (one in WHOLE and other in WHOLE)
    assert (said.reason in WHOLE) is said.complete
    assert said.reason in {one, other}
    assert said == united(USER, [_part(other), _part(one)])


@pytest.mark.parametrize(
    ("reasons", "reason"),
    [
        ([None, Incomplete.NOTHING_CHECKED], None),
        ([Incomplete.NOTHING_CHECKED, Incomplete.NOTHING_CHECKED], Incomplete.NOTHING_CHECKED),
        ([Incomplete.NOT_FRESH, Incomplete.NEEDS_RECONNECT, Incomplete.NOT_READ_YET], Incomplete.NEEDS_RECONNECT),
        ([Incomplete.NOT_FRESH, Incomplete.NOTHING_CHECKED], Incomplete.NOT_FRESH),
    ],
)
def test_what_only_a_person_can_mend_is_told_before_what_mends_itself(
    reasons: list[Incomplete | None], reason: Incomplete | None
) -> None:
    assert united(USER, [_part(each) for each in reasons]).reason == reason
