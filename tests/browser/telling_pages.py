"""The pages of the gallery that have, between them, every control that any page has."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.browser.served_gallery import GALLERIES


def telling_pages() -> Iterator[str]:
    """Their names."""
    known: set[str] = set()
    for name, html in GALLERIES["en"].items():
        if not (controls := _Controls(html).found) <= known:
            known |= controls
            yield name


class _Controls(HTMLParser):
    """What a page asks of its reader, apart from links: names of fields, where forms lead, what can be unfolded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag in {"input", "select", "textarea"} and named.get("type") != "hidden":
            self.found.add(f"{tag} {named.get('type')} {named.get('name')}")
        elif tag == "form":
            self.found.add(re.sub(r"/[a-z0-9-]{20,}|/[^/]*[.@][^/]*", "/…", named.get("action") or ""))
        elif tag in {"summary", "details"} or "data-copy" in named:
            self.found.add(f"{tag} {named.get('data-copy')}")
