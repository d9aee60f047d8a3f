"""Every state and every reason of a user has words for people, in both languages."""

import pytest

from shared_code.core.calendar import CalendarState, ShowAs
from shared_code.core.decision import Clue, Outcome
from shared_code.core.product_user import MatchRule, UserState
from shared_code.core.reasons import Reason
from shared_code.core.settings import BY_CHOICE
from shared_code.pages.calendars import CALENDARS, STATUSES
from shared_code.pages.decisions import CLUES, OUTCOMES
from shared_code.pages.languages import catalogue
from shared_code.pages.states import NO_REASON, REASONS, RULES, STATES, reason_text

SENTENCES = [words for text in [*REASONS.values(), NO_REASON] for words in (text.why, text.next)]
TEXTS = [
    *SENTENCES,
    *RULES.values(),
    *STATUSES.values(),
    *CLUES.values(),
    *(text.label for text in STATES.values()),
    *(words for text in OUTCOMES.values() for words in (text.label, text.meaning)),
]


def test_no_word_that_a_row_may_hold_is_without_words() -> None:
    assert set(STATES) == set(UserState)
    assert set(REASONS) == set(Reason)
    assert set(RULES) == set(MatchRule)
    assert set(CALENDARS) == set(CalendarState)
    assert set(STATUSES) == {ShowAs.BUSY, *BY_CHOICE}
    assert set(OUTCOMES) == set(Outcome)
    assert set(CLUES) == set(Clue)


def test_no_two_states_look_alike() -> None:
    assert len({text.label for text in STATES.values()}) == len(UserState)


@pytest.mark.parametrize("text", TEXTS)
def test_each_is_in_french_as_well(text: str) -> None:
    french = catalogue("fr").gettext(text)

    assert french != text
    assert ("%(product)s" in french) is ("%(product)s" in text)


@pytest.mark.parametrize("texts", CALENDARS.values())
def test_calendars_are_counted_in_french_as_well(texts: tuple[str, str]) -> None:
    french = catalogue("fr")

    assert len({french.ngettext(*texts, number) for number in (1, 2)} - set(texts)) == 2


@pytest.mark.parametrize("text", SENTENCES)
def test_a_sentence_ends_and_holds_no_stable_word(text: str) -> None:
    assert text.endswith(".")
    assert "_" not in text


@pytest.mark.parametrize("reason", ["", "a_word_of_a_later_version"])
def test_a_word_that_nobody_knows_is_not_shown(reason: str) -> None:
    assert reason_text(UserState.ERROR, reason) is NO_REASON


def test_whoever_is_connected_needs_no_reason() -> None:
    assert reason_text(UserState.CONNECTED, None) is None
