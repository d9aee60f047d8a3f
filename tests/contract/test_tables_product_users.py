"""The ProductUsers port on its tables, in memory and on Azurite."""

import asyncio
from dataclasses import replace

import pytest

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_keys
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.roster_rows import SLICES, slice_key
from shared_code.adapters.tables.rows import EVERYTHING, Put, Rows
from shared_code.core.ids import OrganizationId, ProductUserId, UserId
from shared_code.core.product_user import ProductUser
from shared_code.ports import Stored, UserChange
from tests.contract.samples import ACME, OBJECT_ID, TENANT, person
from tests.fakes.memory_rows import MemoryRows

OTHER_ID = UserId("00000000-0000-4000-8000-000000000003")


@pytest.fixture
def users(rows: Rows) -> TableProductUsers:
    return TableProductUsers(rows)


async def _add(users: TableProductUsers, *people: ProductUser) -> tuple[ProductUserId, ...]:
    return await users.save([UserChange(None, one) for one in people])


async def _get(users: TableProductUsers, user: str) -> Stored[ProductUser]:
    found = await users.find(ACME, ProductUserId(user))
    assert found is not None
    return found


async def test_a_user_comes_back_as_saved(users: TableProductUsers) -> None:
    ann = person("Ann.B-c_1", "Ann@Contoso.com", "Ännchen@bücher.example", matched=OBJECT_ID)

    assert await _add(users, ann) == ()

    assert (await _get(users, "Ann.B-c_1")).value == ann
    assert await users.find(ACME, ProductUserId("ann.b-c_1")) is None
    assert await users.find(OrganizationId("other"), ProductUserId("Ann.B-c_1")) is None


async def test_several_users_are_found_at_once_and_the_missing_are_left_out(users: TableProductUsers) -> None:
    await _add(users, *(person(f"u{number}", f"u{number}@contoso.com") for number in range(30)))
    asked = [ProductUserId(name) for name in ("u3", "nobody", "u29", "u3")]

    found = await users.find_many(ACME, asked)

    assert {user: stored.value.user for user, stored in found.items()} == {"u3": "u3", "u29": "u29"}


async def test_verified_addresses_lead_to_their_user(users: TableProductUsers) -> None:
    await _add(
        users, person("ann", "Ann@Contoso.com", "ÄNN@bücher.example"), person("bob", "bob@contoso.com", verified=False)
    )

    found = await users.find_by_addresses(
        ACME, ["ann@contoso.com", "änn@bücher.example", "bob@contoso.com", "x@contoso.com"]
    )

    assert found == {"ann@contoso.com": "ann", "änn@bücher.example": "ann"}


async def test_pins_lead_to_everybody_who_is_matched(users: TableProductUsers) -> None:
    await _add(
        users,
        person("ann", "ann@contoso.com", matched=OBJECT_ID),
        person("ann-2", "alias@contoso.com", matched=OBJECT_ID),
        person("bob", "bob@contoso.com"),
    )

    found = await users.find_by_pins(ACME, TENANT, [OBJECT_ID, OTHER_ID])

    assert found == {OBJECT_ID: ("ann", "ann-2")}


async def test_index_rows_follow_the_user(users: TableProductUsers) -> None:
    await _add(users, person("ann", "old@contoso.com", "both@contoso.com", matched=OBJECT_ID))
    stored = await _get(users, "ann")

    await users.save([UserChange(stored, person("ann", "both@contoso.com", "new@contoso.com", matched=OTHER_ID))])

    addresses = await users.find_by_addresses(ACME, ["old@contoso.com", "both@contoso.com", "new@contoso.com"])
    assert addresses == {"both@contoso.com": "ann", "new@contoso.com": "ann"}
    assert await users.find_by_pins(ACME, TENANT, [OBJECT_ID, OTHER_ID]) == {OTHER_ID: ("ann",)}


async def test_a_deleted_user_leaves_no_row(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, person("ann", "ann@contoso.com", "ANN@contoso.com", matched=OBJECT_ID))

    assert await users.save([UserChange(await _get(users, "ann"), None)]) == ()

    assert set(await read_keys(rows, USERS, ACME, EVERYTHING)) == set(SLICES)


async def test_only_the_users_that_meet_a_conflict_are_not_written(users: TableProductUsers) -> None:
    await _add(users, *(person(f"u{number}", f"u{number}@contoso.com") for number in range(40)))
    stored = [await _get(users, f"u{number}") for number in range(40)]
    await users.save([UserChange(stored[7], replace(stored[7].value, reason="moved on"))])
    changes = [UserChange(one, replace(one.value, reason="swept")) for one in stored]
    taken = UserChange(None, person("thief", "U9@contoso.com"))
    twice = UserChange(None, person("u11", "other@contoso.com"))

    conflicts = await users.save([*changes[:20], taken, twice, *changes[20:]])

    found = await users.find_many(ACME, [one.value.user for one in stored])
    assert sorted(conflicts) == ["thief", "u11", "u7"]
    assert found[ProductUserId("u7")].value.reason == "moved on"
    assert [user for user, one in found.items() if one.value.reason != "swept"] == ["u7"]
    assert await users.find(ACME, ProductUserId("thief")) is None
    assert await users.find_by_addresses(ACME, ["u9@contoso.com", "other@contoso.com"]) == {"u9@contoso.com": "u9"}


