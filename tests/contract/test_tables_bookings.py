"""Bookings in the partitions of mailboxes, and their index in the organisation's, in memory and on Azurite."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from shared_code.adapters.tables.booking_rows import TableBookingIndex, TableBookingRows
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.names import MAILBOXES
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.rows import EVERYTHING, Rows
from shared_code.core.booking import Booking, BookingEntry, Held
from shared_code.core.ids import BookingId, CalendarId, OrganizationId, ProductUserId
from shared_code.core.mailbox import Lease, Link
from shared_code.errors import Conflict
from shared_code.mailbox_ports import BookingChange, LinkChange, StoredMailbox
from shared_code.ports import Stored
from tests.contract.samples import ACME, MAILBOX, NOW, audit, booking, connection, held, link, link_key, organization
from tests.fakes.memory_rows import MemoryRows

OTHER = OrganizationId("Other")
WORK = CalendarId("work")
ENTRY = BookingEntry(ACME, BookingId("b-1"), ProductUserId("u-1"), 1, NOW)


@pytest.fixture
def mailboxes(rows: Rows) -> TableMailboxes:
    return TableMailboxes(rows)


@pytest.fixture
def kept(rows: Rows) -> TableBookingRows:
    return TableBookingRows(rows)


@pytest.fixture
def index(rows: Rows) -> TableBookingIndex:
    return TableBookingIndex(rows)


def new(*records: Booking | Held) -> list[BookingChange]:
    return [BookingChange(None, record) for record in records]


async def get(mailboxes: TableMailboxes) -> StoredMailbox:
    found = await mailboxes.find(MAILBOX)
    assert found is not None
    return found


async def begin(
    mailboxes: TableMailboxes, links: Sequence[Link], bookings: Sequence[Booking | Held] = ()
) -> Stored[Lease]:
    lease = await mailboxes.create_lease(Lease(MAILBOX, created_at=NOW))
    made = [LinkChange(None, one, {WORK: b"work"}) for one in links]
    return await mailboxes.commit(lease, lease.value, made, bookings=new(*bookings))


async def test_bookings_are_found_with_the_mailbox_and_with_their_link(mailboxes: TableMailboxes) -> None:
    mine, theirs, watched = booking("b-1"), booking("b-1", organization=OTHER), held("b-1", user="u-2")
    links = [link("u-1", "work"), link("u-1", "work", organization=OTHER), link("u-2", "work")]

    await begin(mailboxes, links, [mine, theirs, watched])

    whole = await get(mailboxes)
    assert {stored.value for stored in whole.bookings} == {mine, theirs}
    assert [stored.value for stored in whole.held] == [watched]
    assert len(whole.packed) == 3
    host, cohost = await mailboxes.find_link(link_key("u-1")), await mailboxes.find_link(link_key("u-2"))
    assert host is not None
    assert ([one.value for one in host.bookings], host.held, host.packed) == ([mine], (), {WORK: b"work"})
    assert cohost is not None
    assert (cohost.bookings, [one.value for one in cohost.held]) == ((), [watched])


async def test_a_booking_is_changed_and_forgotten_by_its_version(mailboxes: TableMailboxes) -> None:
    lease = await begin(mailboxes, [link("u-1")], [booking(), held(user="u-1")])
    before = await get(mailboxes)
    (stored,), (watched,) = before.bookings, before.held
    changed = replace(stored.value, event=None)

    lease = await mailboxes.commit(lease, lease.value, [], bookings=[BookingChange(stored, changed)])
    for late in (BookingChange(stored, None), BookingChange(stored, stored.value), BookingChange(None, stored.value)):
        with pytest.raises(Conflict):
            await mailboxes.commit(lease, lease.value, [], bookings=[late, BookingChange(watched, None)])

    (now_stored,) = (await get(mailboxes)).bookings
    assert now_stored.value == changed
    await mailboxes.commit(
        lease, lease.value, [], bookings=[BookingChange(now_stored, None), BookingChange(watched, None)]
    )
    after = await get(mailboxes)
    assert (after.bookings, after.held, len(after.links)) == ((), (), 1)


async def test_no_booking_is_written_when_the_lease_has_moved_on(mailboxes: TableMailboxes) -> None:
    lease = await begin(mailboxes, [link("u-1")])
    await mailboxes.save_lease(lease, replace(lease.value, holder="somebody"))

    with pytest.raises(Conflict):
        await mailboxes.commit(lease, lease.value, [], bookings=new(booking()))

    assert (await get(mailboxes)).bookings == ()


async def test_a_link_takes_a_cohosts_time_along_however_much_and_leaves_the_bookings(
    mailboxes: TableMailboxes, rows: Rows
) -> None:
    lease = await begin(mailboxes, [link("u-1"), link("u-10")], [booking("b-1", host="u-1")])
    for start in range(0, 150, 50):
        many = [held(f"b-{number}", user="u-1") for number in range(start, start + 50)]
        lease = await mailboxes.commit(lease, lease.value, [], bookings=new(*many))
    stored = {one.value.key: one for one in (await get(mailboxes)).links}

    lease = await mailboxes.commit(lease, lease.value, [LinkChange(stored[link_key("u-1")], None, {})])

    found = await get(mailboxes)
    assert [one.value.key for one in found.links] == [link_key("u-10")]
    assert ([one.value.host for one in found.bookings], found.held) == (["u-1"], ())
    assert await mailboxes.find_link(link_key("u-1")) is None
    await mailboxes.forget(lease, found.links)
    assert (await rows.page_keys(MAILBOXES, str(MAILBOX), EVERYTHING)).keys == (f"link!{ACME}!u-1!booking!b-1",)


async def test_a_booking_outlives_the_record_and_is_there_with_the_next_link(
    mailboxes: TableMailboxes, kept: TableBookingRows
) -> None:
    lease = await begin(mailboxes, [link("u-1", "work")], [booking(), booking("b-2"), held(user="u-1")])
    await mailboxes.forget(lease, (await get(mailboxes)).links)
    alone = await kept.find(link_key("u-1"), BookingId("b-1"))

    assert await mailboxes.find(MAILBOX) is None
    assert alone is not None
    assert alone.value == booking()
    await begin(mailboxes, [link("u-1", "work")])
    linked = await mailboxes.find_link(link_key("u-1"))
    assert linked is not None
    assert ([one.value for one in linked.bookings], linked.held) == ([booking(), booking("b-2")], ())


async def test_a_booking_without_a_link_is_forgotten_by_its_version(
    mailboxes: TableMailboxes, kept: TableBookingRows
) -> None:
    lease = await begin(mailboxes, [link("u-1")], [booking()])
    key, name = link_key("u-1"), BookingId("b-1")
    stale = await kept.find(key, name)
    assert stale is not None
    changed = BookingChange(stale, replace(stale.value, event=None))
    await mailboxes.commit(lease, lease.value, [], bookings=[changed])

    kept_on = await kept.forget(key, stale)
    stored = await kept.find(key, name)
    assert stored is not None
    gone, gone_already = await kept.forget(key, stored), await kept.forget(key, stored)

    assert (kept_on, gone, gone_already) == (False, True, True)
    assert await kept.find(key, name) is None


async def test_all_bookings_of_one_host_are_forgotten_and_no_others(
    mailboxes: TableMailboxes, kept: TableBookingRows
) -> None:
    mine: list[Booking | Held] = [booking("b-1"), booking("b-2"), held("b-3", user="u-1")]
    others = [booking("b-1", organization=OTHER), booking("b-1", host="u-10")]
    links = [link("u-1"), link("u-10"), link("u-1", organization=OTHER)]
    await begin(mailboxes, links, mine)
    lease = (await get(mailboxes)).lease
    await mailboxes.commit(lease, lease.value, [], bookings=new(*others))

    await kept.forget_all(link_key("u-1"))
    await kept.forget_all(link_key("nobody"))

    found = await get(mailboxes)
    assert [one.value for one in found.bookings] == [others[1], others[0]]
    assert (len(found.held), len(found.links)) == (1, 3)


async def test_a_sync_that_decides_on_bookings_is_one_transaction() -> None:
    rows = MemoryRows()
    mailboxes = TableMailboxes(rows)
    lease = await begin(mailboxes, [link("u-1", "work")], [booking()])
    found = await get(mailboxes)
    rows.operations.clear()

    await mailboxes.commit(
        lease,
        lease.value,
        [LinkChange(found.links[0], found.links[0].value, {WORK: b"y"})],
        bookings=[BookingChange(found.bookings[0], replace(found.bookings[0].value, event=None))],
    )

    assert [operation.kind for operation in rows.operations] == ["commit"]


async def test_an_index_entry_is_claimed_once_and_changed_by_its_version(index: TableBookingIndex) -> None:
    stored = await index.save(None, ENTRY)
    with pytest.raises(Conflict):
        await index.save(None, ENTRY)

    later = await index.save(stored, replace(ENTRY, generation=2))
    with pytest.raises(Conflict):
        await index.save(stored, replace(ENTRY, generation=3))
    with pytest.raises(Conflict):
        await index.forget(stored)

    assert await index.find(ACME, BookingId("b-1")) == later
    assert await index.find(OTHER, BookingId("b-1")) is None
    assert await index.find(ACME, BookingId("b-2")) is None
    assert (await index.list(ACME), await index.list(OTHER)) == ((later.value,), ())


async def test_a_forgotten_index_entry_is_gone_and_may_be_forgotten_twice(index: TableBookingIndex) -> None:
    stored = await index.save(None, ENTRY)

    await index.forget(stored)
    await index.forget(stored)

    assert await index.find(ACME, BookingId("b-1")) is None


async def test_an_organization_is_read_without_its_bookings_and_forgotten_with_them(rows: Rows) -> None:
    organizations, index = TableOrganizations(rows), TableBookingIndex(rows)
    made = await organizations.create(organization())
    linked = await organizations.add_connection(connection(), audit("connection.requested"))
    await index.save(None, ENTRY)

    found = await organizations.find(ACME)

    assert found is not None
    assert (found.organization, found.connections) == (made, (linked,))
    await organizations.forget(ACME)
    assert await index.find(ACME, BookingId("b-1")) is None
