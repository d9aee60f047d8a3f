"""The list of people and its slices, in memory and on Azurite: always what the users' own rows say."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

import pytest

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.partition import read_keys
from shared_code.adapters.tables.product_users import TRIES, TableProductUsers
from shared_code.adapters.tables.records import read_binary
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.roster import TableRoster, entries_of_rows
from shared_code.adapters.tables.roster_rows import LARGE, SLICES, entries_in, slice_key, slice_row
from shared_code.adapters.tables.rows import EVERYTHING, Put, Rows
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.product_user import Address, ProductUser, UserState
from shared_code.core.roster_entry import RosterEntry, standings
from shared_code.errors import TryLater
from shared_code.ports import Stored, UserChange
from tests.contract.samples import ACME, NOW, OBJECT_ID, person
from tests.fakes.memory_rows import MemoryRows, Operation


@pytest.fixture
def users(rows: Rows) -> TableProductUsers:
    return TableProductUsers(rows)


@pytest.fixture
def roster(rows: Rows) -> TableRoster:
    return TableRoster(rows)


def crowd(count: int) -> list[ProductUser]:
    return [person(f"u{number:03}", f"u{number}@contoso.com") for number in range(count)]


def in_one_slice(count: int) -> list[ProductUser]:
    """New users whom one slice holds."""
    names = (ProductUserId(f"s{number}") for number in range(64 * count * 4))
    together = [name for name in names if slice_key(name) == SLICES[0]][:count]
    return [person(name, f"{name}@contoso.com") for name in together]


async def _add(users: TableProductUsers, *people: ProductUser) -> None:
    assert await users.save([UserChange(None, one) for one in people]) == ()


async def _get(users: TableProductUsers, user: str) -> Stored[ProductUser]:
    found = await users.find(ACME, ProductUserId(user))
    assert found is not None
    return found


async def _listed(roster: TableRoster) -> Mapping[str, RosterEntry]:
    return {entry.user: entry for entry in await roster.entries(ACME)}


async def _versions(rows: Rows) -> dict[str, str]:
    page = await rows.page(USERS, ACME, EVERYTHING)
    return {row.key: row.version for row in page.rows if row.key in SLICES}


async def assert_the_slices_are_true(rows: Rows) -> None:
    """All of them are there, and list and counts come from them."""
    said = {row.key: entries_in(row) for row in (await rows.page(USERS, ACME, EVERYTHING)).rows if row.key in SLICES}
    meant = {entry.user: entry for entry in await entries_of_rows(rows, ACME)}
    assert said == {key: {user: one for user, one in meant.items() if slice_key(user) == key} for key in SLICES}
    assert await TableRoster(rows).counts(ACME) == standings(meant.values())


async def test_whoever_comes_changes_and_goes_is_listed_as_they_are(
    users: TableProductUsers, roster: TableRoster, rows: Rows
) -> None:
    await _add(users, *crowd(5), person("ann", "Ann@contoso.com", matched=OBJECT_ID))
    await users.save(
        [
            UserChange(await _get(users, "u001"), None),
            UserChange(await _get(users, "u002"), replace((await _get(users, "u002")).value, role="owner")),
        ]
    )

    listed = await _listed(roster)

    assert sorted(listed) == ["ann", "u000", "u002", "u003", "u004"]
    assert (listed["u002"].role, listed["ann"].account, listed["ann"].address) == (
        "owner",
        "Ann@contoso.com",
        "Ann@contoso.com",
    )
    await assert_the_slices_are_true(rows)


async def test_people_are_counted_by_connection_state_and_reason(users: TableProductUsers, roster: TableRoster) -> None:
    lost = replace(person("bob", "bob@contoso.com"), reason="no_directory_user")
    await _add(users, *crowd(3), lost, person("ann", "ann@contoso.com", matched=OBJECT_ID))

    counts = await roster.counts(ACME)

    assert counts == {
        (None, UserState.NO_MATCH, None): 3,
        (None, UserState.NO_MATCH, "no_directory_user"): 1,
        ("c-1", UserState.CONNECTED, None): 1,
    }


async def test_nobody_is_listed_of_an_organization_without_people(roster: TableRoster, rows: Rows) -> None:
    assert await roster.entries(ACME) == ()
    assert await roster.counts(ACME) == {}
    assert await read_keys(rows, USERS, ACME, EVERYTHING) == []


async def test_a_change_that_the_list_does_not_show_touches_no_slice(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, *crowd(3))
    before = await _versions(rows)
    stored = await _get(users, "u001")

    await users.save([UserChange(stored, replace(stored.value, time_zone="Asia/Tokyo"))])

    assert await _versions(rows) == before
    assert (await _get(users, "u001")).value.time_zone == "Asia/Tokyo"


async def test_many_processes_write_users_of_one_slice_at_once_and_nothing_is_lost(rows: Rows) -> None:
    people = in_one_slice(16)

    await asyncio.gather(*(_add(TableProductUsers(rows), one) for one in people))

    assert len(await entries_of_rows(rows, ACME)) == 16
    await assert_the_slices_are_true(rows)


async def test_two_bulks_over_all_slices_at_once_lose_nothing(rows: Rows) -> None:
    people = crowd(240)

    await asyncio.gather(*(_add(TableProductUsers(rows), *people[part::2]) for part in range(2)))

    assert len(await entries_of_rows(rows, ACME)) == 240
    await assert_the_slices_are_true(rows)


async def test_of_a_group_that_meets_conflicts_the_others_are_listed(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, *crowd(40))
    stored = [await _get(users, f"u{number:03}") for number in range(40)]
    moved = replace(stored[7].value, addresses=(Address("moved@contoso.com", verified=True),))
    await users.save([UserChange(stored[7], moved), UserChange(stored[8], None)])

    conflicts = await users.save([UserChange(one, replace(one.value, role="user")) for one in stored])

    assert sorted(conflicts) == ["u007", "u008"]
    await assert_the_slices_are_true(rows)


async def test_an_organization_older_than_the_slices_is_listed_from_its_users(
    users: TableProductUsers, roster: TableRoster, rows: Rows
) -> None:
    await _add(users, *crowd(30))
    listed, counts = await _listed(roster), await roster.counts(ACME)
    for key in SLICES:
        await rows.discard(USERS, ACME, key)

    assert await _listed(roster) == listed
    assert await roster.counts(ACME) == counts


async def test_the_first_save_of_an_older_organization_writes_all_slices(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, *crowd(30))
    for key in SLICES:
        await rows.discard(USERS, ACME, key)
    stored = await _get(users, "u007")

    assert await users.save([UserChange(stored, replace(stored.value, role="owner"))]) == ()

    await assert_the_slices_are_true(rows)


@pytest.mark.parametrize(
    "damage",
    [
        {"v": 1},
        {"v": 2, "p00": b"what only a later version reads"},
        {"v": 1, "p00": b"no slice", "counts": b"no counts"},
    ],
)
async def test_a_slice_that_cannot_be_read_is_made_anew_by_a_save(
    users: TableProductUsers, rows: Rows, roster: TableRoster, damage: dict[str, int | bytes]
) -> None:
    await _add(users, *crowd(30))
    listed = await _listed(roster)
    await rows.commit(USERS, ACME, [Put(slice_key(ProductUserId("u007")), damage)])
    damaged = await _listed(roster)
    stored = await _get(users, "u007")

    await users.save([UserChange(stored, replace(stored.value, role="owner"))])

    assert damaged == listed
    await assert_the_slices_are_true(rows)


async def test_somebody_who_is_gone_is_not_written_into_a_list_of_nobody(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, *crowd(1))
    stored = await _get(users, "u000")
    await users.forget(ACME)

    overtaken = await users.save([UserChange(stored, replace(stored.value, role="owner"))])

    assert overtaken == ("u000",)
    assert await read_keys(rows, USERS, ACME, EVERYTHING) == []


async def test_the_walk_writes_the_slices_of_an_older_organization(users: TableProductUsers, rows: Rows) -> None:
    await _add(users, *crowd(30))
    for key in SLICES:
        await rows.discard(USERS, ACME, key)

    assert await RowRepair(rows).mend_roster(ACME) == len(SLICES)
    assert await RowRepair(rows).mend_roster(ACME) == 0
    await assert_the_slices_are_true(rows)


async def test_the_walk_leaves_an_organization_without_people_alone(rows: Rows) -> None:
    assert await RowRepair(rows).mend_roster(ACME) == 0
    assert await read_keys(rows, USERS, ACME, EVERYTHING) == []


async def test_the_walk_mends_slices_that_say_what_the_users_do_not_say(users: TableProductUsers, rows: Rows) -> None:
    people = in_one_slice(4)
    await _add(users, *people, *crowd(9))
    row = await rows.find(USERS, ACME, SLICES[0])
    entries = None if row is None else entries_in(row)
    assert entries is not None
    missing, wrong, ghost, _ = (one.user for one in people)
    del entries[missing]
    entries[wrong] = replace(entries[wrong], role="owner")
    entries[ghost] = replace(entries[ghost], user=ProductUserId("nobody"))
    await rows.commit(USERS, ACME, [Put(SLICES[0], slice_row(entries.values()))])

    assert await RowRepair(rows).mend_roster(ACME) == 1
    await assert_the_slices_are_true(rows)


async def test_forgetting_leaves_no_slice_of_this_organization_only(users: TableProductUsers, rows: Rows) -> None:
    other = OrganizationId("other")
    await _add(users, *crowd(9))
    await _add(users, replace(person("ann", "ann@contoso.com"), organization=other))

    await users.forget(ACME)

    assert await read_keys(rows, USERS, ACME, EVERYTHING) == []
    assert [entry.user for entry in await TableRoster(rows).entries(other)] == ["ann"]


async def test_list_and_counts_are_one_request_each() -> None:
    rows = MemoryRows()
    await _add(TableProductUsers(rows), *crowd(30))
    rows.operations.clear()

    await TableRoster(rows).entries(ACME)
    await TableRoster(rows).counts(ACME)

    assert [(operation.kind, operation.rows) for operation in rows.operations] == [("page", 64), ("page", 64)]


async def test_one_user_costs_one_read_and_one_transaction() -> None:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    await _add(users, *crowd(30))
    stored = await _get(users, "u007")
    rows.operations.clear()

    await users.save([UserChange(stored, replace(stored.value, role="owner"))])

    assert [(operation.kind, operation.rows) for operation in rows.operations] == [("find", 1), ("commit", 2)]


async def test_a_slice_that_others_keep_writing_is_left_for_later_with_nothing_written() -> None:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    await _add(users, *crowd(30))
    stored, key = await _get(users, "u007"), slice_key(ProductUserId("u007"))
    slice_now = await rows.find(USERS, ACME, key)
    assert slice_now is not None

    def write_first(operation: Operation) -> None:
        """Whoever reads the slice is overtaken before they write."""
        if operation.kind == "commit":
            partition = rows._partitions[USERS, ACME]
            partition[key] = replace(slice_now, version=f"another-{rows.count()}")

    rows.on_operation = write_first
    with pytest.raises(TryLater):
        await users.save([UserChange(stored, replace(stored.value, role="owner"))])
    rows.on_operation = None

    assert (await _get(users, "u007")).value == stored.value
    assert rows.count("commit") <= TRIES + 3


async def test_a_user_who_changes_while_the_slices_are_made_is_listed_as_they_are_then() -> None:
    rows = MemoryRows()
    users, beside = TableProductUsers(rows), TableProductUsers(rows)
    await _add(users, *crowd(30))
    first, second = await _get(users, "u007"), await _get(users, "u008")
    for key in SLICES:
        await rows.discard(USERS, ACME, key)

    overtaken = await asyncio.gather(
        users.save([UserChange(first, replace(first.value, role="owner"))]),
        beside.save([UserChange(second, replace(second.value, changed_at=NOW.replace(year=2027)))]),
    )

    assert list(overtaken) == [(), ()]
    await assert_the_slices_are_true(rows)


async def test_a_user_who_changes_while_their_slice_is_mended_is_not_written_over() -> None:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    people = in_one_slice(2)
    await _add(users, *people)
    stored = await _get(users, people[0].user)
    await rows.commit(USERS, ACME, [Put(SLICES[0], slice_row([]))])
    changing: list[asyncio.Task[tuple[ProductUserId, ...]]] = []

    def change(operation: Operation) -> None:
        if operation.kind == "find":  # the mending reads the slice again
            rows.on_operation = None
            change_of = UserChange(stored, replace(stored.value, role="owner"))
            changing.append(asyncio.get_running_loop().create_task(users.save([change_of])))

    rows.on_operation = change
    await RowRepair(rows).mend_roster(ACME)
    assert await changing[0] == ()
    await RowRepair(rows).mend_roster(ACME)

    await assert_the_slices_are_true(rows)
    assert (await _listed(TableRoster(rows)))[people[0].user].role == "owner"


async def test_what_changes_in_a_large_slice_which_stays_unpacked_is_seen_at_once(
    rows: Rows, users: TableProductUsers, roster: TableRoster
) -> None:
    # Addresses with little in common, as real ones have.
    names = [(one.user, sha256(one.user.encode()).hexdigest()) for one in in_one_slice(150)]
    people = [person(user, f"{name}@contoso.com") for user, name in names]
    await _add(users, *people)
    row = await rows.find(USERS, ACME, SLICES[0])
    assert row is not None
    assert len(read_binary(row.properties)) >= LARGE
    before = await _listed(roster)
    stored = await _get(users, people[7].user)

    await users.save([UserChange(stored, replace(stored.value, state=UserState.ERROR))])

    after = await _listed(roster)
    assert {user for user in after if after[user] != before[user]} == {people[7].user}
    assert after[people[7].user].state is UserState.ERROR
