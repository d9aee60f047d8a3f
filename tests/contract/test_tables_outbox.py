"""Product events beside the state that caused them, in memory and on Azurite."""

from dataclasses import replace

import pytest

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.outbox import TableOutbox
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.records import write_record
from shared_code.adapters.tables.rows import Put, Rows
from shared_code.core.connection import ConnectionState
from shared_code.core.mailbox import Lease
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import EventType, ProductEvent, new_event
from shared_code.errors import Conflict
from shared_code.mailbox_ports import LinkChange
from shared_code.ports import UserChange
from tests.contract.samples import ACME, MAILBOX, NOW, OBJECT_ID, audit, connection, link, person
from tests.fakes.memory_rows import MemoryRows

CONNECTIONS, PEOPLE = OutboxPlace.of_organization(ACME), OutboxPlace.of_people(ACME)
BOX = OutboxPlace.of_mailbox(MAILBOX)


@pytest.fixture
def outbox(rows: Rows) -> TableOutbox:
    return TableOutbox(rows)


def event(cause: str, kind: EventType = EventType.USER_CONNECTED) -> ProductEvent:
    return new_event(kind, ACME, NOW, cause, user=cause, since=NOW, several=("a", "b"), count=3, sure=True, tenant=None)


async def test_a_connection_and_its_event_are_written_together(rows: Rows, outbox: TableOutbox) -> None:
    organizations = TableOrganizations(rows)
    stored = await organizations.add_connection(connection(), audit("connection.requested"))
    active = replace(stored.value, state=ConnectionState.ACTIVE)
    told = event("c-1", EventType.CONNECTION_ACTIVATED)

    await organizations.save_connection(stored, active, audit("connection.activated"), events=[told])
    with pytest.raises(Conflict):
        await organizations.save_connection(stored, active, events=[event("c-2")])

    assert (await outbox.waiting(CONNECTIONS)).items == (told,)


async def test_a_connection_that_takes_anothers_place_brings_its_event(rows: Rows, outbox: TableOutbox) -> None:
    organizations = TableOrganizations(rows)
    keep = await organizations.add_connection(connection("c-1"), audit("connection.requested"))
    gone = await organizations.add_connection(connection("c-2"), audit("connection.requested"))

    await organizations.replace_connection(keep, keep.value, gone, audit("connection.renewed"), events=[event("c-1")])

    assert (await outbox.waiting(CONNECTIONS)).items == (event("c-1"),)


async def test_users_and_their_events_are_written_together(rows: Rows, outbox: TableOutbox) -> None:
    users = TableProductUsers(rows)
    await users.save([UserChange(None, person("bob", "bob@contoso.com"))])
    ann = UserChange(None, person("ann", "ann@contoso.com"), (event("ann"),))
    bob = UserChange(None, person("bob", "bob@contoso.com"), (event("bob"),))

    overtaken = await users.save([ann, bob])

    assert overtaken == ("bob",)
    assert (await outbox.waiting(PEOPLE)).items == (event("ann"),)


async def test_a_mailbox_and_its_events_are_written_together(rows: Rows, outbox: TableOutbox) -> None:
    mailboxes = TableMailboxes(rows)
    stale = await mailboxes.create_lease(Lease(MAILBOX, created_at=NOW))

    await mailboxes.commit(stale, stale.value, [LinkChange(None, link("u-1"), {})], events=[event("b-1")])
    with pytest.raises(Conflict):
        await mailboxes.commit(stale, stale.value, [], events=[event("b-2")])

    assert (await outbox.waiting(BOX)).items == (event("b-1"),)


async def test_an_event_that_waits_is_no_part_of_the_mailbox_and_outlives_it(rows: Rows, outbox: TableOutbox) -> None:
    mailboxes = TableMailboxes(rows)
    lease = await mailboxes.create_lease(Lease(MAILBOX, created_at=NOW))
    lease = await mailboxes.commit(lease, lease.value, [LinkChange(None, link("u-1"), {})], events=[event("b-1")])
    found = await mailboxes.find(MAILBOX)
    assert found is not None
    assert (len(found.links), found.packed, found.waiting) == (1, {}, (event("b-1"),))

    await mailboxes.forget(lease, found.links)

    assert await mailboxes.find(MAILBOX) is None
    assert (await outbox.waiting(BOX)).items == (event("b-1"),)


async def test_what_was_passed_on_is_cleared_and_what_came_since_stays(rows: Rows, outbox: TableOutbox) -> None:
    users = TableProductUsers(rows)
    events = tuple(event(f"u-{number}") for number in range(3))
    await users.save([UserChange(None, person("ann", "ann@contoso.com", matched=OBJECT_ID), events)])

    await outbox.clear(PEOPLE, [events[0].event, events[1].event])
    await outbox.clear(PEOPLE, [events[0].event])

    assert (await outbox.waiting(PEOPLE)).items == (events[2],)


async def test_one_cause_is_one_event(rows: Rows, outbox: TableOutbox) -> None:
    mailboxes = TableMailboxes(rows)
    lease = await mailboxes.create_lease(Lease(MAILBOX, created_at=NOW))

    lease = await mailboxes.commit(lease, lease.value, [], events=[event("b-1"), event("b-1")])
    await mailboxes.commit(lease, lease.value, [], events=[event("b-1")])

    assert (await outbox.waiting(BOX)).items == (event("b-1"),)


async def test_what_another_version_tells_of_waits_and_holds_up_nothing(rows: Rows, outbox: TableOutbox) -> None:
    mailboxes = TableMailboxes(rows)
    lease = await mailboxes.create_lease(Lease(MAILBOX, created_at=NOW))
    await mailboxes.commit(lease, lease.value, [], events=[event("b-1")])
    later = write_record(event("b-2")) | {"data": '{"event": "evt_a", "type": "booking.dreamt_of"}'}
    await rows.commit("mailboxes", str(MAILBOX), [Put("outbox!evt_a", later)])

    found = await mailboxes.find(MAILBOX)
    waiting = await outbox.waiting(BOX)

    assert found is not None
    assert (found.waiting, waiting.items) == ((event("b-1"),), (event("b-1"),))
    assert await rows.find("mailboxes", str(MAILBOX), "outbox!evt_a") is not None


async def test_events_count_among_the_hundred_rows_of_a_transaction() -> None:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    changes = [
        UserChange(None, person(f"u{number:03}", f"u{number}@contoso.com"), (event(f"u{number}"),))
        for number in range(50)
    ]

    assert await users.save(changes) == ()

    written = [operation.rows for operation in rows.operations if operation.kind == "commit"]
    assert written[0] == 64  # the slices of the roster, with the first user
    assert (len(written), max(written)) == (3, 100)
    assert len((await TableOutbox(rows).waiting(PEOPLE)).items) == 50
