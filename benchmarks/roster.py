"""The list of 20,000 people: to read, search and sort it, and what its slices add to writing them.

Storage is in memory, so that CPU is the app's own; only reading the list is timed on Azurite as well, SDK and all.
"""

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from statistics import median
from time import perf_counter, process_time
from uuid import UUID

from benchmarks.storage import CONNECTION, ORGANIZATION, azure_rows, match_of, storage_account
from benchmarks.table import Row
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.roster import TableRoster
from shared_code.adapters.tables.roster_rows import SLICES, by_slice, slice_row
from shared_code.adapters.tables.rows import TRANSACTION_ROWS, Put
from shared_code.core.ids import ProductUserId
from shared_code.core.people import PeopleQuery, SortBy, look_through
from shared_code.core.product_user import Address, ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.roster_entry import RosterEntry, by_slices, entry_of
from shared_code.flows.product_users import GROUP
from shared_code.ports import UserChange
from tests.fakes.memory_rows import MemoryRows

PEOPLE, BULK = 20_000, 5_000
ROUNDS = 20
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUERIES = (
    PeopleQuery(),
    PeopleQuery("0a", sort=SortBy.ADDRESS),
    PeopleQuery(state=UserState.CONNECTED, sort=SortBy.ACCOUNT, descending=True, page=9),
    PeopleQuery(sort=SortBy.SINCE, descending=True),
)
PAGE_BUDGET = 0.1  # seconds of CPU, of the 150 ms that a page may take


async def run() -> list[Row]:
    rows = MemoryRows()
    users = TableProductUsers(rows)
    everybody = [somebody(number) for number in range(PEOPLE)]
    bulk = await _bulk_row(rows, users, everybody)
    return [*await _list_rows(rows), await _azurite_row(list(map(entry_of, everybody))), bulk, await _one_row(rows)]


async def _list_rows(rows: MemoryRows) -> list[Row]:
    roster = TableRoster(rows)
    rows.operations.clear()
    entries = await roster.entries(ORGANIZATION)
    operations = rows.count()
    seconds = [await _read_and_look(roster, query) for query in QUERIES for _ in range(ROUNDS // len(QUERIES))]
    counted = await roster.counts(ORGANIZATION)
    looking = max(_cpu(partial(look_through, entries, query)) for query in QUERIES)
    assert sum(counted.values()) == len(entries) == PEOPLE, "the list is wrong, so its cost says nothing"
    slices = [row for row in rows.all_rows(USERS) if row.key in SLICES]
    size = sum(len(part) for row in slices for part in row.properties.values() if isinstance(part, bytes))
    return [
        Row(
            f"users page, {PEOPLE:,} people: read, search, sort",
            f"{median(seconds) * 1000:.0f} ms of CPU (p50), {max(seconds) * 1000:.0f} ms at most; {operations} query",
            f"{PAGE_BUDGET * 1000:.0f} ms of CPU, 1 query",
            f"{size / 1024:.0f} KiB in {len(slices)} slices, {size / PEOPLE:.0f} bytes a user",
            f"{looking * 1000:.0f} ms of it to search and sort; all users' rows would be {ceil(PEOPLE / 1000)} queries",
            median(seconds) <= PAGE_BUDGET and operations == 1,
        )
    ]


async def _azurite_row(entries: Sequence[RosterEntry]) -> Row:
    """Slices as they are, written past the users, whom nobody asks here."""
    with storage_account() as account:
        async with azure_rows(account) as rows:
            await rows.commit(
                USERS, ORGANIZATION, [Put(key, slice_row(some.values())) for key, some in by_slice(entries).items()]
            )
            roster, whole, counts = TableRoster(rows), list[float](), list[float]()
            for _ in range(ROUNDS):
                began = perf_counter()
                listed = await roster.entries(ORGANIZATION)
                read = perf_counter()
                await roster.counts(ORGANIZATION)
                whole.append(read - began)
                counts.append(perf_counter() - read)
    assert len(listed) == PEOPLE, "the list is wrong, so its time says nothing"
    return Row(
        "  read alone, Azurite",
        f"{median(whole) * 1000:.0f} ms (p50), {sorted(whole)[-2] * 1000:.0f} ms (p95)",
        comparison=f"{median(counts) * 1000:.0f} ms (p50) for the counts alone",
    )


async def _bulk_row(rows: MemoryRows, users: TableProductUsers, everybody: Sequence[ProductUser]) -> Row:
    """The last of the calls by which the product sends everybody, grouped as its flow groups them."""
    await users.save([UserChange(None, user) for user in everybody[:-BULK]])
    rows.operations.clear()
    before = rows.rows_in(USERS)
    changes = [UserChange(None, user) for user in everybody[-BULK:]]
    began = process_time()
    for group in by_slices(changes, _user_of, GROUP):
        assert await users.save(group) == ()
    seconds = process_time() - began
    reads, transactions = rows.count("find", "page"), rows.count("commit")
    alone = ceil((rows.rows_in(USERS) - before) / TRANSACTION_ROWS)
    budget = alone + len(SLICES)
    return Row(
        f"bulk of {BULK:,} users into {PEOPLE:,}, storage in memory",
        f"{transactions} transactions, {reads} reads of slices; {seconds:.1f} s of CPU",
        f"{budget} transactions, {len(SLICES)} reads",
        f"{alone} transactions (users, addresses and pins alone)",
        within=transactions <= budget and reads <= len(SLICES),
    )


async def _one_row(rows: MemoryRows) -> Row:
    users = TableProductUsers(rows)
    stored = await users.find(ORGANIZATION, somebody(0).user)
    assert stored is not None
    rows.operations.clear()
    change = UserChange(stored, replace(stored.value, state=UserState.ERROR))
    began = process_time()
    await users.save([change])
    seconds = process_time() - began
    return Row(
        f"one of {PEOPLE:,} users changes",
        f"{rows.count('find')} read, {rows.count('commit')} transaction; {seconds * 1000:.1f} ms of CPU",
        "1 read, 1 transaction",
        "1 write (without a slice)",
        within=(rows.count("find"), rows.count("commit"), rows.count()) == (1, 1, 2),
    )


async def _read_and_look(roster: TableRoster, query: PeopleQuery) -> float:
    gc.collect()
    began = process_time()
    look_through(await roster.entries(ORGANIZATION), query)
    return process_time() - began


def _cpu(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def somebody(number: int) -> ProductUser:
    """Ids and addresses with little in common, as real ones have; three of four are connected."""
    user = ProductUserId(str(UUID(int=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)))
    since = NOW - timedelta(seconds=number * 7919 % 10_000_000)
    is_connected = number % 4 != 0
    return ProductUser(
        ORGANIZATION,
        user,
        (Address(f"{user[:8]}.{number}@contoso.com", verified=True),),
        UserState.CONNECTED if is_connected else UserState.NO_MATCH,
        since,
        match=match_of(user, since) if is_connected else None,
        reason=None if is_connected else str(Reason.NO_DIRECTORY_USER),
        connected_at=since if is_connected else None,
        judged_by=None if is_connected else CONNECTION,
    )


def _user_of(change: UserChange) -> ProductUserId:
    assert change.changed is not None
    return change.changed.user
