"""English and French: which of them somebody reads, and its words.

Babel is imported with the first page, so that a notification after a cold start does not pay for it.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "fr")
DOMAIN: Final = "orgcal"
TRANSLATIONS: Final = Path(__file__).parent / "translations"
_ACCEPTED = re.compile(r"\s*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


def N_(text: str) -> str:  # noqa: N802 - the name that extractors know
    """Marks a text for the catalogue where it is written; the template that shows it translates it."""
    return text


def NN_(one: str, several: str) -> tuple[str, str]:  # noqa: N802 - as above
    """The same of a text with a number, ``%(num)s``."""
    return one, several


def locale_of(asked: str | None, accept_language: str | None) -> str:
    """A locale whose language we speak, ``fr_CA`` say: the one asked for (BCP 47), else the browser's, else ``en``."""
    wishes = [asked] if asked else list(_wishes((accept_language or "")[:500]))
    return next((locale for wish in wishes if (locale := _spoken(wish))), "en")


def language_of(locale: str) -> str:
    return locale.partition("_")[0]


def _wishes(accept_language: str) -> Iterator[str]:
    """Best first; of equal ones the first (https://www.rfc-editor.org/rfc/rfc9110#field.accept-language)."""
    found = [match for part in accept_language.split(",") if (match := _ACCEPTED.fullmatch(part))]
    ranked = sorted(found, key=lambda match: -float(match[2] or 1))
    return (match[1] for match in ranked if float(match[2] or 1) > 0)


@lru_cache(maxsize=1024)  # of what anybody sends
def _spoken(tag: str) -> str | None:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    if tag.partition("-")[0].lower() not in LANGUAGES:
        return None
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return tag.partition("-")[0].lower()
    return f"{locale.language}_{locale.territory}" if locale.territory else locale.language


@cache
def catalogue(language: str) -> NullTranslations:
    """What the texts are in this language. English is what they are written in."""
    if language == "en":
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    path = TRANSLATIONS / language / "LC_MESSAGES" / f"{DOMAIN}.po"
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, domain=DOMAIN))
    compiled.seek(0)
    return GNUTranslations(compiled)
