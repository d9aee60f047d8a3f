"""Index rows and users are made to agree again, whichever of them somebody wrote past the program."""

import pytest

from shared_code.adapters.tables.keys import hash_of
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.rows import Put, Remove
from shared_code.adapters.tables.user_rows import index_row
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.ports import UserChange
from tests.fakes.clock import START
from tests.fakes.memory_rows import MemoryRows, Operation

ACME, TENANT = OrganizationId("acme"), TenantId("t1")
ANNA, BEN = ProductUserId("anna"), ProductUserId("ben")


def address_row(user: ProductUserId) -> str:
    return f"address!{hash_of(f'{user}@acme.example')}"


def pin_row(user: ProductUserId) -> str:
    return f"pin!{TENANT}!object-{user}!{user}"


def person(user: ProductUserId) -> ProductUser:
    address = f"{user}@acme.example"
    match = Match(ConnectionId("c1"), TENANT, UserId(f"object-{user}"), MatchRule.MAIL, address, START)
    return ProductUser(ACME, user, (Address(address, verified=True),), UserState.CONNECTED, START, match=match)


@pytest.fixture
async def rows() -> MemoryRows:
    rows = MemoryRows()
    assert await TableProductUsers(rows).save([UserChange(None, person(user)) for user in (ANNA, BEN)]) == ()
    return rows


async def mend(rows: MemoryRows) -> int:
    return await RowRepair(rows).mend_index(ACME)


async def test_rows_that_agree_are_left_alone(rows: MemoryRows) -> None:
    before = rows.bytes_at_rest()
    rows.operations.clear()

    assert await mend(rows) == 0
    assert rows.bytes_at_rest() == before
    assert rows.count("commit") == 0


@pytest.mark.parametrize("key", [address_row(ANNA), pin_row(ANNA)])
async def test_a_row_that_is_missing_is_written(rows: MemoryRows, key: str) -> None:
    before = rows.keys(USERS, ACME)
    await rows.discard(USERS, ACME, key)

    assert await mend(rows) == 1
    assert rows.keys(USERS, ACME) == before
    assert await TableProductUsers(rows).find_by_addresses(ACME, ["anna@acme.example"]) == {"anna@acme.example": ANNA}
    assert await mend(rows) == 0


@pytest.mark.parametrize("user", [ANNA, ProductUserId("nobody")])
async def test_a_row_that_points_to_somebody_who_knows_nothing_of_it_is_deleted(
    rows: MemoryRows, user: ProductUserId
) -> None:
    before = rows.keys(USERS, ACME)
    for key in (f"address!{hash_of('left@acme.example')}", f"pin!{TENANT}!left!{user}"):
        await rows.commit(USERS, ACME, [Put(key, index_row(user))])

    assert await mend(rows) == 2
    assert rows.keys(USERS, ACME) == before


async def test_a_row_that_points_to_another_is_turned(rows: MemoryRows) -> None:
    await rows.commit(USERS, ACME, [Put(address_row(ANNA), index_row(BEN))])

    assert await mend(rows) == 1
    assert await TableProductUsers(rows).find_by_addresses(ACME, ["anna@acme.example"]) == {"anna@acme.example": ANNA}


async def test_an_address_that_two_users_claim_is_left_to_a_person(rows: MemoryRows) -> None:
    ben = await rows.find(USERS, ACME, "user!ben")
    assert ben is not None
    data = str(ben.properties["data"]).replace("ben@acme.example", "anna@acme.example")
    await rows.commit(USERS, ACME, [Put("user!ben", {**ben.properties, "data": data}), Remove(address_row(BEN))])

    assert await mend(rows) == 0


async def test_a_user_who_changes_meanwhile_is_not_written_over(rows: MemoryRows) -> None:
    await rows.discard(USERS, ACME, address_row(ANNA))

    def change(operation: Operation) -> None:
        if operation.kind == "commit":
            rows.on_operation = None
            del rows._partitions[USERS, ACME]["user!anna"]

    rows.on_operation = change

    assert await mend(rows) == 0
    assert address_row(ANNA) not in rows.keys(USERS, ACME)
