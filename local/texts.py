"""``make texts``: bring the pages' translations up to date with the texts that the pages hold."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PAGES = Path(__file__).resolve().parents[1] / "shared_code" / "pages"
FRENCH = PAGES / "translations" / "fr" / "LC_MESSAGES" / "orgcal.po"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "NN_": (1, 2)}
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "trim_blocks": "true", "lstrip_blocks": "true"}}
NO_BREAK = "\u00a0"

# Ours, so that a run changes nothing but texts.
HEADER = r"""msgid ""
msgstr ""
"Language: fr\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

"""


def template() -> Catalog:
    """Every text of the pages, untranslated."""
    catalogue = Catalog(project="Orgcal", charset="utf-8", fuzzy=False)
    for file, line, message, comments, context in _found():
        catalogue.add(message, locations=[(file, line)], auto_comments=comments, context=context)
    return catalogue


def read_french() -> Catalog:
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr", domain="orgcal")


def typeset(text: str) -> str:
    """French as it is printed: no line breaks before : ; ! ? », typographic apostrophes. Tags stay as they are."""
    words = re.split(r"(<[^>]*>)", text)
    words[::2] = [re.sub(r" (?=[:;!?»])", NO_BREAK, word.replace("« ", f"«{NO_BREAK}")) for word in words[::2]]
    words[::2] = [word.replace("'", "’") for word in words[::2]]
    return "".join(words)


def main() -> None:
    catalogue = read_french()
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    for message in catalogue:
        if message.id:
            printed = tuple(typeset(text) for text in _strings(message.string))
            message.string = printed if isinstance(message.string, tuple) else printed[0]
    with FRENCH.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalogue, width=120, sort_output=True, no_location=True, omit_header=True)
    untranslated = [str(message.id) for message in catalogue if message.id and not all(_strings(message.string))]
    print(f"{len(catalogue)} texts, {len(untranslated)} of them not yet in French", *untranslated, sep="\n  ")


def _found() -> Iterator[Any]:
    return extract_from_dir(PAGES, METHODS, OPTIONS, KEYWORDS, comment_tags=("Translators:",))


def _strings(translated: object) -> tuple[str, ...]:
    return translated if isinstance(translated, tuple) else (str(translated or ""),)


if __name__ == "__main__":
    main()
