"""Consents and sign-ins under way: a partition for each, with one row of the same key."""

from shared_code.adapters.tables.names import SIGN_INS
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import Insert, Replace, Rows
from shared_code.core.sign_in import SignIn
from shared_code.ports import Stored


class TableSignIns:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def create(self, sign_in: SignIn) -> Stored[SignIn]:
        change = Insert(sign_in.sign_in, write_record(sign_in))
        return await self._write(sign_in, change)

    async def find(self, sign_in: str) -> Stored[SignIn] | None:
        row = await self._rows.find(SIGN_INS, sign_in, sign_in)
        return None if row is None else Stored(read_record(SignIn, row), row.version)

    async def save(self, stored: Stored[SignIn], changed: SignIn) -> Stored[SignIn]:
        change = Replace(changed.sign_in, write_record(changed), stored.version)
        return await self._write(changed, change)

    async def forget(self, sign_in: str) -> None:
        await self._rows.discard(SIGN_INS, sign_in, sign_in)

    async def _write(self, sign_in: SignIn, change: Insert | Replace) -> Stored[SignIn]:
        (version,) = await self._rows.commit(SIGN_INS, sign_in.sign_in, [change])
        return Stored(sign_in, version)
