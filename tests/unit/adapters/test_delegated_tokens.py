"""Access tokens of people's own accounts: what is refused, what was only overtaken, and what is kept afterwards."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest

from shared_code.adapters.entra.delegated_tokens import MOST_TRIES, DelegatedTokens, RefreshTokenRequests
from shared_code.adapters.entra.refreshing import Refreshed
from shared_code.adapters.entra.token_request import Token
from shared_code.adapters.tables.names import USERS
from shared_code.adapters.tables.rows import Put
from shared_code.adapters.tables.token_rows import token_row_key
from shared_code.adapters.token_keys import NotWrapped, TokenKeys
from shared_code.adapters.token_vault import TableTokenVault
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.personal_account import CONSUMERS, PersonalReason
from shared_code.core.secret import Secret
from shared_code.core.token_key import TokenKey
from shared_code.errors import Disconnected, TryLater
from tests.fakes.clock import FixedClock
from tests.fakes.memory_rows import MemoryRows, Operation

LIFETIME = timedelta(minutes=75)
MAILBOX = MailboxKey("personal", CONSUMERS, UserId("00000000-0000-0000-0123-456789abcdef"))
ANN = LinkKey(MAILBOX, OrganizationId("acme"), ProductUserId("ann"))
BEN = replace(ANN, user=ProductUserId("ben"))
OLD, NEW = TokenKey("old", b"o" * 32), TokenKey("new", b"n" * 32)


@dataclass
class Entra:
    """Hands out numbered tokens; the tokens in ``refused`` are not taken. ``meanwhile`` runs before an answer."""

    clock: FixedClock
    refused: set[str] = field(default_factory=set)
    used: list[str] = field(default_factory=list)
    error: Exception | None = None
    hands_on: bool = True
    meanwhile: Callable[[], Awaitable[None]] | None = None
    sign_ins: Iterator[int] = field(default_factory=count)

    async def refresh(self, mailbox: MailboxKey, refresh_token: Secret) -> Refreshed:
        assert mailbox == MAILBOX
        self.used.append(refresh_token.reveal())
        number = len(self.used)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error
        if refresh_token.reveal() in self.refused:
            raise Disconnected("refused", PersonalReason.REVOKED)
        token = Token(f"access {number}", self.clock.now() + LIFETIME)
        return Refreshed(token, Secret(f"refresh {number}") if self.hands_on else None)


@dataclass
class Worker:
    """One process: a cache, keys and a vault of its own over the storage that all share."""

    rows: MemoryRows
    entra: Entra
    keys: tuple[TokenKey, ...] = (OLD, NEW)

    def __post_init__(self) -> None:
        self.vault = TableTokenVault(self.rows, TokenKeys(self.keys, NotWrapped()), self.entra.clock)
        requests = RefreshTokenRequests(self.vault, self.entra)
        self.tokens = DelegatedTokens(requests, self.entra.clock)

    async def keep(self, refresh_token: str, link: LinkKey = ANN) -> None:
        """As that of a sign-in later than all before."""
        sealed = await self.vault.seal(link, Secret(refresh_token))
        signed_in_at = self.entra.clock.now() + timedelta(seconds=next(self.entra.sign_ins))
        await self.vault.keep(link, replace(sealed, signed_in_at=signed_in_at))

    async def kept(self, link: LinkKey = ANN) -> tuple[str, str] | None:
        """The key's id, and the token."""
        stored = await self.vault.find(link)
        return None if stored is None else (stored.value.key_id, (await self.vault.open(link, stored.value)).reveal())


@pytest.fixture
def entra() -> Entra:
    return Entra(FixedClock())


@pytest.fixture
async def worker(entra: Entra) -> Worker:
    first = Worker(MemoryRows(), entra)
    await first.keep("refresh 0")
    return first


async def test_the_newest_refresh_token_is_kept_in_place_of_the_used_one(worker: Worker, entra: Entra) -> None:
    first = await worker.tokens.get(ANN)
    entra.clock.advance(LIFETIME)
    second = await worker.tokens.get(ANN)

    assert (first, second) == ("access 1", "access 2")
    assert entra.used == ["refresh 0", "refresh 1"]
    assert await worker.kept() == ("new", "refresh 2")


