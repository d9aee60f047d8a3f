"""The pages of the gallery that have, between them, every control that any page has, and are of every template."""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from unittest.mock import patch

from shared_code.pages import rendering
from tests.browser.gallery import gallery
from tests.browser.served_gallery import GALLERIES


def telling_pages() -> Iterator[str]:
    """Their names."""
    known: set[str] = set()
    templates = templates_of_gallery()
    for name, html in GALLERIES["en"].items():
        if not (offered := _Controls(html).found | {templates[html]}) <= known:
            known |= offered
            yield name


@cache
def templates_of_gallery() -> dict[str, str]:
    """Of which template a page is, by its HTML."""
    environment, found = rendering._environment("en"), {}

    class Noting:
        def get_template(self, name: str) -> "Noting":
            self._name = name
            return self

        def render(self, **values: object) -> str:
            html = environment.get_template(self._name).render(**values)
            found[html] = self._name
            return html

    with patch.object(rendering, "_environment", lambda _: Noting()):
        gallery("en")
    return found


class _Controls(HTMLParser):
    """What a page offers its reader: names of fields, where forms and links lead, what can be unfolded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in {"input", "select", "textarea"} and named.get("type") != "hidden":
            self.found.add(f"{tag} {named.get('type')} {named.get('name')}")
        elif tag == "form":
            self.found.add(_place(named.get("action") or ""))
        elif tag == "a":
            self.found.add(f"to {_place(named.get('href') or '')}")
        elif tag in {"summary", "details"} or "data-copy" in named:
            self.found.add(f"{tag} {named.get('data-copy')}")


def _place(address: str) -> str:
    """Whichever connection, person, booking or page of a list it is."""
    path = address.partition("?")[0]
    return re.sub(r"/(?:[a-z0-9-]{20,}|connection-\d+|h\d|[^/]*[.@][^/]*)(?=/|$)", "/…", path)
