"""Whatever is saved in whatever order, at once or one after the other: slices say what the users' rows say."""

import asyncio
import zlib
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_code.adapters.tables import grouping, roster_building
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.records import write_binary
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.roster import TableRoster, entries_of_rows
from shared_code.adapters.tables.roster_rows import SLICES, listed_in, slice_row
from shared_code.adapters.tables.rows import Row
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.roster_entry import entry_of, slice_of, standings
from shared_code.ports import Stored, UserChange
from tests.fakes.clock import START
from tests.fakes.memory_rows import MemoryRows

ACME = OrganizationId("acme")
NAMES = [f"u{number}" for number in range(8)]
NAMES += [name for number in range(999) if slice_of(name := ProductUserId(f"s{number}")) == 0][:6]  # in one slice


@dataclass(frozen=True)
class Wish:
    """What a save wants of one user; ``stale`` as they stood at the beginning."""

    user: ProductUserId
    becomes: ProductUser | None
    is_stale: bool


def _user(name: str, state: UserState, address: int, days: int) -> ProductUser:
    mail = f"a{address}@contoso.com"
    match = Match(ConnectionId("c1"), TenantId("t1"), UserId(f"o-{name}"), MatchRule.MAIL, mail, START)
    return ProductUser(
        ACME,
        ProductUserId(name),
        (Address(mail, verified=True),),
        state,
        START + timedelta(days=days),
        match=match if state is UserState.CONNECTED else None,
    )


_users = st.builds(
    _user,
    st.sampled_from(NAMES),
    st.sampled_from((UserState.CONNECTED, UserState.NO_MATCH, UserState.PERSONAL)),
    st.integers(0, 20),
    st.integers(0, 1),
)
_wishes = st.builds(
    lambda user, goes, is_stale: Wish(user.user, None if goes else user, is_stale),
    _users,
    st.booleans(),
    st.booleans(),
)
_saves = st.lists(_wishes, min_size=1, max_size=6)
_rounds = st.lists(
    st.tuples(st.lists(_saves, min_size=1, max_size=4), st.lists(st.sampled_from(SLICES), max_size=2)), max_size=5
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_users, max_size=8), _rounds)
def test_slices_say_what_the_users_say_after_any_saves(
    first: list[ProductUser], rounds: list[tuple[list[list[Wish]], list[str]]]
) -> None:
    async def run() -> None:
        rows = MemoryRows()
        await TableProductUsers(rows).save([UserChange(None, user) for user in first])
        before = await _stored(rows)
        for saves, lost in rounds:
            for key in lost:
                await rows.discard(USERS, ACME, key)
            now = await _stored(rows)
            await asyncio.gather(*(_save(rows, wishes, before, now) for wishes in saves))
            await _assert_true(rows)
        await RowRepair(rows).mend_roster(ACME)
        await _assert_true(rows)

    asyncio.run(run())


async def _save(
    rows: MemoryRows,
    wishes: list[Wish],
    before: dict[ProductUserId, Stored[ProductUser]],
    now: dict[ProductUserId, Stored[ProductUser]],
) -> None:
    """A process of its own."""
    changes = []
    for wish in {wish.user: wish for wish in wishes}.values():
        stored = (before if wish.is_stale else now).get(wish.user)
        if stored is not None or wish.becomes is not None:
            changes.append(UserChange(stored, wish.becomes))
    if changes:
        await TableProductUsers(rows).save(changes)


async def _stored(rows: MemoryRows) -> dict[ProductUserId, Stored[ProductUser]]:
    page = await TableProductUsers(rows).page(ACME, None)
    return {stored.value.user: stored for stored in page.items}


async def _assert_true(rows: MemoryRows) -> None:
    """What the slices say; where one is missing, the list comes from the users."""
    meant = {entry.user: entry for entry in await entries_of_rows(rows, ACME)}
    assert {entry.user: entry for entry in await TableRoster(rows).entries(ACME)} == meant
    assert await TableRoster(rows).counts(ACME) == standings(meant.values())


def _crowd(count: int) -> list[UserChange]:
    return [UserChange(None, _user(f"u{number:04}", UserState.NO_MATCH, number, 0)) for number in range(count)]


async def test_slices_that_one_transaction_does_not_hold_are_written_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = MemoryRows()
    await TableProductUsers(rows).save(_crowd(300))
    for key in SLICES:
        await rows.discard(USERS, ACME, key)
    rows.operations.clear()
    monkeypatch.setattr(roster_building, "TRANSACTION_BYTES", 20_000)

    assert await RowRepair(rows).mend_roster(ACME) == len(SLICES)

    assert rows.count("commit") > 3
    await _assert_true(rows)


async def test_users_whose_slices_one_transaction_does_not_hold_are_written_in_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = MemoryRows()
    await TableProductUsers(rows).save(_crowd(1))
    rows.operations.clear()
    monkeypatch.setattr(grouping, "MOST_BYTES", 40_000)

    assert await TableProductUsers(rows).save(_crowd(100)[1:]) == ()

    assert rows.count("commit") > 5
    await _assert_true(rows)


def test_a_slice_that_was_written_before_there_were_accounts_of_ones_own_is_read() -> None:
    entry = entry_of(_user("u1", UserState.CONNECTED, 1, 0))
    earlier = {name: value for name, value in msgspec.to_builtins(entry).items() if name != "accounts"}
    packed = zlib.compress(msgspec.msgpack.encode([earlier]))

    row = Row(SLICES[0], {**slice_row([entry]), **write_binary(packed)}, "version")

    assert listed_in(row) == (entry,)
