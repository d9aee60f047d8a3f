"""No word of a page stands outside the catalogue."""

import re
from html.parser import HTMLParser

import pytest
from jinja2 import Environment

from shared_code.pages.rendering import TEMPLATES

# The API's reference is in English, like the API.
OURS = sorted(path for path in TEMPLATES.glob("*.html") if path.name != "reference.html")
TOLD = {"alt", "aria-label", "placeholder", "title", "data-copied"}
WORD = re.compile(r"[^\W\d_]{2,}")


class _Words(HTMLParser):
    """Literal words that a reader would see or hear; what is code is the same in every language."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._code += tag in {"code", "pre"}
        self.found += [value for name, value in attrs if name in TOLD and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in {"code", "pre"}

    def handle_data(self, data: str) -> None:
        if not self._code and WORD.search(data):
            self.found.append(data.strip())


def literal(source: str) -> str:
    """The template without what Jinja puts in or leaves out."""
    kept, in_trans = [], False
    for _, kind, value in Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).lex(source):
        if kind == "name" and value in {"trans", "endtrans"}:
            in_trans = value == "trans"
        elif kind == "data" and not in_trans:
            kept.append(value)
    return "".join(kept)


@pytest.mark.parametrize("name", [path.name for path in OURS])
def test_every_word_of_a_template_is_in_the_catalogue(name: str) -> None:
    words = _Words()

    words.feed(literal((TEMPLATES / name).read_text(encoding="utf-8")))

    assert words.found == []


def test_a_word_outside_would_be_found() -> None:
    words = _Words()

    words.feed(literal('<p>{{ _("Known") }} <b title="Unknown">{% trans %}known{% endtrans %}</b> word</p>'))

    assert words.found == ["Unknown", "word"]
