"""What every ``Rows`` promises, in memory and on Azure Tables."""

import asyncio

import pytest

from shared_code.adapters.tables.names import TABLES, USERS
from shared_code.adapters.tables.rows import EVERYTHING, Insert, Property, Put, Remove, Replace, Rows, Span, below
from shared_code.errors import Conflict, Unexpected

PARTITION = "Acme_1.eu-west"


async def test_a_row_comes_back_as_it_was_written(rows: Rows) -> None:
    properties: dict[str, Property] = {
        "v": 1,
        "data": '{"name":"Zoë 🦊 \'quoted\'"}',
        "p00": bytes(range(256)),
        "large": 2**31 - 1,
    }

    (version,) = await rows.commit(USERS, PARTITION, [Insert("user!a", properties)])

    row = await rows.find(USERS, PARTITION, "user!a")
    assert row is not None
    assert dict(row.properties) == properties
    assert row.version == version


async def test_a_row_that_is_not_there_is_none(rows: Rows) -> None:
    assert await rows.find(USERS, PARTITION, "user!nobody") is None


async def test_every_table_of_the_app_can_be_written(rows: Rows) -> None:
    for table in TABLES:
        await rows.commit(table, PARTITION, [Insert("a", {"v": 1})])

        assert await rows.find(table, PARTITION, "a") is not None


async def test_inserting_what_is_there_is_a_conflict(rows: Rows) -> None:
    await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1})])

    with pytest.raises(Conflict):
        await rows.commit(USERS, PARTITION, [Insert("a", {"v": 2})])

    assert await _values(rows) == {"a": 1}


async def test_replacing_needs_the_version_that_was_read(rows: Rows) -> None:
    (first,) = await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1, "old": "x"})])
    (second,) = await rows.commit(USERS, PARTITION, [Replace("a", {"v": 2}, first)])

    with pytest.raises(Conflict):
        await rows.commit(USERS, PARTITION, [Replace("a", {"v": 3}, first)])

    row = await rows.find(USERS, PARTITION, "a")
    assert row is not None
    assert (dict(row.properties), row.version) == ({"v": 2}, second)


async def test_replacing_what_is_gone_is_a_conflict(rows: Rows) -> None:
    (version,) = await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1})])
    await rows.discard(USERS, PARTITION, "a")

    with pytest.raises(Conflict):
        await rows.commit(USERS, PARTITION, [Replace("a", {"v": 2}, version)])


async def test_putting_writes_whatever_was_there(rows: Rows) -> None:
    await rows.commit(USERS, PARTITION, [Put("a", {"v": 1, "old": "x"})])

    (version,) = await rows.commit(USERS, PARTITION, [Put("a", {"v": 2})])

    row = await rows.find(USERS, PARTITION, "a")
    assert row is not None
    assert (dict(row.properties), row.version) == ({"v": 2}, version)


@pytest.mark.parametrize("others", [[], [Insert("b", {"v": 1})]])
async def test_removing_needs_the_version_that_was_read(rows: Rows, others: list[Insert]) -> None:
    (first,) = await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1})])
    (second,) = await rows.commit(USERS, PARTITION, [Replace("a", {"v": 2}, first)])

    with pytest.raises(Conflict):
        await rows.commit(USERS, PARTITION, [Remove("a", first), *others])
    assert await _values(rows) == {"a": 2}

    await rows.commit(USERS, PARTITION, [Remove("a", second), *others])
    assert await _values(rows) == {other.key: 1 for other in others}


@pytest.mark.parametrize("version", [None, "W/\"datetime'2026-03-02T09%3A00%3A00.0000000Z'\""])
async def test_removing_what_is_gone_is_a_conflict(rows: Rows, version: str | None) -> None:
    with pytest.raises(Conflict):
        await rows.commit(USERS, PARTITION, [Remove("a", version)])


async def test_discarding_twice_is_as_good_as_once(rows: Rows) -> None:
    await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1})])

    await rows.discard(USERS, PARTITION, "a")
    await rows.discard(USERS, PARTITION, "a")

    assert await _values(rows) == {}