async def test_an_access_token_is_used_until_shortly_before_its_end(worker: Worker, entra: Entra) -> None:
    tokens = {await worker.tokens.get(ANN) for _ in range(5)}

    assert (tokens, entra.used) == ({"access 1"}, ["refresh 0"])


async def test_many_who_read_one_link_at_once_cost_one_refresh(worker: Worker, entra: Entra) -> None:
    tokens = await asyncio.gather(*(worker.tokens.get(ANN) for _ in range(20)))

    assert (set(tokens), entra.used) == ({"access 1"}, ["refresh 0"])


async def test_two_users_of_one_account_have_tokens_of_their_own(worker: Worker, entra: Entra) -> None:
    await worker.keep("refresh of ben", BEN)

    tokens = [await worker.tokens.get(link) for link in (ANN, BEN)]

    assert tokens == ["access 1", "access 2"]
    assert entra.used == ["refresh 0", "refresh of ben"]


async def test_an_answer_without_a_refresh_token_leaves_the_old_one(worker: Worker, entra: Entra) -> None:
    entra.hands_on = False
    writes = worker.rows.count("commit")

    await worker.tokens.get(ANN)

    assert await worker.kept() == ("new", "refresh 0")
    assert worker.rows.count("commit") == writes


@pytest.mark.parametrize(("hands_on", "expected"), [(True, "refresh 1"), (False, "refresh 0")])
async def test_what_an_old_key_has_sealed_is_sealed_anew_when_it_is_used(
    entra: Entra, hands_on: bool, expected: str
) -> None:
    rows = MemoryRows()
    await Worker(rows, entra, (OLD,)).keep("refresh 0")
    entra.hands_on = hands_on
    rotated = Worker(rows, entra, (OLD, NEW))

    before = await rotated.kept()
    await rotated.tokens.get(ANN)

    assert before == ("old", "refresh 0")
    assert await rotated.kept() == ("new", expected)
    assert await Worker(rows, entra, (NEW,)).kept() == ("new", expected)


async def test_a_refusal_of_the_newest_token_says_why(worker: Worker, entra: Entra) -> None:
    entra.refused = {"refresh 0"}

    with pytest.raises(Disconnected) as caught:
        await worker.tokens.get(ANN)

    assert caught.value.reason == PersonalReason.REVOKED
    assert entra.used == ["refresh 0"]
    assert await worker.kept() == ("new", "refresh 0")


async def test_a_token_that_another_worker_has_replaced_is_not_the_newest(worker: Worker, entra: Entra) -> None:
    other = Worker(worker.rows, entra)

    async def overtake() -> None:
        await other.tokens.get(ANN)
        entra.refused = {"refresh 0"}

    entra.meanwhile = overtake

    token = await worker.tokens.get(ANN)

    assert token == "access 3"
    assert entra.used == ["refresh 0", "refresh 0", "refresh 2"]
    assert await worker.kept() == ("new", "refresh 3")


async def test_somebody_who_signs_in_again_meanwhile_is_not_asked_to(worker: Worker, entra: Entra) -> None:
    entra.refused = {"refresh 0"}
    entra.meanwhile = lambda: worker.keep("refresh of the new sign-in")

    assert await worker.tokens.get(ANN) == "access 2"
    assert await worker.kept() == ("new", "refresh 2")


async def test_two_workers_that_refresh_at_once_both_go_on_and_one_token_is_kept(worker: Worker, entra: Entra) -> None:
    workers = [worker, *(Worker(worker.rows, entra) for _ in range(5))]

    for _ in range(10):
        tokens = await asyncio.gather(*(each.tokens.get(ANN) for each in workers))
        assert len(set(tokens)) == len(workers)
        entra.clock.advance(LIFETIME)

    kept = await worker.kept()
    assert kept is not None
    assert kept[1] in {f"refresh {number}" for number in range(len(entra.used) - len(workers) + 1, len(entra.used) + 1)}


