"""What comes due without anybody asking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

DueKind = Literal["mailbox", "sweep", "link_expiry"]


@dataclass(frozen=True)
class Due:
    """``subject`` is a mailbox key, or ``{organization}!{connection}``."""

    at: datetime
    kind: DueKind
    subject: str
