"""Events as bytes: 33 for each, sorted, so that the same events always give the same bytes.

A record is 12 bytes of the event id's hash, 4 + 4 bytes of start and end (seconds, or days of a floating all-day event,
both since 1970 in UTC), 1 byte of flags, and 12 bytes of the iCalUId's hash. Ids are kept as hashes because nothing but
their equality is ever asked.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from shared_code.core.all_day import original_interval
from shared_code.core.calendar import AllDay, Event, ShowAs
from shared_code.core.limits import MAX_EVENTS, MAX_PACKED_BYTES

HASH_BYTES = 12
_RECORD = Struct(f">{HASH_BYTES}sIIB{HASH_BYTES}s")
RECORD_BYTES = _RECORD.size
_LATEST = 2**32 - 1  # seconds: the year 2106

_STATUSES = tuple(ShowAs)  # the order is part of the stored form: append only
_STATUS_CODES = {status: code for code, status in enumerate(_STATUSES)}
_STATUS_MASK = 0b0000_0111
FLOATING = 0b0000_1000
CANCELLED = 0b0001_0000
DECLINED = 0b0010_0000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Packed(NamedTuple):
    """One record as stored; ``start`` and ``end`` are days if ``flags`` say floating, seconds otherwise."""

    event_hash: bytes
    start: int
    end: int
    flags: int
    ical_hash: bytes


def pack(events: Iterable[Event], *, zone_known: bool) -> bytes:
    """The events as bytes.

    An all-day event stays floating if the user's zone is known, or if nobody knows any zone; otherwise it is nailed to
    the zone in which it was made.
    """
    return b"".join(sorted(_pack_event(event, zone_known) for event in events))


def unpack(packed: bytes) -> Iterator[Packed]:
    return map(Packed._make, _RECORD.iter_unpack(packed))


def is_too_large(packed: bytes) -> bool:
    """More than one row of the table can hold."""
    return len(packed) > MAX_PACKED_BYTES or count(packed) > MAX_EVENTS


def count(packed: bytes) -> int:
    return len(packed) // RECORD_BYTES


def counting_flags(statuses: frozenset[ShowAs]) -> frozenset[int]:
    """The flag bytes of events that block time: of these statuses, neither cancelled nor declined."""
    codes = [_STATUS_CODES[status] for status in statuses]
    return frozenset(code | floating for code in codes for floating in (0, FLOATING))


def status_of(flags: int) -> ShowAs:
    return _STATUSES[flags & _STATUS_MASK]


def day_of(days: int) -> date:
    return date.fromordinal(_EPOCH_DAY + days)


def _pack_event(event: Event, zone_known: bool) -> bytes:
    flags = _STATUS_CODES[event.show_as] | CANCELLED * event.is_cancelled | DECLINED * event.is_declined
    time = event.time
    if isinstance(time, AllDay):
        nailed = None if zone_known else original_interval(time)
        if nailed is None:
            start, end = time.first.toordinal() - _EPOCH_DAY, time.end.toordinal() - _EPOCH_DAY
            return _RECORD.pack(_hash(event.event), max(start, 0), max(end, 0), flags | FLOATING, _ical_hash(event))
        time = nailed
    start, end = math.floor(_seconds(time.start)), math.ceil(_seconds(time.end))
    return _RECORD.pack(_hash(event.event), _bounded(start), _bounded(end), flags, _ical_hash(event))


def _seconds(instant: datetime) -> float:
    return (instant - _EPOCH).total_seconds()


def _bounded(seconds: int) -> int:
    """An event may begin before 1970 or never end; only its part inside the window matters."""
    return min(max(seconds, 0), _LATEST)


def _ical_hash(event: Event) -> bytes:
    return _hash(event.ical_uid) if event.ical_uid else bytes(HASH_BYTES)


def _hash(identity: str) -> bytes:
    return blake2b(identity.encode(), digest_size=HASH_BYTES).digest()
