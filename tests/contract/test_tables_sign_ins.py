"""The SignIns port on its table, in memory and on Azurite."""

import asyncio
from dataclasses import replace

import pytest

from shared_code.adapters.tables.rows import Rows
from shared_code.adapters.tables.sign_ins import TableSignIns
from shared_code.core.ids import ConnectionId
from shared_code.core.sign_in import SignIn
from shared_code.errors import Conflict
from tests.contract.samples import ACME, NOW, TENANT

SIGN_IN = SignIn("0abc9", ACME, ConnectionId("c-1"), 1, "c0ffee" * 10, "consenting", NOW)


@pytest.fixture
def sign_ins(rows: Rows) -> TableSignIns:
    return TableSignIns(rows)


async def test_a_sign_in_is_found_as_created_and_only_created_once(sign_ins: TableSignIns) -> None:
    stored = await sign_ins.create(SIGN_IN)

    with pytest.raises(Conflict):
        await sign_ins.create(SIGN_IN)

    assert await sign_ins.find("0abc9") == stored
    assert await sign_ins.find("0ABC9") is None


async def test_each_step_is_taken_once(sign_ins: TableSignIns) -> None:
    stored = await sign_ins.create(SIGN_IN)
    signing_in = replace(SIGN_IN, step="signing_in", tenant=TENANT, nonce="n", code_verifier="v")

    outcomes = await asyncio.gather(
        *(sign_ins.save(stored, signing_in) for _ in range(3)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    found = await sign_ins.find("0abc9")
    assert found is not None
    assert found.value == signing_in


async def test_a_forgotten_sign_in_is_gone(sign_ins: TableSignIns) -> None:
    stored = await sign_ins.create(SIGN_IN)

    await sign_ins.forget("0abc9")
    await sign_ins.forget("0abc9")

    assert await sign_ins.find("0abc9") is None
    with pytest.raises(Conflict):
        await sign_ins.save(stored, SIGN_IN)
