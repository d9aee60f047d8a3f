"""Portal sessions: a partition for each, with one row of the same key, in the sign-ins' table."""

from shared_code.adapters.tables.names import SIGN_INS
from shared_code.adapters.tables.records import read_record, write_record
from shared_code.adapters.tables.rows import Insert, Replace, Rows
from shared_code.core.portal_session import PortalSession
from shared_code.ports import Stored


class TablePortalSessions:
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def create(self, session: PortalSession) -> None:
        await self._rows.commit(SIGN_INS, session.session, [Insert(session.session, write_record(session))])

    async def find(self, session: str) -> Stored[PortalSession] | None:
        row = await self._rows.find(SIGN_INS, session, session)
        return None if row is None else Stored(read_record(PortalSession, row), row.version)

    async def save(self, stored: Stored[PortalSession], changed: PortalSession) -> None:
        change = Replace(changed.session, write_record(changed), stored.version)
        await self._rows.commit(SIGN_INS, changed.session, [change])

    async def forget(self, session: str) -> None:
        await self._rows.discard(SIGN_INS, session, session)
