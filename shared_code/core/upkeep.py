"""What comes due without anybody asking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DueKind = Literal["mailbox", "sweep", "repair", "link_expiry", "sign_in", "retention", "booking", "accounts"]


@dataclass(frozen=True)
class Due:
    """``subject`` is a mailbox key, ``{organization}!{connection}``, a sign-in's id, an organisation's, or
    ``{organization}!{host}!{booking}``."""

    at: datetime
    kind: DueKind
    subject: str


@dataclass(frozen=True)
class Settled:
    """What was due and is no longer, and what is due instead: None if nothing is."""

    done: Due
    again: Due | None = None
