"""The Organizations port on its tables, in memory and on Azurite."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.names import ORGANIZATIONS
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.rows import Rows, below
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.organization import AuditEntry
from shared_code.errors import Conflict, TryLater
from tests.contract.samples import ACME, NOW, audit, connection, feed, organization, sweep
from tests.fakes.memory_rows import MemoryRows, Operation

C1 = ConnectionId("c-1")


@pytest.fixture
def organizations(rows: Rows) -> TableOrganizations:
    return TableOrganizations(rows)


async def _act(organizations: TableOrganizations, entry: AuditEntry) -> None:
    """An audit entry comes with the write that it is about."""
    found = await organizations.find(ACME)
    stored = found.organization if found else await organizations.create(organization())
    await organizations.save(stored, stored.value, entry)


async def test_an_organization_is_found_with_its_connections(organizations: TableOrganizations) -> None:
    created = await organizations.create(organization())
    first = await organizations.add_connection(connection("c-1"), audit("connection.create"))
    second = await organizations.add_connection(connection("C.2_x"), audit("connection.create"))
    await organizations.save_sweep(None, replace(sweep(), batches=1), b"candidates")

    found = await organizations.find(ACME)

    assert found is not None
    assert found.organization == created
    assert set(found.connections) == {first, second}
    assert found.connection(C1) == first


async def test_an_unknown_organization_is_none(organizations: TableOrganizations) -> None:
    await organizations.add_connection(connection(), audit("connection.create"))

    assert await organizations.find(ACME) is None
    assert await organizations.find(OrganizationId(ACME.upper())) is None


async def test_finding_an_organization_is_one_request() -> None:
    rows = MemoryRows()
    organizations = TableOrganizations(rows)
    await organizations.create(organization())
    for number in range(20):
        await organizations.add_connection(connection(f"c-{number}"), audit("connection.create"))
    rows.operations.clear()

    found = await organizations.find(ACME)

    assert found is not None
    assert [operation.kind for operation in rows.operations] == ["page"]
    assert rows.operations[0].rows == 21


async def test_creating_an_organization_twice_is_a_conflict(organizations: TableOrganizations) -> None:
    await organizations.create(organization())

    with pytest.raises(Conflict):
        await organizations.create(organization("Another"))


async def test_of_two_savers_of_one_organization_one_wins(organizations: TableOrganizations) -> None:
    stored = await organizations.create(organization())

    outcomes = await asyncio.gather(
        organizations.save(stored, organization("First")),
        organizations.save(stored, organization("Second")),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1


async def test_what_was_saved_can_be_saved_again(organizations: TableOrganizations) -> None:
    created = await organizations.create(organization())

    once = await organizations.save(created, organization("Once"))
    twice = await organizations.save(once, organization("Twice"))

    found = await organizations.find(ACME)
    assert found is not None
    assert found.organization == twice


async def test_a_connection_and_its_audit_entry_are_saved_together(organizations: TableOrganizations) -> None:
    await organizations.create(organization())
    stored = await organizations.add_connection(connection(), audit("connection.create", NOW))
    expired = replace(stored.value, state=ConnectionState.EXPIRED)

    saved = await organizations.save_connection(stored, expired, audit("connection.expire", NOW + timedelta(days=7)))
    with pytest.raises(Conflict):
        await organizations.save_connection(stored, expired, audit("never.happened", NOW))

    entries = (await organizations.list_audit(ACME, None, 10)).items
    found = await organizations.find(ACME)
    assert [entry.action for entry in entries] == ["connection.expire", "connection.create"]
    assert found is not None
    assert found.connections == (saved,)


async def test_a_connection_is_renewed_and_another_removed_together(organizations: TableOrganizations) -> None:
    await organizations.create(organization())
    old = await organizations.add_connection(connection("old"), audit("connection.create"))
    new = await organizations.add_connection(connection("new"), audit("connection.create"))
    touched = await organizations.save_connection(new, replace(new.value, grant_attempts=1))
    renewed = replace(old.value, state=ConnectionState.VERIFYING)

    with pytest.raises(Conflict):
        await organizations.replace_connection(old, renewed, new, audit("connection.renew"))
    kept = await organizations.replace_connection(old, renewed, touched, audit("connection.renew"))

    found = await organizations.find(ACME)
    assert found is not None
    assert found.connections == (kept,)


async def test_a_connection_is_forgotten_only_in_the_version_that_was_read(organizations: TableOrganizations) -> None:
    await organizations.create(organization())
    stored = await organizations.add_connection(connection(), audit("connection.create"))
    newer = await organizations.save_connection(stored, replace(stored.value, grant_attempts=1))

    with pytest.raises(Conflict):
        await organizations.forget_connection(stored)
    await organizations.forget_connection(newer)

    found = await organizations.find(ACME)
    assert found is not None
    assert found.connections == ()


async def test_an_act_that_is_only_noted_is_listed_once_and_leaves_the_organisation_as_it_was(
    organizations: TableOrganizations,
) -> None:
    stored = await organizations.create(organization())

    for _ in range(2):
        await organizations.note(ACME, audit("user.disconnect"))

    assert [entry.action for entry in (await organizations.list_audit(ACME, None, 10)).items] == ["user.disconnect"]
    await organizations.save(stored, stored.value)  # its version has not moved on


async def test_the_audit_list_shows_the_newest_first_page_by_page(organizations: TableOrganizations) -> None:
    for number in (2, 0, 4, 1, 3):
        await _act(organizations, audit(f"act-{number}", NOW + timedelta(microseconds=number)))

    first = await organizations.list_audit(ACME, None, 2)
    second = await organizations.list_audit(ACME, first.next, 2)
    last = await organizations.list_audit(ACME, second.next, 2)

    seen = [entry.action for page in (first, second, last) for entry in page.items]
    assert seen == ["act-4", "act-3", "act-2", "act-1", "act-0"]
    assert last.next is None


async def test_two_acts_of_one_instant_are_two_entries_and_a_repeated_one_is_one(
    organizations: TableOrganizations,
) -> None:
    for action in ("left", "right", "left"):
        await _act(organizations, audit(action))

    assert sorted(entry.action for entry in (await organizations.list_audit(ACME, None, 10)).items) == ["left", "right"]


async def test_a_sweep_is_saved_with_its_batches(organizations: TableOrganizations) -> None:
    batches = tuple(bytes([number]) * 600 * 1024 for number in range(3))
    stored = None
    for number, batch in enumerate(batches, start=1):
        stored = await organizations.save_sweep(stored, sweep(batches=number), batch)

    found = await organizations.find_sweep(ACME, C1)

    assert found is not None
    assert found == stored
    assert await organizations.load_batches(found.value) == batches


async def test_of_two_sweeps_of_one_connection_the_second_to_save_meets_a_conflict(
    organizations: TableOrganizations,
) -> None:
    stored = await organizations.save_sweep(None, sweep("s1"))
    await organizations.save_sweep(stored, sweep("s1", batches=1), b"mine")

    with pytest.raises(Conflict):
        await organizations.save_sweep(None, sweep("s2", batches=1), b"other")
    with pytest.raises(Conflict):
        await organizations.save_sweep(stored, sweep("s1", batches=1), b"yours")

    assert await organizations.load_batches(sweep("s1")) == (b"mine",)
    assert await organizations.load_batches(sweep("s2")) == ()


async def test_batches_of_other_sweeps_are_dropped(organizations: TableOrganizations) -> None:
    stored = None
    for name in ("s1", "s10", "s2"):
        stored = await organizations.save_sweep(stored, sweep(name, batches=1), name.encode())

    await organizations.drop_batches(ACME, C1, "s1")
    left = [await organizations.load_batches(sweep(name)) for name in ("s1", "s10", "s2")]
    await organizations.drop_batches(ACME, C1, None)

    assert left == [(b"s1",), (), ()]
    assert await organizations.load_batches(sweep("s1")) == ()
    assert await organizations.find_sweep(ACME, C1) == stored


async def test_batches_that_no_match_will_read_are_left_over(organizations: TableOrganizations, rows: Rows) -> None:
    stored = await organizations.save_sweep(None, sweep("s1", batches=1), b"lost")
    stored = await organizations.save_sweep(stored, sweep("s2", batches=1), b"read")

    under_way = await RowRepair(rows).drop_leftovers(ACME, C1)
    left = [await organizations.load_batches(sweep(name)) for name in ("s1", "s2")]
    await organizations.save_sweep(stored, replace(sweep("s2", batches=1), phase="idle"))

    assert (under_way, left) == (1, [(), (b"read",)])
    assert await RowRepair(rows).drop_leftovers(ACME, C1) == 1
    assert await RowRepair(rows).drop_leftovers(ACME, C1) == 0
    assert await organizations.load_batches(sweep("s2")) == ()


async def test_dropping_a_sweep_leaves_the_other_connections_sweeps(organizations: TableOrganizations) -> None:
    other = replace(sweep(batches=1), connection=ConnectionId("c-10"))
    await organizations.save_sweep(None, sweep(batches=1), b"mine")
    kept = await organizations.save_sweep(None, other, b"theirs")

    await organizations.drop_sweep(ACME, C1)
    await organizations.drop_sweep(ACME, C1)

    assert await organizations.find_sweep(ACME, C1) is None
    assert await organizations.load_batches(sweep()) == ()
    assert await organizations.find_sweep(ACME, ConnectionId("c-10")) == kept
    assert await organizations.load_batches(other) == (b"theirs",)


async def test_a_feed_is_kept_beside_its_connection_and_goes_with_its_sweeps(organizations: TableOrganizations) -> None:
    await organizations.create(organization())
    await organizations.add_connection(connection(), audit("connection.create"))
    created = await organizations.save_feed(None, feed())
    other = await organizations.save_feed(None, feed("c-10"))

    saved = await organizations.save_feed(created, replace(feed(), step=4))

    records = await organizations.find(ACME)
    assert records is not None
    assert len(records.connections) == 1
    assert await organizations.find_feed(ACME, C1) == saved
    for stale in (None, created):
        with pytest.raises(Conflict):
            await organizations.save_feed(stale, feed())
    await organizations.drop_sweep(ACME, C1)
    assert await organizations.find_feed(ACME, C1) is None
    assert await organizations.find_feed(ACME, ConnectionId("c-10")) == other


async def test_forgetting_an_organization_leaves_no_row(organizations: TableOrganizations, rows: Rows) -> None:
    await organizations.create(organization())
    await organizations.save_sweep(None, sweep(batches=1), b"candidates")
    for number in range(105):
        await _act(organizations, audit(f"act-{number}"))

    await organizations.forget(ACME)
    await organizations.forget(ACME)

    assert await organizations.find(ACME) is None
    assert (await rows.page_keys(ORGANIZATIONS, ACME, below("audit"))).keys == ()
    assert await organizations.find_sweep(ACME, C1) is None


@pytest.mark.parametrize("commits", [0, 1])
async def test_an_organization_is_found_until_nothing_else_of_it_is_left(commits: int) -> None:
    rows = MemoryRows()
    organizations = TableOrganizations(rows)
    await organizations.create(organization())
    for number in range(120):
        await organizations.add_connection(connection(f"c-{number}"), audit("asked", NOW + timedelta(number)))
    written = rows.count("commit")

    def die_after(operation: Operation) -> None:
        if operation.kind == "commit" and rows.count("commit") - written == commits:
            raise TryLater("the worker ends here")

    rows.on_operation = die_after
    with pytest.raises(TryLater):
        await organizations.forget(ACME)
    rows.on_operation = None

    assert await organizations.find(ACME) is not None
    await organizations.forget(ACME)
    assert rows.rows_in(ORGANIZATIONS) == 0
