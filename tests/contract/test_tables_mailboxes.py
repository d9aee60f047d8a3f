"""The Mailboxes port on its tables, in memory and on Azurite."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.names import MAILBOXES
from shared_code.adapters.tables.rows import EVERYTHING, Rows
from shared_code.core.ids import CalendarId, OrganizationId
from shared_code.core.limits import MAX_EVENTS
from shared_code.core.mailbox import Lease, Link
from shared_code.core.packing import RECORD_BYTES
from shared_code.errors import Conflict, Unexpected
from shared_code.mailbox_ports import LinkChange, StoredMailbox
from shared_code.ports import Stored
from tests.contract.samples import MAILBOX, NOW, link, link_key
from tests.fakes.memory_rows import MemoryRows

OTHER = OrganizationId("Other")
MOST_BYTES = MAX_EVENTS * RECORD_BYTES
# Two ids that differ in case only, as Graph's may, with characters that could not be in a key.
WORK = CalendarId("AAMkAD/h+x=" + "a" * 140)
PRIVATE = CalendarId("AAMkAD/h+x=" + "A" * 140)


@pytest.fixture
def mailboxes(rows: Rows) -> TableMailboxes:
    return TableMailboxes(rows)


async def _get(mailboxes: TableMailboxes) -> StoredMailbox:
    found = await mailboxes.find(MAILBOX)
    assert found is not None
    return found


async def _lease(mailboxes: TableMailboxes) -> Stored[Lease]:
    return await mailboxes.create_lease(Lease(MAILBOX, created_at=NOW))


def _new(made: Link, packed: dict[CalendarId, bytes]) -> LinkChange:
    return LinkChange(None, made, packed)


async def test_a_lease_is_created_once_and_saved_by_one_holder(mailboxes: TableMailboxes) -> None:
    stored = await _lease(mailboxes)
    with pytest.raises(Conflict):
        await _lease(mailboxes)

    outcomes = await asyncio.gather(
        *(mailboxes.save_lease(stored, replace(stored.value, holder=f"h{number}", until=NOW)) for number in range(4)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 3
    assert [outcome for outcome in outcomes if isinstance(outcome, Stored)] == [(await _get(mailboxes)).lease]


async def test_a_mailbox_is_found_with_its_links_and_packed_events(mailboxes: TableMailboxes) -> None:
    lease = await _lease(mailboxes)
    mine, theirs = link("u-1", WORK, PRIVATE), link("U.1_x", WORK, organization=OTHER)
    started = replace(lease.value, started_at=NOW)

    saved = await mailboxes.commit(
        lease, started, [_new(mine, {WORK: b"work", PRIVATE: b""}), _new(theirs, {WORK: b"other"})]
    )

    found = await _get(mailboxes)
    assert found.lease == saved == Stored(started, saved.version)
    assert {stored.value.key: stored.value for stored in found.links} == {mine.key: mine, theirs.key: theirs}
    assert found.packed == {(mine.key, WORK): b"work", (mine.key, PRIVATE): b"", (theirs.key, WORK): b"other"}


async def test_one_link_is_found_without_the_others(mailboxes: TableMailboxes) -> None:
    lease = await _lease(mailboxes)
    people = ("u-1", "u-10", "u-1.x", "u-1-", "U-1", "u")
    changes = [_new(link(user, WORK), {WORK: user.encode()}) for user in people]
    await mailboxes.commit(lease, lease.value, [*changes, _new(link("u-1", organization=OTHER), {PRIVATE: b"other"})])

    for user in people:
        found = await mailboxes.find_link(link_key(user))

        assert found is not None
        assert found.link == link(user, WORK)
        assert found.packed == {WORK: user.encode()}


async def test_what_is_not_there_is_none(mailboxes: TableMailboxes) -> None:
    assert await mailboxes.find(MAILBOX) is None
    assert await mailboxes.find_link(link_key()) is None


async def test_finding_a_mailbox_or_a_link_is_one_request() -> None:
    rows = MemoryRows()
    mailboxes = TableMailboxes(rows)
    lease = await _lease(mailboxes)
    await mailboxes.commit(lease, lease.value, [_new(link("u-1", WORK), {WORK: b"x"})])
    rows.operations.clear()

    await mailboxes.find(MAILBOX)
    await mailboxes.find_link(link_key())

    assert [(operation.kind, operation.rows) for operation in rows.operations] == [("page", 3), ("page", 3)]


async def test_a_sync_of_a_known_link_is_one_transaction() -> None:
    rows = MemoryRows()
    mailboxes = TableMailboxes(rows)
    lease = await _lease(mailboxes)
    lease = await mailboxes.commit(lease, lease.value, [_new(link("u-1", WORK), {WORK: b"x"})])
    (stored,) = (await _get(mailboxes)).links
    rows.operations.clear()

    await mailboxes.commit(lease, lease.value, [LinkChange(stored, stored.value, {WORK: b"y"})])

    assert [operation.kind for operation in rows.operations] == ["commit"]


async def test_nothing_is_written_when_the_lease_has_moved_on(mailboxes: TableMailboxes) -> None:
    stale = await _lease(mailboxes)
    lease = await mailboxes.commit(stale, stale.value, [_new(link("u-1", WORK), {WORK: b"new"})])
    (stored,) = (await _get(mailboxes)).links

    for change in (
        LinkChange(stored, replace(stored.value, mailbox_zone=None), {WORK: b"stale"}),
        LinkChange(stored, None, {}),
        _new(link("u-2", WORK), {WORK: b"stale"}),
    ):
        with pytest.raises(Conflict):
            await mailboxes.commit(stale, stale.value, [change])

    found = await _get(mailboxes)
    assert found.lease == lease
    assert found.links == (stored,)
    assert found.packed == {(link_key(), WORK): b"new"}


async def test_a_link_that_has_moved_on_stops_the_whole_commit(mailboxes: TableMailboxes) -> None:
    lease = await _lease(mailboxes)
    lease = await mailboxes.commit(lease, lease.value, [_new(link("u-1", WORK), {WORK: b"new"})])
    (stored,) = (await _get(mailboxes)).links

    with pytest.raises(Conflict):
        await mailboxes.commit(
            lease, lease.value, [LinkChange(Stored(stored.value, lease.version), stored.value, {WORK: b"stale"})]
        )

    assert (await _get(mailboxes)).packed == {(link_key(), WORK): b"new"}


async def test_only_calendars_that_changed_are_written_and_dropped_ones_go(mailboxes: TableMailboxes) -> None:
    lease = await _lease(mailboxes)
    kept, never_read = CalendarId("kept"), CalendarId("never read")
    packed = {WORK: b"old", PRIVATE: b"private", kept: b"kept"}
    lease = await mailboxes.commit(lease, lease.value, [_new(link("u-1", *packed), packed)])
    (stored,) = (await _get(mailboxes)).links

    changed = LinkChange(stored, stored.value, {WORK: b"new"}, dropped=(PRIVATE, never_read))
    await mailboxes.commit(lease, lease.value, [changed])

    found = await mailboxes.find_link(link_key())
    assert found is not None
    assert found.packed == {WORK: b"new", kept: b"kept"}


async def test_a_removed_link_takes_its_calendars_along_and_leaves_the_others(mailboxes: TableMailboxes) -> None:
    lease = await _lease(mailboxes)
    going, staying = link("u-1", WORK, PRIVATE), link("u-10", WORK)
    lease = await mailboxes.commit(
        lease, lease.value, [_new(going, {WORK: b"x", PRIVATE: b"y"}), _new(staying, {WORK: b"z"})]
    )
    stored = {one.value.key: one for one in (await _get(mailboxes)).links}

    await mailboxes.commit(lease, lease.value, [LinkChange(stored[going.key], None, {})])

    found = await _get(mailboxes)
    assert [one.value for one in found.links] == [staying]
    assert found.packed == {(staying.key, WORK): b"z"}


async def test_as_many_events_as_are_kept_of_a_calendar_come_back_byte_for_byte(mailboxes: TableMailboxes) -> None:
    packed = bytes(number % 251 for number in range(MOST_BYTES))
    lease = await _lease(mailboxes)
    lease = await mailboxes.commit(lease, lease.value, [_new(link("u-1", WORK), {WORK: packed, PRIVATE: packed[::-1]})])
    (stored,) = (await _get(mailboxes)).links

    before = await mailboxes.find_link(link_key())
    await mailboxes.commit(lease, lease.value, [LinkChange(stored, stored.value, {WORK: b"short"})])
    after = await mailboxes.find_link(link_key())

    assert before is not None
    assert before.packed == {WORK: packed, PRIVATE: packed[::-1]}
    assert after is not None
    assert after.packed == {WORK: b"short", PRIVATE: packed[::-1]}


async def test_a_link_of_many_calendars_comes_back_whole(mailboxes: TableMailboxes) -> None:
    many = link("u-1", *(f"AAMk{number}" + "x" * 140 for number in range(300)))
    lease = await _lease(mailboxes)

    await mailboxes.commit(lease, lease.value, [_new(many, {})])

    found = await mailboxes.find_link(link_key())
    assert found is not None
    assert found.link == many


async def test_a_commit_of_too_many_rows_or_bytes_is_refused_and_writes_nothing(mailboxes: TableMailboxes) -> None:
    lease = await _lease(mailboxes)
    rows = {CalendarId(f"c{number}"): b"x" for number in range(99)}
    heavy = {CalendarId(f"c{number}"): bytes(MOST_BYTES) for number in range(6)}

    for packed in (rows, heavy):
        with pytest.raises(Unexpected):
            await mailboxes.commit(lease, lease.value, [_new(link("u-1"), packed)])

    assert (await _get(mailboxes)).lease == lease
    assert (await _get(mailboxes)).links == ()


async def test_forgetting_a_mailbox_leaves_no_row(mailboxes: TableMailboxes, rows: Rows) -> None:
    lease = await _lease(mailboxes)
    lease = await mailboxes.commit(lease, lease.value, [_new(link("u-1", WORK), {WORK: b"x", PRIVATE: b"y"})])

    await mailboxes.forget(lease, (await _get(mailboxes)).links)

    assert (await rows.page_keys(MAILBOXES, str(MAILBOX), EVERYTHING)).keys == ()


async def test_forgetting_a_mailbox_of_more_than_a_hundred_rows_leaves_no_row(
    mailboxes: TableMailboxes, rows: Rows
) -> None:
    lease = await _lease(mailboxes)
    for user in ("u-1", "u-2", "u-3"):
        packed = {CalendarId(f"c{number}"): b"x" for number in range(70)}
        lease = await mailboxes.commit(lease, lease.value, [_new(link(user), packed)])

    await mailboxes.forget(lease, (await _get(mailboxes)).links)

    assert (await rows.page_keys(MAILBOXES, str(MAILBOX), EVERYTHING)).keys == ()


async def test_a_mailbox_that_moved_on_or_has_another_link_is_not_forgotten(mailboxes: TableMailboxes) -> None:
    stale = await _lease(mailboxes)
    lease = await mailboxes.commit(stale, stale.value, [_new(link("u-1", WORK), {WORK: b"x"}), _new(link("u-2"), {})])
    first, second = (await _get(mailboxes)).links

    with pytest.raises(Conflict):
        await mailboxes.forget(stale, [first, second])
    with pytest.raises(Conflict):
        await mailboxes.forget(lease, [first])

    assert (await _get(mailboxes)).links == (first, second)


async def test_leases_are_kept_to_the_microsecond(mailboxes: TableMailboxes) -> None:
    stored = await _lease(mailboxes)
    held = replace(stored.value, holder="h", until=NOW + timedelta(microseconds=1), started_at=NOW)

    await mailboxes.save_lease(stored, held)

    assert (await _get(mailboxes)).lease.value == held
