"""Refresh tokens of people's own accounts, by MSAL at the running stand-in: handed on, overtaken, and taken away."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from shared_code.adapters.entra.credentials import FederatedCredentials
from shared_code.adapters.tables.rows import Rows
from shared_code.core.personal_account import PersonalReason
from shared_code.errors import Disconnected, Throttled, TryLater
from tests.contract.adapters import Identity
from tests.contract.personal import PERSONAL_ACCOUNTS
from tests.contract.signed_in import KEYS, OwnAccounts, Person, Worker
from tests.contract.standin import Contoso, Running, make_certificate
from tests.fakes.memory_rows import MemoryRows
from tests.stored_bytes import bytes_at_rest


@pytest.fixture
async def accounts(contoso: Contoso, running: Running, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OwnAccounts]:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(running.ca_file))  # MSAL's
    found = OwnAccounts(contoso, running)
    await found.register()
    yield found
    await contoso.control("DELETE", "/faults")


@pytest.fixture
async def worker(accounts: OwnAccounts) -> AsyncIterator[Worker]:
    async with accounts.worker(MemoryRows()) as made:
        yield made


async def connected(accounts: OwnAccounts, worker: Worker, kind: str = "work") -> Person:
    person = await accounts.add(kind)
    await worker.keep(person.link, await accounts.sign_in(person))
    return person


async def reason_of(worker: Worker, person: Person) -> PersonalReason:
    with pytest.raises(Disconnected) as caught:
        await worker.tokens.get(person.link)
    return PersonalReason(caught.value.reason)


@pytest.mark.parametrize("kind", ["work", "outlook"])
async def test_a_refreshed_token_opens_its_owners_calendar_and_the_next_one_is_kept(
    accounts: OwnAccounts, worker: Worker, kind: str
) -> None:
    person = await connected(accounts, worker, kind)
    signed_in = await worker.kept(person.link)

    first = await worker.tokens.get(person.link)
    second = await worker.tokens.replace(person.link, first)

    assert first != second
    assert [await accounts.profile(token) for token in (first, second)] == [person.address] * 2
    assert signed_in != await worker.kept(person.link)


@pytest.mark.parametrize(("kind", "reason"), [("work", PersonalReason.INACTIVE), ("outlook", PersonalReason.REVOKED)])
async def test_a_token_that_nobody_used_for_long_needs_its_owner(
    accounts: OwnAccounts, worker: Worker, kind: str, reason: PersonalReason
) -> None:
    person = await connected(accounts, worker, kind)
    await accounts.contoso.control("PATCH", "/settings", {"refresh_token_lifetime_seconds": 0})

    try:
        assert await reason_of(worker, person) == reason
    finally:
        lifetime = {"refresh_token_lifetime_seconds": 90 * 24 * 3600}
        await accounts.contoso.control("PATCH", "/settings", lifetime)


@pytest.mark.parametrize(
    ("kind", "what"),
    [("work", "revoked"), ("work", "password_reset"), ("outlook", "revoked"), ("outlook", "password_changed")],
)
async def test_a_sign_in_that_was_ended_needs_its_owner_until_they_sign_in_again(
    accounts: OwnAccounts, worker: Worker, kind: str, what: str
) -> None:
    person = await connected(accounts, worker, kind)
    await accounts.happened(person, what)

    reason = await reason_of(worker, person)
    await worker.keep(person.link, await accounts.sign_in(person))

    assert reason == PersonalReason.REVOKED
    assert await accounts.profile(await worker.tokens.get(person.link)) == person.address


async def test_a_password_that_a_worker_changes_ends_nothing(accounts: OwnAccounts, worker: Worker) -> None:
    person = await connected(accounts, worker)

    await accounts.happened(person, "password_changed")

    assert await worker.tokens.get(person.link)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({"requires_mfa": True}, PersonalReason.MFA_REQUIRED),
        ({"sign_in_frequency_seconds": 0}, PersonalReason.SIGN_IN_TOO_OLD),
    ],
)
async def test_a_tenant_that_wants_more_of_a_sign_in_needs_its_owner(
    accounts: OwnAccounts, worker: Worker, rules: dict[str, Any], reason: PersonalReason
) -> None:
    person = await connected(accounts, worker)

    await accounts.change_tenant(**rules)

    assert await reason_of(worker, person) == reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (53003, PersonalReason.CONDITIONAL_ACCESS),
        (50105, PersonalReason.NOT_ASSIGNED),
        (700016, PersonalReason.APP_BLOCKED),
        (650052, PersonalReason.CONSENT_REQUIRED),
    ],
)
async def test_a_tenant_that_shuts_the_app_out_says_how(
    accounts: OwnAccounts, worker: Worker, code: int, reason: PersonalReason
) -> None:
    person = await connected(accounts, worker)

    await accounts.change_tenant(sign_in_refusals={accounts.client_id: code})

    assert await reason_of(worker, person) == reason


@pytest.mark.parametrize(
    ("kind", "reason"), [("work", PersonalReason.ACCOUNT_DISABLED), ("outlook", PersonalReason.REVOKED)]
)
async def test_a_disabled_account_needs_its_owner(
    accounts: OwnAccounts, worker: Worker, kind: str, reason: PersonalReason
) -> None:
    person = await connected(accounts, worker, kind)

    await accounts.change(person, accountEnabled=False)

    assert await reason_of(worker, person) == reason


@pytest.mark.parametrize(
    ("kind", "reason"), [("work", PersonalReason.CONSENT_REQUIRED), ("outlook", PersonalReason.REVOKED)]
)
async def test_a_consent_taken_back_needs_its_owner(
    accounts: OwnAccounts, worker: Worker, kind: str, reason: PersonalReason
) -> None:
    person = await connected(accounts, worker, kind)

    path = f"/tenants/{person.tenant}/people/{person.id}/consents/{accounts.client_id}"
    await accounts.contoso.control("DELETE", path)

    assert await reason_of(worker, person) == reason


async def test_an_outlook_account_is_refreshed_at_its_own_tenant(accounts: OwnAccounts, worker: Worker) -> None:
    person = await connected(accounts, worker, "outlook")
    await accounts.contoso.control("PATCH", "/settings", {"personal_refresh_over_common": False})

    try:
        token = await worker.tokens.get(person.link)
    finally:
        await accounts.contoso.control("PATCH", "/settings", {"personal_refresh_over_common": True})

    assert await accounts.profile(token) == person.address


@pytest.mark.parametrize("kind", ["work", "outlook"])
async def test_workers_that_refresh_at_once_all_read_and_the_kept_token_goes_on(
    accounts: OwnAccounts, kind: str
) -> None:
    rows = MemoryRows()
    async with AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(accounts.worker(rows)) for _ in range(3)]
        person = await connected(accounts, workers[0], kind)

        first = await asyncio.gather(*(each.tokens.get(person.link) for each in workers))
        again = await asyncio.gather(
            *(each.tokens.replace(person.link, token) for each, token in zip(workers, first, strict=True))
        )

        assert len({*first, *again}) == 6
        assert {await accounts.profile(token) for token in again} == {person.address}
        assert await workers[0].tokens.replace(person.link, again[0])


async def test_a_worker_that_holds_a_token_of_before_finds_the_one_of_the_new_sign_in(accounts: OwnAccounts) -> None:
    """It was refused with the old one, and the row has moved on when it looks again."""
    rows = OvertakenRows()
    async with accounts.worker(rows) as worker:
        person = await connected(accounts, worker)
        await accounts.happened(person, "revoked")
        newest = await accounts.sign_in(person)
        rows.after_next_find = lambda: worker.keep(person.link, newest)

        token = await worker.tokens.get(person.link)

    assert await accounts.profile(token) == person.address


async def test_a_new_key_opens_what_the_old_one_has_sealed_and_seals_what_comes(accounts: OwnAccounts) -> None:
    rows = MemoryRows()
    async with accounts.worker(rows, KEYS[:1]) as before, accounts.worker(rows) as after:
        person = await connected(accounts, before)
        sealed = await before.kept(person.link)

        token = await after.tokens.get(person.link)
        resealed = await after.kept(person.link)

    assert sealed is not None
    assert resealed is not None
    assert (sealed[0], resealed[0]) == ("old", "new")
    assert await accounts.profile(token) == person.address


async def test_the_managed_identity_refreshes_too(accounts: OwnAccounts) -> None:
    contoso = accounts.contoso
    trusted = [{"issuer": f"{contoso.base_url}/{contoso.id}/v2.0", "subject": "identity-1"}]
    await accounts.register(federated_credentials=trusted)
    identity = Identity(contoso, "identity-1")
    federated = FederatedCredentials(contoso.base_url, accounts.client_id, identity, "api://AzureADTokenExchange")

    async with accounts.worker(MemoryRows(), credentials=federated) as worker:
        person = await connected(accounts, worker, "outlook")
        await accounts.register(certificates=[], federated_credentials=trusted)
        token = await worker.tokens.get(person.link)

    assert await accounts.profile(token) == person.address


async def test_an_own_credential_that_is_refused_takes_nobodys_calendar(accounts: OwnAccounts) -> None:
    other = make_certificate()
    stranger = accounts.certificate(other.private_pem + other.public_pem)

    async with accounts.worker(MemoryRows(), credentials=stranger) as worker:
        person = await connected(accounts, worker)
        with pytest.raises(TryLater):
            await worker.tokens.get(person.link)


@pytest.mark.parametrize("answer", [{"status": 503}, {"drop_connection": True}, {"status": 400, "code": "AADSTS90033"}])
async def test_a_passing_fault_is_tried_later_and_not_at_once(
    accounts: OwnAccounts, worker: Worker, answer: dict[str, Any]
) -> None:
    person = await connected(accounts, worker)
    await fault(accounts, answer)

    with pytest.raises(TryLater):
        await worker.tokens.get(person.link)

    assert await requests_with(accounts, person) == 1


async def test_too_many_requests_wait_as_long_as_entra_says(accounts: OwnAccounts, worker: Worker) -> None:
    person = await connected(accounts, worker)
    await fault(accounts, {"status": 429, "retry_after": 17})

    with pytest.raises(Throttled) as caught:
        await worker.tokens.get(person.link)

    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == 17


@pytest.mark.parametrize("kind", ["work", "outlook"])
async def test_no_token_is_stored_or_logged_in_clear(
    accounts: OwnAccounts, rows: Rows, storage_kind: str | None, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with accounts.worker(rows) as worker:
            person = await connected(accounts, worker, kind)
            token = await worker.tokens.get(person.link)
            await accounts.happened(person, "revoked")
            with pytest.raises(Disconnected):
                await worker.tokens.replace(person.link, token)
            stored = rows.bytes_at_rest() if isinstance(rows, MemoryRows) else bytes_at_rest(str(storage_kind))

    written = stored + "\n".join(_said_by_orgcals_side(caplog)).encode()
    secrets = await accounts.contoso.control("GET", "/secrets")
    handed = [*secrets["refresh_tokens"], *secrets["personal_access_tokens"], token]
    assert str(person.link.mailbox.user_id).encode() in written
    assert len(handed) > 2
    assert not [secret for secret in handed if secret.encode() in written]


def _said_by_orgcals_side(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Not what the browser of this test says, whose addresses hold codes."""
    return [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]


async def fault(accounts: OwnAccounts, answer: dict[str, Any]) -> None:
    wanted = {"match": {"kind": "token", "tenant": accounts.contoso.id}, "answer": answer}
    await accounts.contoso.control("POST", "/faults", wanted)


async def requests_with(accounts: OwnAccounts, person: Person) -> int:
    """Requests for a token in the person's own tenant; the sign-in's went to ``common``."""
    assert person.tenant != PERSONAL_ACCOUNTS
    logged = (await accounts.contoso.control("GET", "/requests?after=0"))["requests"]
    return sum(entry["kind"] == "token" and f"/{person.tenant}/" in entry["path"] for entry in logged)


class OvertakenRows(MemoryRows):
    """Somebody else writes right after the next row was read."""

    after_next_find: Any = None

    async def find(self, table: str, partition: str, key: str) -> Any:
        row = await super().find(table, partition, key)
        overtake, self.after_next_find = self.after_next_find, None
        if overtake is not None:
            await overtake()
        return row
