"""What a repair walk met, by kind of damage; in good days it is nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum


class Damage(StrEnum):
    """The names are those of ``Mended``."""

    MAILBOX = "mailboxes"  # a connected user has no mailbox, or no link that is read: connected anew
    LINK = "links"  # its user no longer holds the mailbox: released
    TURN = "turns"  # nobody has looked after the mailbox for hours: due again
    SUBSCRIPTION = "subscriptions"  # none, past its end, unknown at Graph, or to another address: made anew
    STRAY = "strays"  # a subscription at Graph that nobody has noted: deleted
    INDEX_ROW = "index_rows"  # of an address or a pin, missing or pointing nowhere: written, or deleted
    SLICE = "slices"  # of the list of people, missing or not saying what the users say: written
    BATCH = "batches"  # of a match that is over: deleted
    TOKEN = "tokens"  # noqa: S105 - of an account that nobody has connected (any more): deleted
    OUTBOX = "outboxes"  # product events lay there that nobody had passed on: passed on


@dataclass(frozen=True)
class Mended:
    """How often each kind was met."""

    mailboxes: int = 0
    links: int = 0
    turns: int = 0
    subscriptions: int = 0
    strays: int = 0
    index_rows: int = 0
    slices: int = 0
    batches: int = 0
    outboxes: int = 0
    tokens: int = 0

    def plus(self, counts: Mapping[Damage, int]) -> "Mended":
        return Mended(**{damage.value: getattr(self, damage) + counts.get(damage, 0) for damage in Damage})

    def by_kind(self) -> dict[str, int]:
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @property
    def is_nothing(self) -> bool:
        return self == Mended()


@dataclass(frozen=True)
class RepairWalk:
    """The last one that came to its end."""

    began_at: datetime
    finished_at: datetime
    mended: Mended
