"""The stylesheet as it is served: the one that was written, with fewer spaces."""

import re
from string import Template

from shared_code.pages.assets import assets_of, names
from shared_code.pages.brand import Brand
from shared_code.pages.rendering import TEMPLATES

BRAND = Brand("Meetwell")
SERVED = assets_of(BRAND)[names(BRAND).stylesheet].content.decode()


def bare(css: str) -> str:
    return re.sub(r"\s+", "", css).replace(";}", "}")


def test_nothing_but_spaces_was_taken_away() -> None:
    written = Template((TEMPLATES / "orgcal.css").read_text(encoding="utf-8"))
    colours = dict.fromkeys(written.get_identifiers(), "x")
    shape = re.escape(bare(written.substitute(colours))).replace(":x", r":#[0-9a-f]{6}")

    assert re.fullmatch(shape, bare(SERVED))


def test_texts_in_it_are_as_they_were_written() -> None:
    texts = re.findall(r'"[^"]*"', (TEMPLATES / "orgcal.css").read_text(encoding="utf-8"))

    assert re.findall(r'"[^"]*"', SERVED) == texts
    assert any(": " in text for text in texts)
