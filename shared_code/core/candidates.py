"""Where a directory user answers to a product user: packed small, since a sweep saves them beside its cursor."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from uuid import UUID

from shared_code.core.ids import ProductUserId, UserId

KEY_LENGTH = 14  # bytes of a hash: 112 bits tell any number of addresses apart
MOST_IN_A_BATCH = 18_000  # pieces of 32 bytes: 562 KiB, under the 600 KiB of a batch

_PIECE = struct.Struct(f">{KEY_LENGTH}sBB16s")
_GUEST, _DISABLED = 1, 2


class Rank(IntEnum):
    """How well a directory user answers, best first."""

    PIN = 0
    MAIL = 1
    USER_PRINCIPAL_NAME = 2
    PROXY_ADDRESS = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """One directory user answers to one address (or the pin) of one product user; ``key`` is both, hashed."""

    key: bytes
    rank: Rank
    user_id: UserId  # a GUID
    guest: bool = False
    disabled: bool = False


def sighting_key(user: ProductUserId, address: str) -> bytes:
    """The key of a product user's normalised address; of their pin, if ``address`` is empty.

    The address is part of it, so that a sighting of an address which the product has since taken back is not found.
    """
    return sha256(f"{user}\n{address}".encode()).digest()[:KEY_LENGTH]


def pack(sightings: Iterable[Sighting]) -> bytes:
    return b"".join(
        _PIECE.pack(
            sighting.key,
            sighting.rank,
            _GUEST * sighting.guest | _DISABLED * sighting.disabled,
            UUID(sighting.user_id).bytes,
        )
        for sighting in sightings
    )


def unpack(packed: bytes) -> Iterator[Sighting]:
    for key, rank, flags, user_id in _PIECE.iter_unpack(packed):
        yield Sighting(key, Rank(rank), UserId(str(UUID(bytes=user_id))), bool(flags & _GUEST), bool(flags & _DISABLED))


def fold(sightings: Iterable[Sighting]) -> dict[bytes, frozenset[Sighting]]:
    """By key; a batch that was saved twice counts once."""
    folded: dict[bytes, frozenset[Sighting]] = {}
    for sighting in sightings:
        folded[sighting.key] = folded.get(sighting.key, frozenset()) | {sighting}
    return folded