async def test_a_transaction_is_written_whole_or_not_at_all(rows: Rows) -> None:
    a, b = await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1}), Insert("b", {"v": 1})])
    await rows.commit(USERS, PARTITION, [Replace("b", {"v": 2}, b)])

    for last in (Replace("b", {"v": 3}, b), Insert("b", {"v": 3}), Remove("b", b), Remove("z")):
        with pytest.raises(Conflict):
            await rows.commit(USERS, PARTITION, [Insert("c", {"v": 3}), Replace("a", {"v": 3}, a), last])

    assert await _values(rows) == {"a": 1, "b": 2}


async def test_a_transaction_tells_the_version_of_each_row_it_wrote(rows: Rows) -> None:
    a, b = await rows.commit(USERS, PARTITION, [Insert("a", {"v": 1}), Insert("b", {"v": 1})])

    versions = await rows.commit(
        USERS, PARTITION, [Replace("a", {"v": 2}, a), Remove("b", b), Put("c", {"v": 2}), Insert("d", {"v": 2})]
    )

    page = await rows.page(USERS, PARTITION, EVERYTHING)
    assert {row.key: row.version for row in page.rows} == {"a": versions[0], "c": versions[2], "d": versions[3]}
    assert versions[1] == ""


async def test_a_transaction_takes_100_rows_and_no_more(rows: Rows) -> None:
    hundred = [Insert(f"{number:03}", {"v": number}) for number in range(100)]

    with pytest.raises(Unexpected):
        await rows.commit(USERS, PARTITION, [*hundred, Insert("100", {"v": 100})])
    assert await _values(rows) == {}

    await rows.commit(USERS, PARTITION, hundred)
    assert len(await _values(rows)) == 100


async def test_a_transaction_of_nothing_is_a_mistake(rows: Rows) -> None:
    with pytest.raises(Unexpected):
        await rows.commit(USERS, PARTITION, [])


async def test_a_transaction_does_not_change_one_row_twice(rows: Rows) -> None:
    with pytest.raises(Unexpected):
        await rows.commit(USERS, PARTITION, [Put("a", {"v": 1}), Put("a", {"v": 2})])


async def test_five_rows_of_600_kib_fit_into_one_transaction_and_six_do_not(rows: Rows) -> None:
    large = {f"p{part:02}": bytes([part]) * 60 * 1024 for part in range(10)}

    await rows.commit(USERS, PARTITION, [Insert(f"{number}", large) for number in range(5)])
    with pytest.raises(Unexpected):
        await rows.commit(USERS, PARTITION, [Put(f"{number}", large) for number in range(6)])

    row = await rows.find(USERS, PARTITION, "4")
    assert row is not None
    assert dict(row.properties) == large


async def test_pages_hold_a_thousand_rows_and_go_on_where_the_last_one_ended(rows: Rows) -> None:
    keys = [f"user!{number:04}" for number in range(1003)]
    for start in range(0, len(keys), 100):
        await rows.commit(USERS, PARTITION, [Insert(key, {"v": 1}) for key in reversed(keys[start : start + 100])])

    first = await rows.page(USERS, PARTITION, below("user"))
    assert first.next is not None
    last = await rows.page(USERS, PARTITION, below("user"), after=first.next)
    first_keys = await rows.page_keys(USERS, PARTITION, below("user"))
    last_keys = await rows.page_keys(USERS, PARTITION, below("user"), after=first_keys.next)

    assert [row.key for row in first.rows] == keys[:1000]
    assert [row.key for row in last.rows] == keys[1000:]
    assert last.next is None
    assert (first_keys.keys, last_keys.keys) == (tuple(keys[:1000]), tuple(keys[1000:]))
    assert last_keys.next is None


async def test_a_page_can_be_smaller(rows: Rows) -> None:
    await rows.commit(USERS, PARTITION, [Insert(key, {"v": 1}) for key in "abcde"])

    first = await rows.page(USERS, PARTITION, EVERYTHING, limit=2)
    second = await rows.page(USERS, PARTITION, EVERYTHING, limit=2, after=first.next)
    whole = await rows.page(USERS, PARTITION, EVERYTHING, limit=5000)

    assert [row.key for row in (*first.rows, *second.rows)] == ["a", "b", "c", "d"]
    assert len(whole.rows) == 5