async def test_a_token_that_is_replaced_again_and_again_is_tried_later(worker: Worker, entra: Entra) -> None:
    entra.refused = {f"refresh {number}" for number in range(100)}

    async def replace_it() -> None:
        await worker.keep(f"refresh {len(entra.used)}")
        entra.meanwhile = replace_it

    entra.meanwhile = replace_it

    with pytest.raises(TryLater):
        await worker.tokens.get(ANN)

    assert len(entra.used) == MOST_TRIES


async def test_a_link_without_a_token_needs_its_owner(worker: Worker, entra: Entra) -> None:
    with pytest.raises(Disconnected) as caught:
        await worker.tokens.get(BEN)

    assert caught.value.reason == PersonalReason.TOKEN_REFUSED
    assert entra.used == []


async def test_a_token_that_was_forgotten_while_it_was_used_does_not_come_back(worker: Worker, entra: Entra) -> None:
    entra.meanwhile = lambda: worker.vault.forget(ANN)

    await worker.tokens.get(ANN)

    assert await worker.kept() is None


async def test_a_token_that_was_forgotten_while_it_was_refused_is_refused(worker: Worker, entra: Entra) -> None:
    entra.refused = {"refresh 0"}
    entra.meanwhile = lambda: worker.vault.forget(ANN)

    with pytest.raises(Disconnected):
        await worker.tokens.get(ANN)


