"""The DeadLetters port on its table, in memory and on Azurite."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.dead_letters import TableDeadLetters
from shared_code.adapters.tables.rows import Rows
from shared_code.core.dead_letter import REDRIVEN_KEPT_FOR, WAITING_KEPT_FOR, DeadLetter, LetterId, letter_id
from shared_code.errors import Conflict
from shared_code.order_queues import CALENDAR_SYNC, USER_MATCH
from tests.contract.samples import NOW

MINUTE = timedelta(minutes=1)


@pytest.fixture
def letters(rows: Rows) -> TableDeadLetters:
    return TableDeadLetters(rows)


def letter(name: str, at: timedelta = timedelta(0), body: bytes = b"{}") -> DeadLetter:
    return DeadLetter(letter_id(USER_MATCH, name, NOW + at), USER_MATCH, body, NOW + at)


async def test_a_letter_is_found_with_every_byte_of_its_message(letters: TableDeadLetters) -> None:
    longest = letter("m-1", body=bytes(range(256)) * 256)

    assert await letters.add(longest)

    found = await letters.find(longest.letter)
    assert found is not None
    assert found.value == longest
    assert await letters.find(LetterId("nobody")) is None


async def test_a_letter_that_is_there_stays_as_it_is(letters: TableDeadLetters) -> None:
    await letters.add(letter("m-1"))
    stored = await letters.find(letter("m-1").letter)
    assert stored is not None
    redriven = await letters.save(stored, replace(stored.value, redriven_at=NOW + MINUTE))

    again = await letters.add(replace(letter("m-1"), dead_at=NOW + 2 * MINUTE))

    assert not again
    assert await letters.find(letter("m-1").letter) == redriven


async def test_letters_are_listed_newest_first_and_page_by_page(letters: TableDeadLetters) -> None:
    for number in (3, 1, 5, 2, 4):
        await letters.add(letter(f"m-{number}", at=number * MINUTE))

    first = await letters.page(None, 2)
    second = await letters.page(first.next, 2)
    last = await letters.page(second.next, 2)

    listed = [one.dead_at - NOW for page in (first, second, last) for one in page.items]
    assert listed == [number * MINUTE for number in (5, 4, 3, 2, 1)]
    assert last.next is None


async def test_two_messages_of_one_second_are_two_letters(letters: TableDeadLetters) -> None:
    same_id_elsewhere = letter_id(CALENDAR_SYNC, "m-1", NOW)

    added = [
        await letters.add(letter("m-1")),
        await letters.add(letter("m-2")),
        await letters.add(DeadLetter(same_id_elsewhere, CALENDAR_SYNC, b"{}", NOW)),
    ]

    assert added == [True, True, True]
    assert len((await letters.page(None, 10)).items) == 3


async def test_only_one_of_two_changes_is_saved(letters: TableDeadLetters) -> None:
    await letters.add(letter("m-1"))
    stored = await letters.find(letter("m-1").letter)
    assert stored is not None
    first = replace(stored.value, redriven_at=NOW + MINUTE)

    await letters.save(stored, first)
    with pytest.raises(Conflict):
        await letters.save(stored, replace(stored.value, redriven_at=NOW + 2 * MINUTE))

    found = await letters.find(letter("m-1").letter)
    assert found is not None
    assert found.value == first


async def test_a_waiting_letter_goes_after_ninety_days_and_not_before(letters: TableDeadLetters) -> None:
    await letters.add(letter("m-1"))
    await letters.add(letter("m-2", at=MINUTE))

    early = await letters.drop_old(NOW + WAITING_KEPT_FOR - MINUTE, 10)
    due = await letters.drop_old(NOW + WAITING_KEPT_FOR, 10)

    assert (early, due) == (0, 1)
    assert [one.dead_at for one in (await letters.page(None, 10)).items] == [NOW + MINUTE]
    assert await letters.find(letter("m-1").letter) is None


@pytest.mark.parametrize("waited", [timedelta(0), timedelta(days=89)])
async def test_a_redriven_letter_goes_thirty_days_after_that(letters: TableDeadLetters, waited: timedelta) -> None:
    await letters.add(letter("m-1"))
    stored = await letters.find(letter("m-1").letter)
    assert stored is not None
    redriven_at = NOW + waited
    await letters.save(stored, replace(stored.value, redriven_at=redriven_at))

    early = await letters.drop_old(redriven_at + REDRIVEN_KEPT_FOR - MINUTE, 10)
    due = await letters.drop_old(redriven_at + REDRIVEN_KEPT_FOR, 10)

    assert (early, due) == (0, 1)
    assert (await letters.page(None, 10)).items == ()


async def test_a_letter_redriven_on_the_day_that_leaves_its_end_where_it_was_is_saved(
    letters: TableDeadLetters,
) -> None:
    await letters.add(letter("m-1"))
    stored = await letters.find(letter("m-1").letter)
    assert stored is not None

    await letters.save(stored, replace(stored.value, redriven_at=NOW + WAITING_KEPT_FOR - REDRIVEN_KEPT_FOR))

    assert await letters.drop_old(NOW + WAITING_KEPT_FOR, 10) == 1


async def test_a_forgotten_letter_leaves_nothing_and_can_be_forgotten_once(letters: TableDeadLetters) -> None:
    await letters.add(letter("m-1"))
    await letters.add(letter("m-2"))

    await letters.forget(letter("m-1"))
    with pytest.raises(Conflict):
        await letters.forget(letter("m-1"))

    assert [one.letter for one in (await letters.page(None, 10)).items] == [letter("m-2").letter]
    assert await letters.drop_old(NOW + WAITING_KEPT_FOR, 10) == 1


async def test_no_more_go_at_once_than_asked(letters: TableDeadLetters) -> None:
    for number in range(5):
        await letters.add(letter(f"m-{number}"))

    dropped = [await letters.drop_old(NOW + WAITING_KEPT_FOR, 2) for _ in range(4)]

    assert dropped == [2, 2, 1, 0]
