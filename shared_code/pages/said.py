"""What is said once, on the next page, about what somebody has just done."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from shared_code.pages.languages import N_

_SAID = re.compile(r"([a-z_]{1,40})(?:\.([0-9]{1,7}))?")


@dataclass(frozen=True)
class Said:
    """The name of a text in ``SAID``, and how many it is about."""

    name: str
    number: int | None = None


@dataclass(frozen=True)
class SaidText:
    words: str | tuple[str, str]  # for one and for several, with %(num)s, if it is about a number
    tone: Literal["good", "notice"] = "good"

    @property
    def counts(self) -> bool:
        return isinstance(self.words, tuple)


SAID: Final[dict[str, SaidText]] = {
    "saved": SaidText(N_("Saved.")),
    "nothing_changed": SaidText(N_("Nothing was changed.")),
}


def said_word(said: Said) -> str:
    """As a cookie carries it."""
    return said.name if said.number is None else f"{said.name}.{said.number}"


def read_said(word: str | None) -> Said | None:
    """None for whatever no page of ours has said."""
    found = _SAID.fullmatch(word or "")
    if found is None or found[1] not in SAID:
        return None
    if SAID[found[1]].counts != (found[2] is not None):
        return None
    return Said(found[1], None if found[2] is None else int(found[2]))
