"""The PersonalSignIns port on its table, in memory and on Azurite."""

import asyncio
from dataclasses import replace

import pytest

from shared_code.adapters.tables.personal_sign_ins import TablePersonalSignIns
from shared_code.adapters.tables.rows import Rows
from shared_code.adapters.tables.sign_ins import TableSignIns
from shared_code.core.ids import ConnectionId, ProductUserId, UserId
from shared_code.core.personal_account import CONSUMERS
from shared_code.core.personal_refusals import PersonalRefusal
from shared_code.core.personal_sign_in import PersonalOutcome, PersonalSignIn, ended, refused
from shared_code.errors import Conflict
from tests.contract.samples import ACME, NOW

SIGN_IN = PersonalSignIn(
    "personal-0abc9", ACME, ProductUserId("ursula"), NOW, "c0ffee" * 10, "signing_in", NOW, "n", "v"
)
PROVEN = replace(
    SIGN_IN,
    step="confirming",
    nonce=None,
    code_verifier=None,
    tenant=CONSUMERS,
    user_id=UserId("00000000-0000-0000-1234-567890abcdef"),
    account="ursula@outlook.com",
    token_key="one",
    token="x" * 40_000,  # far longer than Microsoft's; a property holds less
    connection=ConnectionId("c-1"),
)


@pytest.fixture
def sign_ins(rows: Rows) -> TablePersonalSignIns:
    return TablePersonalSignIns(rows)


async def test_a_sign_in_is_found_as_created_and_only_created_once(sign_ins: TablePersonalSignIns) -> None:
    await sign_ins.create(SIGN_IN)

    with pytest.raises(Conflict):
        await sign_ins.create(SIGN_IN)

    found = await sign_ins.find("personal-0abc9")
    assert found is not None
    assert found.value == SIGN_IN
    assert await sign_ins.find("personal-0ABC9") is None


@pytest.mark.parametrize(
    "changed",
    [
        PROVEN,
        ended(PROVEN, PersonalOutcome.CONNECTED),
        ended(PROVEN, PersonalOutcome.CANCELLED),
        refused(SIGN_IN, PersonalRefusal.ADMIN_APPROVAL, 90094),
    ],
    ids=["proven", "connected", "cancelled", "refused"],
)
async def test_each_step_is_taken_once(sign_ins: TablePersonalSignIns, changed: PersonalSignIn) -> None:
    await sign_ins.create(SIGN_IN)
    stored = await sign_ins.find("personal-0abc9")
    assert stored is not None

    outcomes = await asyncio.gather(*(sign_ins.save(stored, changed) for _ in range(3)), return_exceptions=True)

    found = await sign_ins.find("personal-0abc9")
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 2
    assert found is not None
    assert found.value == changed


async def test_what_has_ended_keeps_nothing_of_the_account() -> None:
    over = ended(PROVEN, PersonalOutcome.CANCELLED)

    assert (over.account, over.tenant, over.user_id, over.token, over.token_key, over.connection) == (None,) * 6


async def test_a_sign_in_whose_time_is_over_goes_as_an_administrators_does(
    sign_ins: TablePersonalSignIns, rows: Rows
) -> None:
    await sign_ins.create(SIGN_IN)

    await TableSignIns(rows).forget("personal-0abc9")

    assert await sign_ins.find("personal-0abc9") is None
