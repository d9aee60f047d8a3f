"""Sign-ins of people who connect an account of their own: a partition for each, in the sign-ins' table."""

from shared_code.adapters.tables.names import SIGN_INS
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import Insert, Replace, Rows
from shared_code.core.personal_sign_in import PersonalSignIn
from shared_code.ports import Stored


class TablePersonalSignIns:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def create(self, sign_in: PersonalSignIn) -> None:
        await self._rows.commit(SIGN_INS, sign_in.sign_in, [Insert(sign_in.sign_in, write_record(sign_in))])

    async def find(self, sign_in: str) -> Stored[PersonalSignIn] | None:
        row = await self._rows.find(SIGN_INS, sign_in, sign_in)
        return None if row is None else Stored(read_record(PersonalSignIn, row), row.version)

    async def save(self, stored: Stored[PersonalSignIn], changed: PersonalSignIn) -> None:
        change = Replace(changed.sign_in, write_record(changed), stored.version)
        await self._rows.commit(SIGN_INS, changed.sign_in, [change])
