"""What is said once about an act travels in a cookie, which anybody may have written."""

import pytest

from shared_code.pages.brand import Brand
from shared_code.pages.frames import Frame, SignedIn
from shared_code.pages.me import render_disconnect
from shared_code.pages.said import SAID, Said, read_said, said_word


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_comes_back_as_it_was(name: str) -> None:
    said = Said(name, 3 if SAID[name].counts else None)

    assert read_said(said_word(said)) == said


@pytest.mark.parametrize("word", [None, "", "nobody_said_this", "saved.3", "saved.", "saved x", "saved.99999999"])
def test_what_no_page_of_ours_has_said_is_not_said(word: str | None) -> None:
    assert read_said(word) is None


def test_numbers_are_written_as_the_reader_writes_them() -> None:
    signed_in = SignedIn("Acme", "olga", True, "t", None, Said("disconnecting", 20_000))

    page = render_disconnect(Frame(Brand("Meetwell"), "fr", signed_in=signed_in), None)

    assert "20\u202f000" in page
