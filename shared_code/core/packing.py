"""Events as bytes: 33 for each, sorted, so that the same events always give the same bytes.

A record is 12 bytes of the event id's hash, 4 + 4 bytes of start and end, 1 byte of flags, and 12 bytes of the
iCalUId's hash. Times are seconds since 1970. Those of all-day events float: the upper half of each is a date (days
since 1970), the lower half the offset from UTC that the date's midnight had in the zone where the event was made, for
users whose own zone nobody knows. Ids are kept as hashes because nothing but their equality is ever asked.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from struct import Struct
from typing import NamedTuple

from shared_code.core.all_day import original_offset
from shared_code.core.calendar import AllDay, Event, ShowAs
from shared_code.core.intervals import Interval

HASH_BYTES = 12
_RECORD = Struct(f">{HASH_BYTES}sIIB{HASH_BYTES}s")
RECORD_BYTES = _RECORD.size
_LATEST = 2**32 - 1  # seconds: the year 2106
_LATEST_DAY = 2**16 - 1  # the year 2149
_OFFSET_ZERO = 24 * 60  # minutes; keeps offsets west of Greenwich positive
_NO_OFFSET = 2**16 - 1

# Codes take three bits; the order of ``ShowAs`` is part of the stored form: append only.
_STATUS_CODES = {status: code for code, status in enumerate(ShowAs)}
FLOATING = 0b0000_1000
CANCELLED = 0b0001_0000
DECLINED = 0b0010_0000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


class Packed(NamedTuple):
    """One record as stored; ``start`` and ``end`` are dates with offsets if ``flags`` say floating, else seconds."""

    event_hash: bytes
    start: int
    end: int
    flags: int
    ical_hash: bytes


def pack(events: Iterable[Event]) -> bytes:
    return b"".join(sorted(map(_pack_event, events)))


def unpack(packed: bytes) -> Iterator[Packed]:
    return map(Packed._make, _RECORD.iter_unpack(packed))


def fields(packed: bytes) -> Iterator[tuple[bytes, int, int, int, bytes]]:
    """The same, nameless, for who looks at every event of many calendars: the names take more time than the rest."""
    return _RECORD.iter_unpack(packed)


def count(packed: bytes) -> int:
    return len(packed) // RECORD_BYTES


def event_hash(event: str) -> bytes:
    """What a record holds of an event's id."""
    return _hash(event)


def ical_hash(ical_uid: str) -> bytes:
    """What a record holds of the uid that all copies of a meeting share."""
    return _hash(ical_uid)


def same_time(record: Packed, time: Interval) -> bool:
    """Whether an event lasts exactly so long. One of whole days never does: those are no instants."""
    seconds = (_pack_seconds(math.floor(_seconds(time.start))), _pack_seconds(math.ceil(_seconds(time.end))))
    return not record.flags & FLOATING and (record.start, record.end) == seconds


def counting_flags(statuses: frozenset[ShowAs]) -> frozenset[int]:
    """The flag bytes of events that block time: of these statuses, neither cancelled nor declined."""
    codes = [_STATUS_CODES[status] for status in statuses]
    return frozenset(code | floating for code in codes for floating in (0, FLOATING))


def is_tentative(record: Packed) -> bool:
    """Whether it shows as tentative, and is neither cancelled nor declined."""
    return record.flags & ~FLOATING == _STATUS_CODES[ShowAs.TENTATIVE]


def floating_date(packed: int) -> date:
    return date.fromordinal(_EPOCH_DAY + (packed >> 16))


def floating_offset(packed: int) -> timedelta | None:
    """How far the original zone was ahead of UTC at that date's midnight; None if the event named no zone."""
    minutes = packed & _NO_OFFSET
    return None if minutes == _NO_OFFSET else timedelta(minutes=minutes - _OFFSET_ZERO)


def _pack_event(event: Event) -> bytes:
    flags = _STATUS_CODES[event.show_as] | CANCELLED * event.is_cancelled | DECLINED * event.is_declined
    time = event.time
    if isinstance(time, AllDay):
        flags |= FLOATING
        start, end = _pack_date(time.first, time.original_zone), _pack_date(time.end, time.original_zone)
    else:
        start, end = _pack_seconds(math.floor(_seconds(time.start))), _pack_seconds(math.ceil(_seconds(time.end)))
    return _RECORD.pack(_hash(event.event), start, end, flags, _ical_hash(event))


def _seconds(instant: datetime) -> float:
    return (instant - _EPOCH).total_seconds()


def _pack_seconds(seconds: int) -> int:
    """An event may begin before 1970 or never end; only its part inside the window matters."""
    return min(max(seconds, 0), _LATEST)


def _pack_date(day: date, zone: str | None) -> int:
    offset = original_offset(day, zone)
    minutes = _NO_OFFSET if offset is None else int(offset.total_seconds() // 60) + _OFFSET_ZERO
    days = min(max(day.toordinal() - _EPOCH_DAY, 0), _LATEST_DAY)
    return days << 16 | minutes


def _ical_hash(event: Event) -> bytes:
    return _hash(event.ical_uid) if event.ical_uid else bytes(HASH_BYTES)


def _hash(identity: str) -> bytes:
    return blake2b(identity.encode(), digest_size=HASH_BYTES).digest()
