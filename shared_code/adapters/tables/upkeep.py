"""What is due, a partition for each hour, and a watermark below which no hour holds anything.

    {hour}       {instant}!{kind}!{subject}    what is due
    watermark    watermark                     the earliest hour to look at, and the floor

An hour is drained, then passed. So that nothing is missed which is written into an hour while it is being passed,
``advance`` first raises the floor, below which nobody leaves a row, and then looks at those hours a second time;
``set`` writes first and then reads the floor.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec

from shared_code.adapters.tables.names import UPKEEP
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import EVERYTHING, Insert, Put, Replace, Rows, Span
from shared_code.core.upkeep import Due
from shared_code.errors import Conflict
from shared_code.ports import Stored

_WATERMARK = "watermark"
_HOUR = timedelta(hours=1)


class Watermark(msgspec.Struct, frozen=True):
    hour: datetime
    floor: datetime | None = None  # None until an hour was first passed; the hour may then still move back


class TableUpkeep:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def set(self, due: Due) -> None:
        hour = _hour_of(due.at)
        await self._put(hour, due)
        while (floor := await self._floor_for(hour)) > hour:
            await self._put(floor, due)
            await self._discard(hour, due)
            hour = floor

    async def find_due(self, now: datetime, limit: int) -> tuple[Due, ...]:
        mark = await self._find_mark()
        found: list[Due] = []
        for hour in _hours(mark.value.hour, now) if mark else ():
            found += await self._read(hour, now, limit - len(found))
            if len(found) >= limit:
                break
        return tuple(sorted(found, key=lambda due: due.at))

    async def settle(self, done: Due, again: Due | None) -> None:
        if again is not None:
            await self.set(again)
        if again != done:
            for hour in await self._hours_that_may_hold(done):
                await self._discard(hour, done)

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
        while hour < end:
            page = await self._rows.page(UPKEEP, _partition(hour), EVERYTHING, limit=1)
            if page.rows:
                return hour
            hour += _HOUR
        return hour

    async def _hours_that_may_hold(self, due: Due) -> list[datetime]:
        """Its own hour, or, if that lay below the floor when it was written, what was then the floor."""
        own, mark = _hour_of(due.at), await self._find_mark()
        if mark is None or mark.value.floor is None:
            return [own]
        return [own, *_hours(max(own + _HOUR, mark.value.hour), mark.value.floor)]

    async def _floor_for(self, hour: datetime) -> datetime:
        """The hour below which nothing may be left; before any hour was passed, that is ``hour`` if it is earlier."""
        while True:
            mark = await self._find_mark()
            if mark is not None and mark.value.floor is not None:
                return mark.value.floor
            if mark is not None and mark.value.hour <= hour:
                return hour
            try:
                await self._save_mark(mark, Watermark(hour))
            except Conflict:
                continue
            return hour

    async def _find_mark(self) -> Stored[Watermark] | None:
        row = await self._rows.find(UPKEEP, _WATERMARK, _WATERMARK)
        return None if row is None else Stored(read_record(Watermark, row), row.version)

    async def _save_mark(self, stored: Stored[Watermark] | None, mark: Watermark) -> Stored[Watermark]:
        record = write_record(mark)
        change = Insert(_WATERMARK, record) if stored is None else Replace(_WATERMARK, record, stored.version)
        (version,) = await self._rows.commit(UPKEEP, _WATERMARK, [change])
        return Stored(mark, version)

    async def _put(self, hour: datetime, due: Due) -> None:
        await self._rows.commit(UPKEEP, _partition(hour), [Put(_key(due), write_record(due))])

    async def _discard(self, hour: datetime, due: Due) -> None:
        await self._rows.discard(UPKEEP, _partition(hour), _key(due))


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _hours(first: datetime, last: datetime) -> Iterator[datetime]:
    """Every hour from ``first`` up to the one that holds ``last``."""
    hour = first
    while hour <= last:
        yield hour
        hour += _HOUR


def _partition(hour: datetime) -> str:
    return f"{hour:%Y-%m-%dT%H}"


def _key(due: Due) -> str:
    return f"{_instant(due.at)}!{due.kind}!{due.subject}"


def _instant(at: datetime) -> str:
    """Always as long, so that the order of the texts is that of the instants."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
