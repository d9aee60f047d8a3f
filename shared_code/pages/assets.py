"""What pages load beside themselves, under names that change with the content, so that browsers may keep it."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from shared_code.pages.brand import DARK_PAPER, LIGHT_PAPER, Brand, accent_on

_HERE = Path(__file__).parent / "templates"
_ENDINGS: Final = {"image/svg+xml": "svg", "image/png": "png"}

# Texts are left as they are; around these signs no space means anything, and between selectors it does.
_SPACES: Final = re.compile(r'("[^"]*")|\s*([{};])\s*|(?<=:)\s+|( )\s+')


@dataclass(frozen=True)
class Names:
    stylesheet: str
    reference: str  # the stylesheet of the API's reference
    script: str
    icon: str  # of the tab
    logo: str | None


@dataclass(frozen=True)
class Asset:
    media_type: str
    content: bytes


@cache
def names(brand: Brand) -> Names:
    logo = None if brand.logo is None else _named("logo", _ENDINGS[brand.logo.media_type], brand.logo.content)
    return Names(
        _named("orgcal", "css", _stylesheet(brand)),
        _named("reference", "css", _read("reference.css")),
        _named("orgcal", "js", _script()),
        _named("icon", "svg", _icon(brand)),
        logo,
    )


@cache
def assets_of(brand: Brand) -> dict[str, Asset]:
    """Each by its name."""
    its = names(brand)
    found = {
        its.stylesheet: Asset("text/css", _stylesheet(brand)),
        its.reference: Asset("text/css", _read("reference.css")),
        its.script: Asset("text/javascript", _script()),
        its.icon: Asset("image/svg+xml", _icon(brand)),
    }
    if brand.logo is not None and its.logo is not None:
        found[its.logo] = Asset(brand.logo.media_type, brand.logo.content)
    return found


@cache
def _stylesheet(brand: Brand) -> bytes:
    light, dark = accent_on(LIGHT_PAPER, brand.colour), accent_on(DARK_PAPER, brand.colour)
    colours = {f"light_{name}": value for name, value in vars(light).items()}
    colours |= {f"dark_{name}": value for name, value in vars(dark).items()}
    return _tight(Template(_read("orgcal.css").decode()).substitute(colours)).encode()


@cache
def _script() -> bytes:
    """Without the indents, and the comments on lines of their own, that are for those who write it."""
    lines = (line.strip() for line in _read("orgcal.js").decode().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")).encode()


def _icon(brand: Brand) -> bytes:
    """A calendar in the product's colour; without one browsers ask for /favicon.ico and complain."""
    return Template(_read("icon.svg").decode()).substitute(vars(accent_on(LIGHT_PAPER, brand.colour))).encode()


def _tight(css: str) -> str:
    """Without the spaces that are for those who write it."""
    return _SPACES.sub(lambda match: match[1] or match[2] or match[3] or "", css).replace(";}", "}")


@cache
def _read(name: str) -> bytes:
    return (_HERE / name).read_bytes()


def _named(stem: str, ending: str, content: bytes) -> str:
    return f"{stem}-{hashlib.sha256(content).hexdigest()[:16]}.{ending}"
