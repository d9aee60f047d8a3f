"""Dead letters, in a partition of their own of the ``upkeep`` table.

letter!{letter}               the letter, its message as it was sent; ids sort the newest first
until!{instant}!{letter}      when it goes; written and removed together with the letter
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared_code.adapters.tables.names import UPKEEP
from shared_code.adapters.tables.records import SCHEMA_VERSION, read_binary, read_record, write_binary, write_record
from shared_code.adapters.tables.rows import Change, Insert, Property, Put, Remove, Replace, Row, Rows, Span, below
from shared_code.core.dead_letter import DeadLetter, LetterId
from shared_code.errors import Conflict
from shared_code.ports import Page, Stored

_PARTITION = "dead-letters"


class TableDeadLetters:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def add(self, letter: DeadLetter) -> bool:
        try:
            await self._commit([Insert(_key(letter.letter), _properties_of(letter)), _until(letter)])
        except Conflict:
            return False
        return True

    async def find(self, letter: LetterId) -> Stored[DeadLetter] | None:
        row = await self._rows.find(UPKEEP, _PARTITION, _key(letter))
        return None if row is None else Stored(_letter_in(row), row.version)

    async def page(self, after: str | None, limit: int) -> Page[DeadLetter]:
        start = None if after is None else f"letter!{after}"
        page = await self._rows.page(UPKEEP, _PARTITION, below("letter"), after=start, limit=limit)
        following = None if page.next is None else page.next.removeprefix("letter!")
        return Page(tuple(map(_letter_in, page.rows)), following)

    async def save(self, stored: Stored[DeadLetter], changed: DeadLetter) -> Stored[DeadLetter]:
        changes: list[Change] = [Replace(_key(changed.letter), _properties_of(changed), stored.version)]
        if changed.kept_until != stored.value.kept_until:
            changes += [Remove(_until(stored.value).key), _until(changed)]
        versions = await self._commit(changes)
        return Stored(changed, versions[0])

    async def forget(self, letter: DeadLetter) -> None:
        await self._commit([Remove(_key(letter.letter)), Remove(_until(letter).key)])

    async def drop_old(self, now: datetime, limit: int) -> int:
        """A letter that is redriven in this very moment stays for another minute."""
        span = Span("until!", f'until!{_instant(now)}"')
        page = await self._rows.page(UPKEEP, _PARTITION, span, limit=limit)
        dropped = 0
        for row in page.rows:
            letter = row.key.rpartition("!")[2]
            try:
                await self._commit([Remove(row.key), Remove(f"letter!{letter}")])
            except Conflict:
                continue
            dropped += 1
        return dropped

    async def _commit(self, changes: Sequence[Change]) -> tuple[str, ...]:
        return await self._rows.commit(UPKEEP, _PARTITION, changes)


def _key(letter: LetterId) -> str:
    return f"letter!{letter}"


def _properties_of(letter: DeadLetter) -> dict[str, Property]:
    return write_record(replace(letter, body=b"")) | write_binary(letter.body)


def _letter_in(row: Row) -> DeadLetter:
    return replace(read_record(DeadLetter, row), body=read_binary(row.properties))


def _until(letter: DeadLetter) -> Put:
    return Put(f"until!{_instant(letter.kept_until)}!{letter.letter}", {"v": SCHEMA_VERSION})


def _instant(at: datetime) -> str:
    """Always as long, so that the order of the texts is that of the instants."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
