"""The Upkeep port on its tables, in memory and on Azurite."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared_code.adapters.tables.names import UPKEEP
from shared_code.adapters.tables.rows import EVERYTHING, Rows
from shared_code.adapters.tables.upkeep import TableUpkeep
from shared_code.core.upkeep import Due, Settled
from tests.contract.samples import MAILBOX
from tests.fakes.memory_rows import MemoryRows, Operation

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def upkeep(rows: Rows) -> TableUpkeep:
    return TableUpkeep(rows)


def _due(at: datetime, subject: str = str(MAILBOX)) -> Due:
    return Due(at, "mailbox", subject)


async def test_nothing_is_due_at_first(upkeep: TableUpkeep) -> None:
    await upkeep.advance(NOW)

    assert await upkeep.find_due(NOW, 10) == ()


async def test_what_is_due_is_found_from_its_instant_on_the_oldest_first(upkeep: TableUpkeep) -> None:
    dues = [
        _due(NOW - 3 * HOUR),
        _due(NOW - MINUTE),
        _due(NOW),
        _due(NOW + timedelta(microseconds=1)),
        _due(NOW + HOUR),
    ]
    for due in (dues[3], dues[1], dues[4], dues[0], dues[2]):
        await upkeep.set(due)

    assert await upkeep.find_due(NOW, 10) == tuple(dues[:3])
    assert await upkeep.find_due(NOW, 2) == tuple(dues[:2])
    assert await upkeep.find_due(NOW + HOUR, 10) == tuple(dues)


async def test_the_first_row_may_lie_far_ahead_of_the_next_ones(upkeep: TableUpkeep) -> None:
    await upkeep.set(_due(NOW + 7 * DAY))
    await upkeep.advance(NOW)
    await upkeep.set(_due(NOW + MINUTE))
    await upkeep.set(_due(NOW - 2 * DAY))

    assert await upkeep.find_due(NOW + MINUTE, 10) == (_due(NOW - 2 * DAY), _due(NOW + MINUTE))


async def test_setting_twice_is_as_good_as_once(upkeep: TableUpkeep) -> None:
    await upkeep.set(_due(NOW))
    await upkeep.set(_due(NOW))

    assert await upkeep.find_due(NOW, 10) == (_due(NOW),)


async def test_what_is_settled_is_not_found_again_but_what_it_became(upkeep: TableUpkeep) -> None:
    await upkeep.set(_due(NOW, "a!1"))
    await upkeep.set(_due(NOW, "b!1"))

    await upkeep.settle([Settled(_due(NOW, "a!1"))])
    await upkeep.settle([Settled(_due(NOW, "b!1"), _due(NOW + 15 * MINUTE, "b!1"))])
    await upkeep.settle([Settled(_due(NOW, "b!1"), _due(NOW + 15 * MINUTE, "b!1"))])

    assert await upkeep.find_due(NOW, 10) == ()
    assert await upkeep.find_due(NOW + DAY, 10) == (_due(NOW + 15 * MINUTE, "b!1"),)


async def test_settling_for_the_same_instant_keeps_the_row(upkeep: TableUpkeep) -> None:
    await upkeep.set(_due(NOW))

    await upkeep.settle([Settled(_due(NOW), _due(NOW))])

    assert await upkeep.find_due(NOW, 10) == (_due(NOW),)


async def test_an_instant_of_an_hour_that_was_passed_is_still_found_and_settled(
    upkeep: TableUpkeep, rows: Rows
) -> None:
    await _pass_an_hour(upkeep)
    late = _due(NOW - 5 * DAY)

    await upkeep.set(late)
    found = await upkeep.find_due(NOW, 10)
    await upkeep.settle([Settled(late)])

    assert found == (late,)
    assert await upkeep.find_due(NOW, 10) == ()
    assert (await rows.page_keys(UPKEEP, f"{NOW:%Y-%m-%dT%H}", EVERYTHING)).keys == ()


async def test_the_watermark_stops_at_an_hour_that_is_not_drained(upkeep: TableUpkeep) -> None:
    early, late = _due(NOW - 3 * HOUR), _due(NOW - HOUR)
    await upkeep.set(early)
    await upkeep.set(late)

    await upkeep.advance(NOW)
    both = await upkeep.find_due(NOW, 10)
    await upkeep.settle([Settled(early)])
    await upkeep.advance(NOW)
    one = await upkeep.find_due(NOW, 10)

    assert both == (early, late)
    assert one == (late,)


async def test_hours_that_were_passed_are_not_looked_at_again() -> None:
    rows = MemoryRows()
    upkeep = TableUpkeep(rows)
    await upkeep.set(_due(NOW - 100 * HOUR))
    await upkeep.settle([Settled(_due(NOW - 100 * HOUR))])

    await upkeep.advance(NOW)
    rows.operations.clear()
    await upkeep.find_due(NOW, 10)
    await upkeep.advance(NOW)

    assert [operation.kind for operation in rows.operations] == ["find", "page", "find"]


async def test_a_quiet_minute_costs_two_requests_and_a_new_row_two_more() -> None:
    rows = MemoryRows()
    upkeep = TableUpkeep(rows)
    await _pass_an_hour(upkeep)
    rows.operations.clear()

    await upkeep.find_due(NOW, 10)
    await upkeep.set(_due(NOW + HOUR))

    assert [operation.kind for operation in rows.operations] == ["find", "page", "commit", "find"]


async def test_a_month_without_anybody_who_looked_costs_no_request_an_hour() -> None:
    rows = MemoryRows()
    upkeep = TableUpkeep(rows)
    dues = [_due(NOW - 30 * DAY), _due(NOW - 10 * DAY), _due(NOW)]
    for due in dues:
        await upkeep.set(due)
    rows.operations.clear()

    found = await upkeep.find_due(NOW, 10)
    await upkeep.settle([Settled(due) for due in found])
    await upkeep.advance(NOW)

    assert found == tuple(dues)
    assert len(rows.operations) < 20
    assert await upkeep.find_due(NOW, 10) == ()


async def test_a_hundred_are_settled_with_as_many_requests_as_one() -> None:
    costs = []
    for number in (1, 100):
        rows = MemoryRows()
        upkeep = TableUpkeep(rows)
        dues = [_due(NOW, f"s{each}") for each in range(number)]
        for due in dues:
            await upkeep.set(due)
        rows.operations.clear()
        await upkeep.settle([Settled(due, _due(NOW + 3 * HOUR, due.subject)) for due in dues])
        costs.append([operation.kind for operation in rows.operations])

    assert costs == [["commit", "find", "discard"], ["commit", "find", "commit"]]


async def test_several_are_settled_at_once_even_if_some_of_them_are_gone_or_become_the_same(
    upkeep: TableUpkeep,
) -> None:
    gone, twice, ends, stays = _due(NOW, "gone"), _due(NOW, "twice"), _due(NOW, "ends"), _due(NOW, "stays")
    earlier, again = _due(NOW - HOUR, "twice"), _due(NOW + HOUR, "twice")
    for due in (earlier, twice, ends, stays):
        await upkeep.set(due)

    settled = [Settled(gone), Settled(earlier, again), Settled(twice, again), Settled(ends), Settled(stays, stays)]
    await upkeep.settle(settled)

    assert await upkeep.find_due(NOW + DAY, 10) == (stays, again)


async def test_what_is_due_again_in_an_hour_that_was_passed_is_brought_up_with_the_others(upkeep: TableUpkeep) -> None:
    await _pass_an_hour(upkeep)
    done, late, later = _due(NOW, "done"), _due(NOW - 5 * DAY, "late"), _due(NOW + HOUR, "later")
    await upkeep.set(done)

    await upkeep.settle([Settled(done), Settled(done, late), Settled(done, later)])

    assert await upkeep.find_due(NOW + DAY, 10) == (late, later)


async def test_many_rows_of_one_hour_are_found_up_to_the_limit(upkeep: TableUpkeep) -> None:
    dues = [_due(NOW - HOUR + timedelta(seconds=number), f"s{number}") for number in range(30)]
    for due in dues:
        await upkeep.set(due)

    assert await upkeep.find_due(NOW, 20) == tuple(dues[:20])
    assert await upkeep.find_due(NOW, 5000) == tuple(dues)


async def test_several_who_advance_and_set_at_once_lose_nothing(upkeep: TableUpkeep) -> None:
    await upkeep.set(_due(NOW - 10 * HOUR, "first"))
    await upkeep.settle([Settled(_due(NOW - 10 * HOUR, "first"))])
    dues = [_due(NOW - number * HOUR, f"s{number}") for number in range(10)]

    await asyncio.gather(
        *(upkeep.set(due) for due in dues[:5]),
        *(upkeep.advance(NOW) for _ in range(3)),
        *(upkeep.set(due) for due in dues[5:]),
    )
    await upkeep.advance(NOW)

    assert set(await upkeep.find_due(NOW, 100)) == set(dues)


@pytest.mark.parametrize("landing_before", range(12))
async def test_a_row_that_lands_in_an_hour_while_it_is_passed_is_not_missed(landing_before: int) -> None:
    """The row's own write is timed to land before each request of the passing in turn."""
    rows = MemoryRows()
    upkeep, other = TableUpkeep(rows), TableUpkeep(rows)
    await upkeep.set(_due(NOW - 3 * HOUR, "first"))
    await upkeep.settle([Settled(_due(NOW - 3 * HOUR, "first"))])
    late = _due(NOW - 2 * HOUR, "late")
    advancing = asyncio.create_task(upkeep.advance(NOW))
    for _ in range(landing_before):
        await asyncio.sleep(0)

    await other.set(late)
    await advancing
    await upkeep.advance(NOW)

    assert await upkeep.find_due(NOW, 10) == (late,)


