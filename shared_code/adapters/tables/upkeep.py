"""What is due, a partition for each hour, and a watermark below which no hour holds anything.

    {hour}       {instant}!{kind}!{subject}    what is due
    watermark    watermark                     the earliest hour to look at, and the floor

An hour is drained, then passed. So that nothing is missed which is written into an hour while it is being passed,
``advance`` first raises the floor, below which nobody leaves a row, and then looks at those hours a second time;
``set`` writes first and then reads the floor.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from shared_code.adapters.tables.names import UPKEEP
from shared_code.adapters.tables.partition import groups_of, remove
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import TRANSACTION_ROWS, Insert, Put, Replace, Rows, Span
from shared_code.core.upkeep import Due, Settled
from shared_code.errors import Conflict
from shared_code.ports import Stored

_WATERMARK = "watermark"
_HOUR = timedelta(hours=1)

type _Hours = dict[datetime, dict[str, Due]]
"""Rows by the hour whose partition holds them and by their key."""


class Watermark(msgspec.Struct, frozen=True):
    hour: datetime
    floor: datetime | None = None  # None until an hour was first passed; the hour may then still move back


class TableUpkeep:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def set(self, due: Due) -> None:
        await self._set([due])

    async def find_due(self, now: datetime, limit: int) -> tuple[Due, ...]:
        mark = await self._find_mark()
        found: list[Due] = []
        hour = mark.value.hour if mark is not None and mark.value.hour <= now else None
        while hour is not None:
            found += await self._read(hour, now, limit - len(found))
            is_enough = len(found) >= limit
            hour = None if is_enough else await self._first_held(hour + _HOUR, _hour_of(now) + _HOUR)
        return tuple(sorted(found, key=lambda due: due.at))

    async def settle(self, settled: Sequence[Settled]) -> None:
        again = [each.again for each in settled if each.again is not None]
        over = [each.done for each in settled if each.again != each.done]
        mark = await self._set(again) if again else None
        if not over:
            return
        if mark is None:
            stored = await self._find_mark()
            mark = stored.value if stored is not None else None
        places = ((hour, due) for due in over for hour in _hours_that_may_hold(due, mark))
        for hour, rows in _by_hour(places).items():
            await remove(self._rows, UPKEEP, _partition(hour), list(rows))

    async def advance(self, now: datetime) -> None:
        mark = await self._find_mark()
        if mark is None:
            return
        floor = max(await self._drained_up_to(mark.value.hour, _hour_of(now)), mark.value.floor or mark.value.hour)
        if floor == mark.value.hour:
            return
        try:
            raised = await self._save_mark(mark, Watermark(mark.value.hour, floor))
            hour = await self._drained_up_to(mark.value.hour, floor)
            await self._save_mark(raised, Watermark(hour, floor))
        except Conflict:  # somebody else is at it
            return

    async def _set(self, dues: Sequence[Due]) -> Watermark:
        """The watermark that was read after the writing: no row of these lies below its floor."""
        rows = _by_hour((_hour_of(due.at), due) for due in dues)
        await self._put(rows)
        while True:
            mark = await self._mark_at_or_before(min(rows))
            floor = mark.floor or mark.hour
            late = {hour: rows.pop(hour) for hour in sorted(rows) if hour < floor}
            if not late:
                return mark
            raised = {key: due for each in late.values() for key, due in each.items()}
            await self._put({floor: raised})
            for hour, moved in late.items():
                await remove(self._rows, UPKEEP, _partition(hour), list(moved))
            rows[floor] = rows.get(floor, {}) | raised

    async def _put(self, rows: _Hours) -> None:
        for hour, dues in rows.items():
            for group in groups_of(TRANSACTION_ROWS, [Put(key, write_record(due)) for key, due in dues.items()]):
                await self._put_group(_partition(hour), group)

    async def _put_group(self, partition: str, group: Sequence[Put]) -> None:
        try:
            await self._rows.commit(UPKEEP, partition, group)
        except Conflict:  # the service may refuse two upserts of a row at once, and with it all of a transaction
            for put in group:
                await self._rows.commit(UPKEEP, partition, [put])

    async def _read(self, hour: datetime, now: datetime, limit: int) -> list[Due]:
        span, after = Span("", f'{_instant(now)}"'), None
        found: list[Due] = []
        while len(found) < limit:
            page = await self._rows.page(UPKEEP, _partition(hour), span, after=after, limit=limit - len(found))
            found += (read_record(Due, row) for row in page.rows)
            after = page.next
            if after is None:
                break
        return found

    async def _drained_up_to(self, hour: datetime, end: datetime) -> datetime:
        """The first hour from ``hour`` on that holds something, or ``end``."""
        return await self._first_held(hour, end) or max(hour, end)

    async def _first_held(self, hour: datetime, end: datetime) -> datetime | None:
        """The first hour from ``hour`` on, but before ``end``, that holds something."""
        if hour >= end:
            return None
        partition = await self._rows.first_partition(UPKEEP, _partition(hour), _partition(end))
        return None if partition is None else datetime.strptime(partition, _PARTITION).replace(tzinfo=UTC)

    async def _mark_at_or_before(self, hour: datetime) -> Watermark:
        """The watermark; until an hour was passed it moves back to ``hour`` if it is later."""
        while True:
            mark = await self._find_mark()
            if mark is not None and (mark.value.floor is not None or mark.value.hour <= hour):
                return mark.value
            try:
                return (await self._save_mark(mark, Watermark(hour))).value
            except Conflict:
                continue

    async def _find_mark(self) -> Stored[Watermark] | None:
        row = await self._rows.find(UPKEEP, _WATERMARK, _WATERMARK)
        return None if row is None else Stored(read_record(Watermark, row), row.version)

    async def _save_mark(self, stored: Stored[Watermark] | None, mark: Watermark) -> Stored[Watermark]:
        record = write_record(mark)
        change = Insert(_WATERMARK, record) if stored is None else Replace(_WATERMARK, record, stored.version)
        (version,) = await self._rows.commit(UPKEEP, _WATERMARK, [change])
        return Stored(mark, version)


def _by_hour(places: Iterable[tuple[datetime, Due]]) -> _Hours:
    rows: defaultdict[datetime, dict[str, Due]] = defaultdict(dict)
    for hour, due in places:
        rows[hour][_key(due)] = due
    return dict(rows)


def _hours_that_may_hold(due: Due, mark: Watermark | None) -> list[datetime]:
    """Its own hour, or, if that lay below the floor when it was written, what was then the floor."""
    own = _hour_of(due.at)
    if mark is None or mark.floor is None:
        return [own]
    return [own, *_hours(max(own + _HOUR, mark.hour), mark.floor)]


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(first: datetime, last: datetime) -> Iterator[datetime]:
    """Every hour from ``first`` up to the one that holds ``last``."""
    hour = first
    while hour <= last:
        yield hour
        hour += _HOUR


_PARTITION = "%Y-%m-%dT%H"


def _partition(hour: datetime) -> str:
    return hour.strftime(_PARTITION)


def _key(due: Due) -> str:
    return f"{_instant(due.at)}!{due.kind}!{due.subject}"


def _instant(at: datetime) -> str:
    """Always as long, so that the order of the texts is that of the instants."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
