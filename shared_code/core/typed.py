"""Whether somebody has typed a name that they read: with an ordinary keyboard, which has not every sign of print."""

from collections.abc import Iterable
from typing import Final
from unicodedata import category, normalize

# Before the form of Unicode is made one: it takes some of them apart into a space and an accent.
_AS_TYPED: Final = str.maketrans(
    dict.fromkeys("‘’‚‛′‵ʹʻʼʽˈ`´ꞌ＇", "'")
    | dict.fromkeys("“”„‟″‶«»ˮ＂", '"')
    | dict.fromkeys("‹›", "'")
    | dict.fromkeys("®©™℠℗", "")
    | {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "⁄": "/", "×": "x", "−": "-"}
)


def is_typed(typed: str, names: Iterable[str]) -> bool:
    """Whether it is one of these, whatever the case, the spaces, the marks of trade, and how accents are composed."""
    return as_typed(typed) in map(as_typed, names)


def as_typed(name: str) -> str:
    """With the quotes, dashes and letters that a keyboard has, without spaces and without what nobody sees or types."""
    plain = normalize("NFKC", name.translate(_AS_TYPED)).casefold()
    return "".join("".join(map(_key, plain)).split())


def _key(sign: str) -> str:
    if category(sign) == "Pd":
        return "-"
    return "" if category(sign) == "Cf" else sign
