"""Refresh tokens at rest, in memory and in Azurite: sealed for one link, kept by version, gone with their account."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.rows import Put, Rows
from shared_code.adapters.tables.token_rows import SETTLED, token_row_key
from shared_code.adapters.token_keys import NotWrapped, TokenKeys
from shared_code.adapters.token_vault import TableTokenVault
from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.product_user import ProductUser
from shared_code.core.secret import Secret
from shared_code.core.token_key import TokenKey
from shared_code.errors import Conflict, Forged, TryLater
from shared_code.ports import UserChange
from tests.contract.samples import ACME, NOW, OBJECT_ID, TENANT, person
from tests.fakes.clock import FixedClock
from tests.fakes.memory_rows import MemoryRows
from tests.stored_bytes import bytes_at_rest

LATER = NOW + timedelta(hours=1)
ANN = ProductUserId("ann")
LINK = LinkKey(MailboxKey("personal", TENANT, OBJECT_ID), ACME, ANN)
SECRET = "0.AXoA-a-refresh-token-that-nobody-else-may-read"
OLD, NEW = TokenKey("old", b"o" * 32), TokenKey("new", b"n" * 32)
OTHERS = [
    replace(LINK, organization=OrganizationId("acme")),
    replace(LINK, user=ProductUserId("ann2")),
    replace(LINK, mailbox=replace(LINK.mailbox, tenant=TenantId("9188040d-6c67-4c5b-b112-36a304b66dad"))),
    replace(LINK, mailbox=replace(LINK.mailbox, user_id=UserId("00000000-0000-0000-0000-000000000001"))),
    replace(LINK, organization=OrganizationId(f"{ACME}a"), user=ProductUserId("nn")),
]


def vault_over(rows: Rows, *keys: TokenKey, clock: FixedClock | None = None) -> TableTokenVault:
    return TableTokenVault(rows, TokenKeys(keys or (OLD, NEW), NotWrapped()), clock or FixedClock())


async def test_what_was_kept_is_found_and_opens(rows: Rows) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret(SECRET)))

    found = await vault.find(LINK)

    assert found is not None
    assert (found.value.key_id, (await vault.open(LINK, found.value)).reveal()) == ("new", SECRET)


async def test_a_token_that_was_never_kept_or_was_forgotten_is_not_there(rows: Rows) -> None:
    vault = vault_over(rows)
    before = await vault.find(LINK)
    await vault.keep(LINK, await vault.seal(LINK, Secret(SECRET)))

    await vault.forget(LINK)
    await vault.forget(LINK)

    assert (before, await vault.find(LINK)) == (None, None)


async def test_a_token_that_was_kept_since_is_not_forgotten_with_the_one_before(rows: Rows) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret("first")))
    before = await vault.find(LINK)
    await vault.keep(LINK, await vault.seal(LINK, Secret("second")))
    now = await vault.find(LINK)
    assert before is not None
    assert now is not None

    with pytest.raises(Conflict):
        await vault.forget_this(LINK, before)
    kept = await vault.find(LINK)
    await vault.forget_this(LINK, now)
    await vault.forget_this(LINK, now)

    assert (kept, await vault.find(LINK)) == (now, None)


@pytest.mark.parametrize(
    ("there", "comes", "stays"),
    [
        (NOW, LATER, "comes"),
        (LATER, NOW, "there"),
        (NOW, NOW, "there"),
        (None, NOW, "comes"),
        (NOW, None, "comes"),
        (None, None, "comes"),
    ],
)
async def test_the_token_of_the_last_sign_in_stays_whenever_it_is_confirmed(
    rows: Rows, there: datetime | None, comes: datetime | None, stays: str
) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, replace(await vault.seal(LINK, Secret("there")), signed_in_at=there))
    before = await vault.find(LINK)

    await vault.keep(LINK, replace(await vault.seal(LINK, Secret("comes")), signed_in_at=comes))

    after = await vault.find(LINK)
    assert before is not None
    assert after is not None
    assert (await vault.open(LINK, after.value)).reveal() == stays
    assert after.version != before.version


async def test_tokens_of_several_sign_ins_at_once_end_with_the_last(rows: Rows) -> None:
    vault = vault_over(rows)
    sealed = [
        replace(await vault.seal(LINK, Secret(f"{hour}")), signed_in_at=NOW + timedelta(hours=hour))
        for hour in (2, 4, 1, 3)
    ]

    await asyncio.gather(*(vault.keep(LINK, each) for each in sealed))

    kept = await vault.find(LINK)
    assert kept is not None
    assert (await vault.open(LINK, kept.value)).reveal() == "4"


async def test_a_refreshed_token_is_still_of_the_sign_in_that_it_came_of(rows: Rows) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, replace(await vault.seal(LINK, Secret("first")), signed_in_at=NOW))
    found = await vault.find(LINK)
    assert found is not None

    await vault.replace(LINK, found, await vault.seal(LINK, Secret("second")))

    kept = await vault.find(LINK)
    assert kept is not None
    assert kept.value.signed_in_at == NOW


async def test_two_who_replace_the_same_token_do_not_both_succeed(rows: Rows) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret("first")))
    found = await vault.find(LINK)
    assert found is not None

    await vault.replace(LINK, found, await vault.seal(LINK, Secret("second")))
    with pytest.raises(Conflict):
        await vault.replace(LINK, found, await vault.seal(LINK, Secret("third")))

    kept = await vault.find(LINK)
    assert kept is not None
    assert (await vault.open(LINK, kept.value)).reveal() == "second"


async def test_a_forgotten_token_is_not_brought_back_by_a_late_refresh(rows: Rows) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret("first")))
    found = await vault.find(LINK)
    assert found is not None
    await vault.forget(LINK)

    with pytest.raises(Conflict):
        await vault.replace(LINK, found, await vault.seal(LINK, Secret("second")))

    assert await vault.find(LINK) is None


@pytest.mark.parametrize("other", OTHERS)
async def test_a_ciphertext_moved_to_another_row_does_not_open(rows: Rows, other: LinkKey) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret(SECRET)))
    row = await rows.find(USERS, LINK.organization, token_row_key(LINK))
    assert row is not None
    await rows.commit(USERS, other.organization, [Put(token_row_key(other), row.properties)])

    moved = await vault.find(other)

    assert moved is not None
    with pytest.raises(Forged):
        await vault.open(other, moved.value)


async def test_a_changed_ciphertext_does_not_open() -> None:
    vault = vault_over(MemoryRows())
    sealed = await vault.seal(LINK, Secret(SECRET))
    other = "A" if sealed.ciphertext[30] != "A" else "B"

    for changed in (f"{sealed.ciphertext[:30]}{other}{sealed.ciphertext[31:]}", sealed.ciphertext[:20], "", "é"):
        with pytest.raises(Forged):
            await vault.open(LINK, replace(sealed, ciphertext=changed))


async def test_the_same_token_is_sealed_differently_each_time() -> None:
    vault = vault_over(MemoryRows())

    sealed = {(await vault.seal(LINK, Secret(SECRET))).ciphertext for _ in range(50)}

    assert len(sealed) == 50


async def test_the_last_key_seals_and_the_earlier_ones_open() -> None:
    rows = MemoryRows()
    early = await vault_over(rows, OLD).seal(LINK, Secret(SECRET))
    both = vault_over(rows, OLD, NEW)

    late = await both.seal(LINK, Secret(SECRET))

    assert (early.key_id, late.key_id) == ("old", "new")
    assert [(await both.open(LINK, sealed)).reveal() for sealed in (early, late)] == [SECRET, SECRET]
    assert [both.is_newest(sealed) for sealed in (early, late)] == [False, True]


async def test_a_key_that_is_not_listed_is_missed_and_not_taken_for_a_forgery(caplog: pytest.LogCaptureFixture) -> None:
    rows = MemoryRows()
    sealed = await vault_over(rows, OLD).seal(LINK, Secret(SECRET))

    with pytest.raises(TryLater):
        await vault_over(rows, NEW).open(LINK, sealed)

    assert "token_key_missing key=old" in caplog.text


async def test_another_key_of_the_same_name_opens_nothing() -> None:
    rows = MemoryRows()
    sealed = await vault_over(rows, OLD).seal(LINK, Secret(SECRET))

    with pytest.raises(Forged):
        await vault_over(rows, replace(NEW, key_id="old")).open(LINK, sealed)


async def test_no_token_is_stored_in_clear(rows: Rows, storage_kind: str | None) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret(SECRET)))

    stored = rows.bytes_at_rest() if isinstance(rows, MemoryRows) else bytes_at_rest(str(storage_kind))

    assert token_row_key(LINK).encode() in stored
    assert SECRET.encode() not in stored
    assert SECRET[5:15].encode() not in stored


async def test_tokens_do_not_come_among_the_users_when_those_are_paged(rows: Rows) -> None:
    users, vault = TableProductUsers(rows), vault_over(rows)
    await users.save([UserChange(None, person(name)) for name in ("ann", "ben", "zoe")])
    for name in ("ann", "zoe"):
        link = replace(LINK, user=ProductUserId(name))
        await vault.keep(link, await vault.seal(link, Secret(SECRET)))

    first = await users.page(ACME, None, 2)
    second = await users.page(ACME, first.next, 2)

    assert [stored.value.user for stored in (*first.items, *second.items)] == ["ann", "ben", "zoe"]
    assert second.next is None


async def test_tokens_go_with_their_organisation(rows: Rows) -> None:
    vault = vault_over(rows)
    await vault.keep(LINK, await vault.seal(LINK, Secret(SECRET)))

    await TableProductUsers(rows).forget(ACME)

    assert await vault.find(LINK) is None


async def test_tokens_without_an_account_are_dropped_and_the_others_stay(rows: Rows) -> None:
    users, vault = TableProductUsers(rows), vault_over(rows, clock=(clock := FixedClock()))
    links = [LINK, replace(LINK, user=ProductUserId("ben")), replace(LINK, user=ProductUserId("gone"))]
    await users.save([UserChange(None, with_account(person("ann"))), UserChange(None, person("ben"))])
    for link in links:
        await vault.keep(link, await vault.seal(link, Secret(SECRET)))

    early = await RowRepair(rows).drop_forsaken_tokens(ACME, clock.now() + SETTLED - timedelta(seconds=1))
    dropped = await RowRepair(rows).drop_forsaken_tokens(ACME, clock.now() + SETTLED)

    assert (early, dropped) == (0, 2)
    assert [await vault.find(link) is not None for link in links] == [True, False, False]
    assert await RowRepair(rows).drop_forsaken_tokens(ACME, clock.now() + SETTLED) == 0


def with_account(user: ProductUser) -> ProductUser:
    account = PersonalAccount(
        ConnectionId("c-personal"), TENANT, OBJECT_ID, "ann@contoso.com", PersonalState.SET_ASIDE, NOW, NOW
    )
    return replace(user, personal=(account,))


def test_a_key_does_not_show_itself() -> None:
    assert "nnnn" not in repr(NEW)
