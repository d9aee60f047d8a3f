"""Slices of the list of an organisation's people: rows that hold some hundreds of entries each.

roster!{00..3f}    by a hash of the user's id; ``p00`` … the entries, ``counts`` how many there are of each standing

They say nothing that the users' rows do not say. A slice that cannot be read, or is of another version, is as good as
none: it is made anew of those rows. So a program that keeps more of each user has only to count ``SLICE_VERSION`` up.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import msgspec

from shared_code.adapters.tables.records import read_binary, write_binary
from shared_code.adapters.tables.rows import Property, Row, below
from shared_code.core.ids import ConnectionId, ProductUserId
from shared_code.core.product_user import UserState
from shared_code.core.roster_entry import SLICES as NUMBER_OF_SLICES
from shared_code.core.roster_entry import RosterEntry, Standing, slice_of, standings
from shared_code.logs import warn

SLICE_VERSION = 2
SLICES = tuple(f"roster!{number:02x}" for number in range(NUMBER_OF_SLICES))
ROSTER = below("roster")
COUNTS = ("v", "counts")  # the columns that counting needs

type Entries = dict[ProductUserId, RosterEntry]

KEPT = 192  # large slices that stay unpacked in a process: some 9 MB for each 20,000 people, at most three times that
LARGE = 4096  # bytes; unpacking a smaller one takes no time worth saving

_ENTRIES = msgspec.msgpack.Decoder(tuple[RosterEntry, ...])
_COUNTS = msgspec.msgpack.Decoder(list[tuple[ConnectionId | None, UserState, str | None, int]])


def slice_key(user: ProductUserId) -> str:
    return SLICES[slice_of(user)]


def slice_row(entries: Iterable[RosterEntry]) -> dict[str, Property]:
    listed = sorted(entries, key=lambda entry: entry.user)
    counts = [(*standing, count) for standing, count in standings(listed).items()]
    return {"v": SLICE_VERSION, "counts": _pack(counts), **write_binary(_pack(listed))}


def listed_in(row: Row) -> tuple[RosterEntry, ...] | None:
    """None if they cannot be read."""
    return _read(row, read_binary(row.properties), _unpack_entries)


def entries_in(row: Row) -> Entries | None:
    """The same, each to be found by its user."""
    listed = listed_in(row)
    return None if listed is None else {entry.user: entry for entry in listed}


def counts_in(row: Row) -> Counter[Standing] | None:
    """None if they cannot be read; of the row's columns only ``COUNTS`` are needed."""
    listed = _read(row, row.properties.get("counts"), _unpack_counts)
    if listed is None:
        return None
    return Counter({(connection, state, reason): count for connection, state, reason, count in listed})


def by_slice(entries: Iterable[RosterEntry]) -> dict[str, Entries]:
    """Every slice, the empty ones too."""
    found: dict[str, Entries] = {key: {} for key in SLICES}
    for entry in entries:
        found[slice_key(entry.user)][entry.user] = entry
    return found


def _pack(values: object) -> bytes:
    return zlib.compress(msgspec.msgpack.encode(values))


def _unpack_entries(packed: bytes) -> tuple[RosterEntry, ...]:
    return _unpack_large(packed) if len(packed) >= LARGE else _ENTRIES.decode(zlib.decompress(packed))


# Kept by content, which is always read: what is shown is never older than what is stored.
@lru_cache(maxsize=KEPT)
def _unpack_large(packed: bytes) -> tuple[RosterEntry, ...]:
    return _ENTRIES.decode(zlib.decompress(packed))


def _unpack_counts(packed: bytes) -> Sequence[tuple[ConnectionId | None, UserState, str | None, int]]:
    return _COUNTS.decode(zlib.decompress(packed))


def _read[Content](row: Row, packed: Property | None, unpack: Callable[[bytes], Content]) -> Content | None:
    if row.properties.get("v") != SLICE_VERSION or not isinstance(packed, bytes):
        return None
    try:
        return unpack(packed)
    except (zlib.error, msgspec.MsgspecError) as error:
        warn("roster_slice_unreadable", row=row.key, error=type(error).__name__)
        return None
