"""What the flows need from the world to keep messages that could not be carried out.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared_code.core.dead_letter import DeadLetter, LetterId
from shared_code.ports import Page, Stored


@dataclass(frozen=True)
class PoisonMessage:
    """A message that the host gave up, hidden from others while it is in hand."""

    queue: str  # the one it was given up on, not its poison queue
    message_id: str
    receipt: str
    inserted_at: datetime  # into the poison queue, by storage's clock
    body: bytes  # decoded from base64; where that is not what it was, the text itself


class PoisonQueues(Protocol):
    async def take(self, queue: str, limit: int) -> tuple[PoisonMessage, ...]:
        """Up to ``limit`` (at most 32) that nobody has in hand; what is not dropped shows again after a minute."""
        ...

    async def drop(self, message: PoisonMessage) -> None:
        """Delete it; one that is gone, or was taken by somebody else meanwhile, is left to them."""
        ...


class DeadLetters(Protocol):
    async def add(self, letter: DeadLetter) -> bool:
        """False, and nothing written, if it is there already."""
        ...

    async def find(self, letter: LetterId) -> Stored[DeadLetter] | None: ...

    async def page(self, after: str | None, limit: int) -> Page[DeadLetter]:
        """The newest first."""
        ...

    async def save(self, stored: Stored[DeadLetter], changed: DeadLetter) -> Stored[DeadLetter]: ...

    async def forget(self, letter: DeadLetter) -> None:
        """Conflict if it was redriven since it was read, or is gone."""
        ...

    async def drop_old(self, now: datetime, limit: int) -> int:
        """Delete up to ``limit`` that are not kept any longer; how many there were."""
        ...