async def test_deleting_a_user_who_has_moved_on_is_a_conflict(users: TableProductUsers) -> None:
    await _add(users, person("ann", "ann@contoso.com"))
    stored = await _get(users, "ann")
    await users.save([UserChange(stored, replace(stored.value, reason="moved on"))])

    assert await users.save([UserChange(stored, None)]) == ("ann",)

    assert await users.find_by_addresses(ACME, ["ann@contoso.com"]) == {"ann@contoso.com": "ann"}


async def test_an_address_changes_hands_in_one_call(users: TableProductUsers) -> None:
    await _add(users, person("ann", "shared@contoso.com"), person("bob", "bob@contoso.com"))
    ann, bob = await _get(users, "ann"), await _get(users, "bob")

    conflicts = await users.save(
        [UserChange(ann, person("ann", "ann@contoso.com")), UserChange(bob, person("bob", "Shared@contoso.com"))]
    )

    assert conflicts == ()
    assert await users.find_by_addresses(ACME, ["shared@contoso.com", "ann@contoso.com", "bob@contoso.com"]) == {
        "shared@contoso.com": "bob",
        "ann@contoso.com": "ann",
    }


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
async def test_addresses_go_round_in_one_call(users: TableProductUsers, order: tuple[int, ...]) -> None:
    names = ("ann", "bob", "eve")
    await _add(users, *(person(name, f"{number}@contoso.com") for number, name in enumerate(names)))
    turned = [person(name, f"{(number + 1) % 3}@contoso.com") for number, name in enumerate(names)]

    conflicts = await users.save([UserChange(await _get(users, names[place]), turned[place]) for place in order])

    found = await users.find_by_addresses(ACME, [f"{number}@contoso.com" for number in range(3)])
    assert conflicts == ()
    assert found == {"0@contoso.com": "eve", "1@contoso.com": "ann", "2@contoso.com": "bob"}


async def test_an_address_given_up_goes_to_one_of_those_who_want_it(users: TableProductUsers) -> None:
    await _add(users, person("ann", "0@contoso.com"), person("bob", "1@contoso.com"), person("eve", "2@contoso.com"))
    ann, bob, eve = await _get(users, "ann"), await _get(users, "bob"), await _get(users, "eve")

    conflicts = await users.save(
        [
            UserChange(ann, person("ann", "2@contoso.com")),
            UserChange(bob, person("bob", "0@contoso.com")),
            UserChange(eve, person("eve", "0@contoso.com")),
        ]
    )

    found = await users.find_by_addresses(ACME, [f"{number}@contoso.com" for number in range(3)])
    stored = [(await _get(users, name)).value for name in ("ann", "bob", "eve")]
    assert len(conflicts) in {1, 2}
    assert found == {
        address.address: user.user for user in stored for address in user.addresses if address.address in found
    }
    assert {"0@contoso.com"} <= set(found)


async def test_who_gives_an_address_to_a_user_that_has_moved_on_is_written_alone(users: TableProductUsers) -> None:
    await _add(users, person("ann", "shared@contoso.com"), person("bob", "bob@contoso.com"))
    ann, bob = await _get(users, "ann"), await _get(users, "bob")
    await users.save([UserChange(bob, replace(bob.value, reason="moved on"))])

    conflicts = await users.save(
        [UserChange(bob, person("bob", "shared@contoso.com")), UserChange(ann, person("ann", "ann@contoso.com"))]
    )

    found = await users.find_by_addresses(ACME, ["shared@contoso.com", "ann@contoso.com", "bob@contoso.com"])
    assert conflicts == ("bob",)
    assert found == {"ann@contoso.com": "ann", "bob@contoso.com": "bob"}


async def test_a_giver_that_has_moved_on_keeps_the_address(users: TableProductUsers) -> None:
    await _add(users, person("ann", "shared@contoso.com"), person("bob", "bob@contoso.com"))
    ann, bob = await _get(users, "ann"), await _get(users, "bob")
    await users.save([UserChange(ann, replace(ann.value, reason="moved on"))])

    conflicts = await users.save(
        [UserChange(ann, person("ann", "ann@contoso.com")), UserChange(bob, person("bob", "shared@contoso.com"))]
    )

    assert sorted(conflicts) == ["ann", "bob"]
    assert await users.find_by_addresses(ACME, ["shared@contoso.com"]) == {"shared@contoso.com": "ann"}