async def test_a_row_that_was_copied_to_somebody_else_opens_nothing(
    worker: Worker, entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    row = await worker.rows.find(USERS, ANN.organization, token_row_key(ANN))
    assert row is not None
    await worker.rows.commit(USERS, BEN.organization, [Put(token_row_key(BEN), row.properties)])

    with pytest.raises(Disconnected) as caught:
        await worker.tokens.get(BEN)

    assert caught.value.reason == PersonalReason.TOKEN_REFUSED
    assert entra.used == []
    assert "refresh_token_forged" in caplog.text


async def test_a_key_that_is_missing_asks_nobody_to_sign_in_again(worker: Worker, entra: Entra) -> None:
    with pytest.raises(TryLater):
        await Worker(worker.rows, entra, (OLD,)).tokens.get(ANN)

    assert entra.used == []


async def test_a_passing_fault_leaves_everything_as_it_is(worker: Worker, entra: Entra) -> None:
    entra.error = TryLater("not now", timedelta(seconds=17))

    with pytest.raises(TryLater) as caught:
        await worker.tokens.get(ANN)
    entra.error = None

    assert caught.value.retry_after == timedelta(seconds=17)
    assert await worker.kept() == ("new", "refresh 0")
    assert await worker.tokens.get(ANN) == "access 2"


async def test_a_storage_that_fails_at_the_last_step_takes_the_access_token_from_nobody(
    worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    def fail_to_write(operation: Operation) -> None:
        if operation.kind == "commit":
            raise TryLater("storage is busy")

    worker.rows.on_operation = fail_to_write

    with caplog.at_level(logging.INFO, "orgcal"):
        token = await worker.tokens.get(ANN)

    assert token == "access 1"
    assert "refresh_token_not_saved" in caplog.text
    assert await worker.kept() == ("new", "refresh 0")


@pytest.mark.parametrize("asked_by", [0, 1], ids=["where_they_signed_in", "another_process"])
async def test_a_young_token_that_opened_too_little_is_replaced_once_its_owner_has_signed_in_again(
    worker: Worker, entra: Entra, asked_by: int
) -> None:
    workers = [worker, Worker(worker.rows, entra)]
    denied = [await each.tokens.get(ANN) for each in workers]
    before = await workers[asked_by].tokens.replace_old(ANN, denied[asked_by])

    await worker.keep("refresh of the new sign-in")
    given = await workers[asked_by].tokens.replace_old(ANN, denied[asked_by])

    assert before is None
    assert entra.used[-1] == "refresh of the new sign-in"
    assert given == f"access {len(entra.used)}" == await workers[asked_by].tokens.get(ANN)


async def test_the_token_of_a_new_sign_in_is_believed_when_it_opens_too_little(worker: Worker, entra: Entra) -> None:
    denied = await worker.tokens.get(ANN)
    await worker.keep("refresh of the new sign-in")
    newer = await worker.tokens.replace_old(ANN, denied)
    assert newer is not None

    assert await worker.tokens.replace_old(ANN, newer) is None

    assert entra.used == ["refresh 0", "refresh of the new sign-in"]


async def test_a_second_token_that_graph_refuses_is_replaced_once_its_owner_has_signed_in_again(
    worker: Worker, entra: Entra
) -> None:
    second = await worker.tokens.replace(ANN, await worker.tokens.get(ANN))
    before = await worker.tokens.replace(ANN, second)

    await worker.keep("refresh of the new sign-in")
    given = await worker.tokens.replace(ANN, second)

    assert (before, given) == (second, "access 3")
    assert entra.used[-1] == "refresh of the new sign-in"


async def test_what_other_processes_refresh_is_no_new_sign_in(worker: Worker, entra: Entra) -> None:
    denied = await worker.tokens.get(ANN)
    await Worker(worker.rows, entra).tokens.get(ANN)

    assert await worker.tokens.replace_old(ANN, denied) is None

    assert entra.used == ["refresh 0", "refresh 1"]


async def test_a_sign_in_that_is_kept_twice_is_one(worker: Worker, entra: Entra) -> None:
    sealed = await worker.vault.seal(ANN, Secret("refresh of the new sign-in"))
    await worker.vault.keep(ANN, sealed)
    denied = await worker.tokens.get(ANN)
    await worker.vault.keep(ANN, sealed)

    assert await worker.tokens.replace_old(ANN, denied) is None

    assert entra.used == ["refresh of the new sign-in"]


async def test_many_who_meet_a_token_of_before_cost_one_refresh(worker: Worker, entra: Entra) -> None:
    denied = await worker.tokens.get(ANN)
    await worker.keep("refresh of the new sign-in")

    given = await asyncio.gather(*(worker.tokens.replace_old(ANN, denied) for _ in range(20)))

    assert set(given) == {"access 2"}
    assert entra.used == ["refresh 0", "refresh of the new sign-in"]


async def test_an_account_that_is_gone_meanwhile_is_refused_as_before(worker: Worker, entra: Entra) -> None:
    denied = await worker.tokens.get(ANN)
    await worker.vault.forget(ANN)

    assert await worker.tokens.replace_old(ANN, denied) is None

    assert entra.used == ["refresh 0"]


async def test_storage_that_cannot_say_whether_somebody_has_signed_in_lets_nothing_be_concluded(
    worker: Worker,
) -> None:
    def fail(_: Operation) -> None:
        raise TryLater("storage is busy")

    denied = await worker.tokens.get(ANN)
    worker.rows.on_operation = fail

    with pytest.raises(TryLater):
        await worker.tokens.replace_old(ANN, denied)


async def test_a_token_in_use_costs_no_look_at_its_row(worker: Worker) -> None:
    await worker.tokens.get(ANN)
    reads = worker.rows.count("find")

    for _ in range(5):
        await worker.tokens.get(ANN)

    assert worker.rows.count("find") == reads


async def test_a_row_of_before_sign_ins_were_noted_is_like_any_other(worker: Worker, entra: Entra) -> None:
    row = await worker.rows.find(USERS, ANN.organization, token_row_key(ANN))
    assert row is not None
    kept = json.loads(str(row.properties["data"]))
    del kept["signed_in_at"]
    await worker.rows.commit(USERS, ANN.organization, [Put(row.key, {"v": 1, "data": json.dumps(kept)})])
    denied = await worker.tokens.get(ANN)

    unchanged = await worker.tokens.replace_old(ANN, denied)
    await worker.keep("refresh of the new sign-in")

    assert unchanged is None
    assert await worker.tokens.replace_old(ANN, denied) == "access 2"


async def test_no_token_is_written_to_a_log(worker: Worker, entra: Entra, caplog: pytest.LogCaptureFixture) -> None:
    entra.refused = {"refresh 1"}

    with caplog.at_level(logging.DEBUG):
        await worker.tokens.get(ANN)
        entra.clock.advance(LIFETIME)
        with pytest.raises(Disconnected) as caught:
            await worker.tokens.get(ANN)

    said = f"{caplog.text}{caught.value}{await worker.vault.find(ANN)}{Secret('refresh 0')!r}"
    assert not [word for word in ("refresh 0", "refresh 1", "access 1") if word in said]