async def test_one_row_beside_the_span_comes_first_and_no_other_outside_it(rows: Rows) -> None:
    await rows.commit(
        USERS, PARTITION, [Insert(key, {"v": 1}) for key in ("lease", "link!a!1", "link!b!1", "link!b!2")]
    )

    first = await rows.page(USERS, PARTITION, below("link!b"), beside="lease", limit=1)
    rest = await rows.page(USERS, PARTITION, below("link!b"), after=first.next)
    without = await rows.page(USERS, PARTITION, below("link!b"), beside="not there")

    assert [row.key for row in first.rows] == ["lease"]
    assert [row.key for row in rest.rows] == ["link!b!1", "link!b!2"]
    assert [row.key for row in without.rows] == ["link!b!1", "link!b!2"]


async def test_an_empty_partition_has_one_empty_page(rows: Rows) -> None:
    page, keys = await rows.page(USERS, "nobody", EVERYTHING), await rows.page_keys(USERS, "nobody", EVERYTHING)

    assert (page.rows, page.next) == ((), None)
    assert (keys.keys, keys.next) == ((), None)


@pytest.mark.parametrize(
    ("start", "end", "first"), [("a", "z", "b"), ("b", "c", "b"), ("b.", "z", "d"), ("e", "z", None)]
)
async def test_the_first_partition_of_many_that_holds_a_row_is_found(
    rows: Rows, start: str, end: str, first: str | None
) -> None:
    for partition in ("d", "b", "c", "z"):
        await rows.commit(USERS, partition, [Insert("a", {"v": 1}), Insert("b", {"v": 1})])
    await rows.discard(USERS, "c", "a")
    await rows.discard(USERS, "c", "b")

    assert await rows.first_partition(USERS, start, end) == first


async def test_keys_are_ordered_by_their_characters_and_tell_upper_from_lower_case(rows: Rows) -> None:
    keys = ["l!a", "l!a!1", "l!a-b", "l!a.b", "l!a0", "l!aB", "l!a_b", "l!ab", "l!A", "l!_", "l!é"]
    await rows.commit(USERS, PARTITION, [Insert(key, {"v": 1}) for key in keys])

    everything = await rows.page(USERS, PARTITION, EVERYTHING)
    one = await rows.page(USERS, PARTITION, Span("l!a", 'l!a"'))
    beneath = await rows.page(USERS, PARTITION, below("l!a"))

    assert [row.key for row in everything.rows] == sorted(keys)
    assert [row.key for row in one.rows] == ["l!a", "l!a!1"]
    assert [row.key for row in beneath.rows] == ["l!a!1"]


async def test_partitions_that_differ_in_case_are_two(rows: Rows) -> None:
    await rows.commit(USERS, "acme", [Insert("a", {"v": 1})])

    assert await rows.find(USERS, "Acme", "a") is None
    assert (await rows.page(USERS, "ACME", EVERYTHING)).rows == ()


async def test_of_two_writers_with_one_version_one_wins(rows: Rows) -> None:
    (version,) = await rows.commit(USERS, PARTITION, [Insert("a", {"v": 0})])

    outcomes = await asyncio.gather(
        *(rows.commit(USERS, PARTITION, [Replace("a", {"v": number}, version)]) for number in range(1, 6)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 4
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1


@pytest.mark.parametrize("key", ["a/b", "a\\b", "a#b", "a?b", "a\nb", "a" * 513])
async def test_what_cannot_be_a_key_is_refused(rows: Rows, key: str) -> None:
    with pytest.raises(Unexpected):
        await rows.commit(USERS, PARTITION, [Insert(key, {"v": 1})])
    with pytest.raises(Unexpected):
        await rows.find(USERS, key, "a")


async def test_quotes_and_spaces_in_keys_are_harmless(rows: Rows) -> None:
    key = "it's 'a' key & more% +é"
    await rows.commit(USERS, key, [Insert(key, {"v": 1})])

    (row,) = (await rows.page(USERS, key, EVERYTHING)).rows
    found = await rows.find(USERS, key, key)
    await rows.discard(USERS, key, key)

    assert found == row
    assert row.key == key
    assert await rows.find(USERS, key, key) is None


async def _values(rows: Rows) -> dict[str, object]:
    page = await rows.page(USERS, PARTITION, EVERYTHING)
    return {row.key: row.properties["v"] for row in page.rows}
