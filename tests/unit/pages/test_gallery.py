"""The gallery has every page in every state: nothing that a template can say, and no text, is missing from it.

What the browser's tests look at, and what pictures are taken of, is the gallery.
"""

import pytest

from local.texts import template
from shared_code.pages.consent import render_message
from shared_code.pages.texts import MESSAGES
from tests.browser.gallery import FRAME, gallery
from tests.unit.pages.reached import Reached, what_is_reached

# Made of functions/openapi, and looked at in the running stack: tests/browser/test_reference.py.
ELSEWHERE = "reference.html:"
NOT_ON_A_PAGE = {
    "Reason": "a heading of the file of people",
    "What to do": "a heading of the file of people",
    "Calendars are not kept up to date until this is solved.": "every trouble says what it is instead",
    "They were matched before, and are followed whatever their addresses become": "no match is made by that rule",
}


@pytest.fixture(scope="module")
def reached() -> Reached:
    monkeypatch = pytest.MonkeyPatch()
    with what_is_reached(monkeypatch) as reached:
        gallery("en")
    return reached


def test_everything_that_a_template_can_say_is_said_on_a_page_of_the_gallery(reached: Reached) -> None:
    assert [part for part in reached.missed if not part.startswith(ELSEWHERE)] == []
    assert len(reached.reached) > 400


def test_every_text_is_on_a_page_of_the_gallery(reached: Reached) -> None:
    written = {message.id if isinstance(message.id, str) else message.id[0] for message in template() if message.id}

    assert written - reached.texts - set(NOT_ON_A_PAGE) == set()
    assert NOT_ON_A_PAGE.keys() & reached.texts == set()


def test_both_languages_have_the_same_pages() -> None:
    assert gallery("en").keys() == gallery("fr").keys()


def test_a_page_that_is_left_out_would_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    with what_is_reached(monkeypatch) as reached:
        rendered = render_message(FRAME, next(iter(MESSAGES)), "5f0a3c1b2d4e6f70")

    assert "5f0a3c1b2d4e6f70" in rendered
    assert [part for part in reached.missed if part.startswith("message.html")] == []
    assert [part for part in reached.missed if part.startswith("policy.html")] != []
