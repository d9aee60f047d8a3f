"""The ProductEvents port on its table, in memory and on Azurite."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.names import PRODUCT_EVENTS
from shared_code.adapters.tables.product_events import TableProductEvents
from shared_code.adapters.tables.rows import EVERYTHING, Rows
from shared_code.core.ids import OrganizationId
from shared_code.core.product_event import Endpoint, EventType, ProductEvent, RecordedEvent, cursor_at, new_event
from shared_code.errors import Conflict
from tests.contract.samples import ACME, NOW
from tests.fakes.memory_rows import MemoryRows

MICROSECOND, SECOND, DAY = timedelta(microseconds=1), timedelta(seconds=1), timedelta(days=1)
OTHER = OrganizationId("Other")
START = cursor_at(NOW - DAY)


@pytest.fixture
def events(rows: Rows) -> TableProductEvents:
    return TableProductEvents(rows)


def event(cause: str, organization: OrganizationId = ACME) -> ProductEvent:
    return new_event(EventType.USER_CONNECTED, organization, NOW, cause, user=cause, connection=None)


async def _listed(events: TableProductEvents, after: str = START, limit: int = 100) -> list[object]:
    return [one.event.data["user"] for one in await events.page(ACME, after, NOW + DAY, limit)]


async def test_an_event_is_recorded_once_however_often_it_comes(events: TableProductEvents) -> None:
    await events.record(ACME, [event("ann"), event("bob")], NOW)
    await events.record(ACME, [event("bob"), event("carl")], NOW + SECOND)

    found = await events.find(ACME, event("bob").event)

    assert found is not None
    assert found.value == RecordedEvent(event("bob"), NOW + MICROSECOND)
    assert await _listed(events) == ["ann", "bob", "carl"]


async def test_what_is_recorded_at_once_is_listed_as_it_happened(events: TableProductEvents) -> None:
    happened = [replace(event(name), at=NOW - number * SECOND) for number, name in enumerate(("c", "b", "a"))]

    await events.record(ACME, happened, NOW)

    assert await _listed(events) == ["a", "b", "c"]


async def test_the_list_is_in_the_order_of_recording_and_paged_by_cursor(events: TableProductEvents) -> None:
    for number, name in enumerate(("dora", "ann", "carl", "bob")):
        await events.record(ACME, [event(name)], NOW + number * SECOND)

    first = await events.page(ACME, START, NOW + DAY, 3)
    rest = await events.page(ACME, first[-1].cursor, NOW + DAY, 3)

    assert [one.event.data["user"] for one in (*first, *rest)] == ["dora", "ann", "carl", "bob"]
    assert await events.page(ACME, rest[-1].cursor, NOW + DAY, 3) == ()


async def test_the_list_ends_before_the_instant_that_is_asked_for(events: TableProductEvents) -> None:
    await events.record(ACME, [event("ann")], NOW)
    await events.record(ACME, [event("bob")], NOW + SECOND)

    found = await events.page(ACME, START, NOW + SECOND, 10)

    assert [one.event for one in found] == [event("ann")]


async def test_each_organization_has_its_own(events: TableProductEvents) -> None:
    await events.record(ACME, [event("ann")], NOW)
    await events.record(OTHER, [event("ann", OTHER)], NOW)

    await events.forget(OTHER)

    assert await _listed(events) == ["ann"]
    assert await events.find(OTHER, event("ann", OTHER).event) is None


async def test_a_delivery_is_noted_by_one_of_two(events: TableProductEvents) -> None:
    await events.record(ACME, [event("ann")], NOW)
    stored = await events.find(ACME, event("ann").event)
    assert stored is not None
    delivered = replace(stored.value, delivered_at=NOW + SECOND)

    await events.save(stored, delivered)
    with pytest.raises(Conflict):
        await events.save(stored, delivered)

    found = await events.find(ACME, event("ann").event)
    assert found is not None
    assert found.value == delivered


async def test_old_events_are_dropped_with_their_place_in_the_list(events: TableProductEvents, rows: Rows) -> None:
    for number in range(5):
        await events.record(ACME, [event(f"u{number}")], NOW + number * SECOND)

    dropped = [await events.drop_old(ACME, NOW + 4 * SECOND, 3) for _ in range(3)]

    assert dropped == [3, 1, 0]
    assert await _listed(events) == ["u4"]
    assert len((await rows.page_keys(PRODUCT_EVENTS, ACME, EVERYTHING)).keys) == 2


async def test_what_is_known_of_the_endpoint_is_kept_beside_all_organizations(events: TableProductEvents) -> None:
    assert await events.find_endpoint() is None

    await events.save_endpoint(Endpoint("a", NOW))
    await events.save_endpoint(Endpoint("b"))

    assert await events.find_endpoint() == Endpoint("b")


async def test_a_hundred_events_take_two_transactions() -> None:
    rows = MemoryRows()

    await TableProductEvents(rows).record(ACME, [event(f"u{number}") for number in range(100)], NOW)

    assert [(one.kind, one.rows) for one in rows.operations] == [("commit", 100), ("commit", 100)]