async def test_more_users_than_a_transaction_holds_hand_their_addresses_on(users: TableProductUsers) -> None:
    await _add(users, *(person(f"u{number:03}", f"{number}@contoso.com") for number in range(150)))
    stored = [await _get(users, f"u{number:03}") for number in range(150)]

    conflicts = await users.save(
        [UserChange(one, person(one.value.user, f"{number - 1}@contoso.com")) for number, one in enumerate(stored)]
    )

    found = await users.find_by_addresses(ACME, [f"{number - 1}@contoso.com" for number in range(150)])
    assert conflicts == ()
    assert found == {f"{number - 1}@contoso.com": f"u{number:03}" for number in range(150)}


async def test_two_users_of_one_call_cannot_both_have_an_address(users: TableProductUsers) -> None:
    conflicts = await _add(users, person("ann", "shared@contoso.com"), person("bob", "shared@contoso.com"))

    assert conflicts == ("bob",)
    assert await users.find_by_addresses(ACME, ["shared@contoso.com"]) == {"shared@contoso.com": "ann"}


async def test_of_two_calls_at_once_one_gets_the_address(users: TableProductUsers) -> None:
    outcomes = await asyncio.gather(
        _add(users, person("ann", "shared@contoso.com")), _add(users, person("bob", "shared@contoso.com"))
    )

    assert sorted(map(len, outcomes)) == [0, 1]


async def test_pages_go_through_everybody_in_the_order_of_their_ids(users: TableProductUsers) -> None:
    names = sorted(f"{prefix}{number}" for prefix in ("u", "U", "u.", "u-", "u_") for number in range(210))
    await _add(users, *(person(name, f"{number}@contoso.com") for number, name in enumerate(names)))

    first = await users.page(ACME, None)
    last = await users.page(ACME, first.next)
    small = await users.page(ACME, ProductUserId("u.99"), limit=3)

    assert len(first.items) == 1000
    assert [stored.value.user for stored in (*first.items, *last.items)] == names
    assert last.next is None
    assert [stored.value.user for stored in small.items] == names[names.index("u.99") + 1 :][:3]


async def test_a_page_of_a_thousand_is_one_request() -> None:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    await _add(users, *(person(f"u{number:04}", f"u{number}@contoso.com") for number in range(1000)))
    rows.operations.clear()

    page = await users.page(ACME, None)

    assert len(page.items) == 1000
    assert rows.count() == 1


async def test_users_share_transactions_of_a_hundred_rows() -> None:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    await _add(users, person("first", "first@contoso.com"))
    rows.operations.clear()

    people = [person(f"u{number:03}", f"u{number}@contoso.com") for number in range(120)]
    await _add(users, *people)

    written = [operation.rows for operation in rows.operations if operation.kind == "commit"]
    slices = {slice_key(one.user) for one in people}
    assert len(written) == 3
    assert sum(written) <= 2 * 120 + len(slices) + 2


async def test_a_user_of_many_addresses_is_not_split(users: TableProductUsers) -> None:
    everybody = [person(f"u{user}", *(f"u{user}-{number}@contoso.com" for number in range(70))) for user in range(3)]

    assert await _add(users, *everybody) == ()

    found = await users.find_by_addresses(ACME, [f"u{user}-69@contoso.com" for user in range(3)])
    assert sorted(found.values()) == ["u0", "u1", "u2"]


async def test_forgetting_leaves_no_row_of_this_organization_only(users: TableProductUsers, rows: Rows) -> None:
    other = replace(person("ann", "ann@contoso.com"), organization=OrganizationId("other"))
    await _add(users, *(person(f"u{number}", f"u{number}@contoso.com") for number in range(60)))
    await _add(users, other)

    await users.forget(ACME)

    assert (await rows.page_keys(USERS, ACME, EVERYTHING)).keys == ()
    assert await users.find(OrganizationId("other"), ProductUserId("ann")) is not None


async def test_index_rows_that_went_missing_or_lead_nowhere_are_mended(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, person("ann", "ann@contoso.com", matched=OBJECT_ID), person("bob", "bob@contoso.com"))
    indexes = [key for key in await read_keys(rows, USERS, ACME, EVERYTHING) if key.startswith(("address!", "pin!"))]
    for key in indexes:
        await rows.discard(USERS, ACME, key)
    await rows.commit(USERS, ACME, [Put("address!nobodys", {"v": 1, "user": "carl"})])

    assert await RowRepair(rows).mend_index(ACME) == len(indexes) + 1
    assert await RowRepair(rows).mend_index(ACME) == 0
    keys = await read_keys(rows, USERS, ACME, EVERYTHING)
    assert [key for key in keys if key.startswith(("address!", "pin!"))] == indexes
