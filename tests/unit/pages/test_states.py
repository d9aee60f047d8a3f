"""Every state and every reason of a user has words for people, in both languages."""

import pytest

from shared_code.core.product_user import MatchRule, UserState
from shared_code.core.reasons import Reason
from shared_code.pages.languages import catalogue
from shared_code.pages.states import NO_REASON, REASONS, RULES, STATES, ReasonText, StateText, reason_text

TEXTS = [
    *(text.label for text in STATES.values()),
    *(words for text in [*REASONS.values(), NO_REASON] for words in (text.why, text.next)),
    *RULES.values(),
]


def test_no_state_no_reason_and_no_rule_is_without_words() -> None:
    assert set(STATES) == set(UserState)
    assert set(REASONS) == set(Reason)
    assert set(RULES) == set(MatchRule)


def test_no_two_states_look_alike() -> None:
    assert len({text.label for text in STATES.values()}) == len(UserState)


@pytest.mark.parametrize("text", TEXTS)
def test_each_is_in_french_as_well(text: str) -> None:
    french = catalogue("fr").gettext(text)

    assert french != text
    assert ("%(product)s" in french) is ("%(product)s" in text)


def test_whoever_is_connected_needs_no_reason() -> None:
    assert reason_text(UserState.CONNECTED, None) is None


@pytest.mark.parametrize("reason", [None, "", "a_word_of_a_later_version"])
def test_a_word_that_nobody_knows_is_not_shown(reason: str | None) -> None:
    assert reason_text(UserState.ERROR, reason) is NO_REASON


@pytest.mark.parametrize("text", [*STATES.values(), *REASONS.values()])
def test_no_stable_word_is_among_the_words(text: StateText | ReasonText) -> None:
    assert "_" not in "".join(vars(text).values())
