"""Jinja2, escaped by default, with one stylesheet that stands in the page and is allowed by its hash."""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent


@cache
def _environment() -> "Environment":
    # Imported with the first page, so that a notification after a cold start does not pay for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["stylesheet"] = stylesheet()
    return environment


@cache
def stylesheet() -> str:
    return (_HERE / "templates" / "orgcal.css").read_text(encoding="utf-8")


@cache
def stylesheet_hash() -> str:
    return hash_of(stylesheet())


def hash_of(style: str) -> str:
    """What a Content-Security-Policy calls a stylesheet that stands in the page."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)
