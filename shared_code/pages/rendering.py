"""Jinja2, escaped by default, in the reader's language."""

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from shared_code.pages import assets, languages
from shared_code.pages.frames import Frame
from shared_code.pages.said import SAID

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def render(frame: Frame, template: str, **values: object) -> str:
    """``values`` beside what every page has: ``frame``, ``product``, dates and numbers as the reader writes them."""
    page = _environment(languages.language_of(frame.locale)).get_template(template)
    return page.render(
        frame=frame, product=frame.brand.name, assets=assets.names(frame.brand), **_written(frame), **values
    )


@cache
def _environment(language: str) -> "Environment":
    # Imported with the first page, so that a notification after a cold start does not pay for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(languages.catalogue(language), newstyle=True)  # type: ignore[attr-defined]  # of the extension
    environment.globals["SAID"] = SAID
    return environment


def _written(frame: Frame) -> dict[str, object]:
    """Functions of a value; templates call them as ``date(view.since)``."""
    from shared_code.pages import writing  # noqa: PLC0415 - as above

    return {
        "language": languages.language_of(frame.locale),
        "date": partial(writing.date, locale=frame.locale, zone=frame.zone),
        "time": partial(writing.time, locale=frame.locale, zone=frame.zone),
        "moment": partial(writing.moment, locale=frame.locale, zone=frame.zone),
        "number": partial(writing.number, locale=frame.locale),
    }
