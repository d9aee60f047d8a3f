"""Both languages say everything: nothing untranslated, nothing left over, the same values and markup in each."""

import re
from html import unescape

import pytest
from babel.messages.catalog import Catalog, Message

from local.texts import read_french, template, typeset
from tests.browser.gallery import gallery

PLACEHOLDER = re.compile(r"%\(\w+\)s")
TAG = re.compile(r"</?\w+[^>]*>")
BEFORE_MARKS = re.compile(r"(?<![\u00a0\u202f])[;!?»]|(?<![\u00a0\u202f]):(?!\d)|«(?![\u00a0\u202f])")

CODE = re.compile(r"(?s)<code>.*?</code>|<!doctype html>")
ADDRESS = re.compile(r"\bhttps?:\S+")


def texts(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def strings(of: object) -> tuple[str, ...]:
    """What was written for one, and for several."""
    return of if isinstance(of, tuple) else (str(of or ""),)


FRENCH = texts(read_french())


def test_french_has_every_text_of_the_pages_and_no_other() -> None:
    written = {strings(message.id) for message in texts(template())}

    translated = {strings(message.id) for message in FRENCH}

    assert written - translated == set(), "python -m local.texts adds them"
    assert translated - written == set(), "python -m local.texts takes them away"


def test_no_text_is_left_in_english() -> None:
    assert [message.id for message in FRENCH if not all(strings(message.string))] == []


def test_no_translation_is_a_guess() -> None:
    assert [message.id for message in FRENCH if message.fuzzy] == []


def test_what_counts_has_a_form_for_one_and_for_several() -> None:
    uneven = [message.id for message in FRENCH if len(strings(message.id)) != len(strings(message.string))]

    assert uneven == []


@pytest.mark.parametrize("pattern", [PLACEHOLDER, TAG], ids=["values", "tags"])
def test_values_and_tags_are_the_same_in_both_languages(pattern: re.Pattern[str]) -> None:
    different = [
        (original, translated)
        for message in FRENCH
        for original, translated in zip(strings(message.id), strings(message.string), strict=False)
        if sorted(pattern.findall(original)) != sorted(pattern.findall(translated))
    ]

    assert different == []


def test_french_is_typeset_as_french_is() -> None:
    sloppy = [
        said
        for message in FRENCH
        for said in (TAG.sub("", text) for text in strings(message.string))
        if BEFORE_MARKS.search(said) or "'" in said or '"' in said
    ]

    assert sloppy == []


def test_what_templates_put_together_is_typeset_as_well() -> None:
    sloppy = [
        (name, said)
        for name, html in gallery("fr").items()
        for said in map(unescape, TAG.split(CODE.sub("…", html)))
        if BEFORE_MARKS.search(ADDRESS.sub("…", said)) or "'" in said
    ]

    assert sloppy == []


def test_typesetting_leaves_tags_alone() -> None:
    assert typeset("C'est « ça » : <a href='x' title=\"y : z\">oui !</a>") == (
        "C’est «\u00a0ça\u00a0»\u00a0: <a href='x' title=\"y : z\">oui\u00a0!</a>"
    )
