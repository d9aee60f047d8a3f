"""Held cancellations and the counts that lead to them, in memory and on Azurite."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.booking_rows import TableBookingIndex
from shared_code.adapters.tables.holds import TableHolds
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.outbox import TableOutbox
from shared_code.adapters.tables.rows import Rows
from shared_code.core.booking import BookingEntry
from shared_code.core.held_cancellation import Cancelled, HeldBooking, Hold, HoldDecision, HoldReason, Tally
from shared_code.core.ids import BookingId, ConnectionId, ProductUserId
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.product_event import EventType, new_event
from shared_code.errors import Conflict
from tests.contract.samples import ACME, MAILBOX, NOW, audit, connection, organization

LINE = ConnectionId("c-1")
HELD = HeldBooking(BookingId("b-1"), 1, ProductUserId("u-1"), MAILBOX)
HOLD = Hold("h-1", ACME, LINE, HoldReason.MAILBOX, NOW, (HELD,), 40)
TOLD = new_event(EventType.CANCELLATIONS_HELD, ACME, NOW, "h-1", hold="h-1")


@pytest.fixture
def holds(rows: Rows) -> TableHolds:
    return TableHolds(rows)


async def test_a_hold_is_found_with_all_that_it_holds(holds: TableHolds) -> None:
    many = replace(HOLD, bookings=tuple(replace(HELD, booking=BookingId(f"b-{each}")) for each in range(500)))

    saved = await holds.save(None, many)

    assert await holds.find(ACME, "h-1") == saved
    assert await holds.find(ACME, "h-2") is None


async def test_holds_are_listed_with_the_newest_first(holds: TableHolds) -> None:
    await holds.save(None, HOLD)
    await holds.save(None, replace(HOLD, hold="h-0", held_at=NOW + timedelta(minutes=1)))

    assert [each.value.hold for each in await holds.list(ACME)] == ["h-0", "h-1"]


async def test_a_hold_comes_with_its_event_and_a_decision_with_its_audit_entry(holds: TableHolds, rows: Rows) -> None:
    saved = await holds.save(None, HOLD, events=[TOLD])
    await holds.save(saved, replace(HOLD, decision=HoldDecision.KEEP), audit("cancellations.decided"))

    assert (await TableOutbox(rows).waiting(OutboxPlace.of_organization(ACME))).items == (TOLD,)
    (noted,) = (await TableOrganizations(rows).list_audit(ACME, None, 10)).items
    assert noted.action == "cancellations.decided"


async def test_who_decides_on_an_old_version_meets_a_conflict(holds: TableHolds) -> None:
    saved = await holds.save(None, HOLD)
    await holds.save(saved, replace(HOLD, decision=HoldDecision.KEEP))

    with pytest.raises(Conflict):
        await holds.save(saved, replace(HOLD, decision=HoldDecision.CANCEL))
    with pytest.raises(Conflict):
        await holds.save(None, HOLD)


async def test_a_tally_is_counted_by_one_at_a_time(holds: TableHolds) -> None:
    assert await holds.find_tally(ACME, LINE) is None

    tally = Tally(ACME, LINE, (Cancelled(BookingId("b-1"), 1, NOW),))
    saved = await holds.save_tally(None, tally)

    assert await holds.find_tally(ACME, LINE) == saved
    with pytest.raises(Conflict):
        await holds.save_tally(None, tally)


async def test_what_is_coming_is_counted_by_connection(holds: TableHolds, rows: Rows) -> None:
    index = TableBookingIndex(rows)
    for name, line, ends_in in [("b-1", "c-1", 1), ("b-2", "c-1", -1), ("b-3", "c-2", 1), ("b-4", "c-1", 2)]:
        ends_at = NOW + timedelta(hours=ends_in)
        await index.save(
            None, BookingEntry(ACME, BookingId(name), ProductUserId("u-1"), 1, NOW, ConnectionId(line), ends_at)
        )
    await index.save(None, BookingEntry(ACME, BookingId("b-5"), ProductUserId("u-1"), 1, NOW))

    assert await holds.count_coming(ACME, LINE, NOW) == 2


async def test_holds_go_with_the_audit_entries_of_their_time(holds: TableHolds, rows: Rows) -> None:
    await holds.save(None, HOLD)
    await holds.save(None, replace(HOLD, hold="h-2", held_at=NOW + timedelta(days=1)))

    await TableOrganizations(rows).drop_audit(ACME, NOW + timedelta(hours=1))

    assert [each.value.hold for each in await holds.list(ACME)] == ["h-2"]


async def test_holds_do_not_get_into_the_organizations_overview(holds: TableHolds, rows: Rows) -> None:
    organizations = TableOrganizations(rows)
    await organizations.create(organization())
    await organizations.add_connection(connection(), audit("added"))
    await holds.save(None, HOLD)
    await holds.save_tally(None, Tally(ACME, LINE))

    records = await organizations.find(ACME)

    assert records is not None
    assert [each.value.connection for each in records.connections] == ["c-1"]
