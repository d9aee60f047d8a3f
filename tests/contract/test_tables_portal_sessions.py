"""The PortalSessions port on its table, in memory and on Azurite."""

import asyncio

import pytest

from shared_code.adapters.tables.portal_sessions import TablePortalSessions
from shared_code.adapters.tables.rows import Rows
from shared_code.adapters.tables.sign_ins import TableSignIns
from shared_code.core.ids import ProductUserId
from shared_code.core.portal_session import PortalSession, opened
from shared_code.errors import Conflict
from tests.contract.samples import ACME, NOW

SESSION = PortalSession("portal-0abc9", ACME, ProductUserId("ursula"), "user", "c0ffee" * 10, NOW)


@pytest.fixture
def sessions(rows: Rows) -> TablePortalSessions:
    return TablePortalSessions(rows)


async def test_a_session_is_found_as_created_and_only_created_once(sessions: TablePortalSessions) -> None:
    await sessions.create(SESSION)

    with pytest.raises(Conflict):
        await sessions.create(SESSION)

    found = await sessions.find("portal-0abc9")
    assert found is not None
    assert found.value == SESSION
    assert await sessions.find("portal-other") is None


async def test_of_two_who_open_a_link_at_once_one_gets_in(sessions: TablePortalSessions) -> None:
    await sessions.create(SESSION)
    stored = await sessions.find("portal-0abc9")
    assert stored is not None

    outcomes = await asyncio.gather(
        *(sessions.save(stored, opened(SESSION, cookie, NOW)) for cookie in ("one", "other")), return_exceptions=True
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1


async def test_a_forgotten_session_is_gone(sessions: TablePortalSessions) -> None:
    await sessions.create(SESSION)
    stored = await sessions.find("portal-0abc9")
    assert stored is not None

    await sessions.forget("portal-0abc9")
    await sessions.forget("portal-0abc9")

    assert await sessions.find("portal-0abc9") is None
    with pytest.raises(Conflict):
        await sessions.save(stored, SESSION)


async def test_a_session_whose_time_is_over_goes_as_a_sign_in_does(sessions: TablePortalSessions, rows: Rows) -> None:
    await sessions.create(SESSION)

    await TableSignIns(rows).forget("portal-0abc9")

    assert await sessions.find("portal-0abc9") is None
