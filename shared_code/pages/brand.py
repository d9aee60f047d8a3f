"""The product's own name, logo and colour, made readable on light and on dark paper."""

from dataclasses import dataclass
from itertools import count
from typing import Final

LIGHT_PAPER: Final = "#ffffff"
DARK_PAPER: Final = "#1c222b"
ORGCAL_BLUE: Final = "#1d5bbf"
READABLE = 4.5  # https://www.w3.org/TR/WCAG22/#contrast-minimum

type Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Logo:
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Brand:
    name: str
    logo: Logo | None = None
    colour: str = ORGCAL_BLUE  # #rrggbb


@dataclass(frozen=True)
class Accent:
    """A colour to write and to write on, as CSS has it."""

    colour: str
    strong: str  # under the pointer
    on: str  # text upon it


def accent_on(paper: str, colour: str) -> Accent:
    """As near to ``colour`` as can be read on ``paper``: darker on light paper, lighter on dark."""
    ink = max("#000000", "#ffffff", key=lambda ink: contrast(ink, paper))
    shades = (_mixed(colour, ink, step / 20) for step in count())
    readable = next(shade for shade in shades if contrast(shade, paper) >= READABLE)
    return Accent(
        readable, _mixed(readable, ink, 0.25), max(LIGHT_PAPER, "#10151c", key=lambda on: contrast(readable, on))
    )


def contrast(one: str, other: str) -> float:
    """From 1 to 21, as https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio has it."""
    lighter, darker = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _rgb(colour: str) -> Colour:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mixed(colour: str, ink: str, share: float) -> str:
    mixed = (round(own + (other - own) * min(share, 1)) for own, other in zip(_rgb(colour), _rgb(ink), strict=True))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def _luminance(colour: Colour) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    red, green, blue = (_linear(value / 255) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - as defined there