@pytest.mark.parametrize("crash_at", range(1, 8))
async def test_a_crash_while_an_hour_is_passed_loses_nothing(crash_at: int) -> None:
    rows = MemoryRows()
    upkeep = TableUpkeep(rows)
    first, late = _due(NOW - 3 * HOUR, "first"), _due(NOW - 2 * HOUR, "late")
    await upkeep.set(first)
    await upkeep.settle([Settled(first)])
    _crash_at(rows, crash_at)
    with pytest.raises(_Crash):
        await _advance_three_times(upkeep)
    rows.on_operation = None

    await upkeep.set(late)
    await upkeep.advance(NOW)

    assert await upkeep.find_due(NOW, 10) == (late,)


async def _advance_three_times(upkeep: TableUpkeep) -> None:
    for _ in range(3):
        await upkeep.advance(NOW)


class _Crash(Exception):
    pass


def _crash_at(rows: MemoryRows, number: int) -> None:
    left = number

    def crash(_: Operation) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise _Crash

    rows.on_operation = crash


async def _pass_an_hour(upkeep: TableUpkeep) -> None:
    await upkeep.set(_due(NOW - 2 * HOUR, "old"))
    await upkeep.settle([Settled(_due(NOW - 2 * HOUR, "old"))])
    await upkeep.advance(NOW)
