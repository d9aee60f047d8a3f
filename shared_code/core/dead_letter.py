"""Messages that could not be carried out, kept until somebody has looked at them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NewType

LetterId = NewType("LetterId", str)

WAITING_KEPT_FOR = timedelta(days=90)
REDRIVEN_KEPT_FOR = timedelta(days=30)

LetterState = Literal["waiting", "redriven"]

_DIGITS = 12
_LAST_SECOND = 10**_DIGITS - 1


@dataclass(frozen=True)
class DeadLetter:
    """``body`` is as it was sent: what this version cannot read, the one that sent it may."""

    letter: LetterId
    queue: str  # on which its tries failed
    body: bytes  # at most 64 KiB, as storage takes no more
    dead_at: datetime  # when it was found in the poison queue, within a minute of its last try as a rule
    redriven_at: datetime | None = None

    @property
    def state(self) -> LetterState:
        return "waiting" if self.redriven_at is None else "redriven"

    @property
    def kept_until(self) -> datetime:
        if self.redriven_at is None:
            return self.dead_at + WAITING_KEPT_FOR
        return self.redriven_at + REDRIVEN_KEPT_FOR


def letter_id(queue: str, message_id: str, inserted_at: datetime) -> LetterId:
    """The same for a message however often it is moved; later messages sort before earlier ones.

    ``inserted_at`` is storage's own word for when the message came into its poison queue, in whole seconds."""
    digest = hashlib.sha256(f"{queue}!{message_id}".encode()).hexdigest()[:16]
    return LetterId(f"{_LAST_SECOND - int(inserted_at.timestamp()):0{_DIGITS}}-{digest}")
