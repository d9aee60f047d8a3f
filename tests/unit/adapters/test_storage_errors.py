"""What storage says becomes one of our errors; a small server on the loopback address says it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from shared_code.adapters import storage
from shared_code.adapters.health import StorageHealth
from shared_code.adapters.queues import StorageQueues
from shared_code.adapters.storage import QUICK_RETRIES, StorageAccount
from shared_code.adapters.tables.azure_rows import AzureRows
from shared_code.adapters.tables.rows import EVERYTHING, Change, Insert, Put, Remove, Replace
from shared_code.core.ids import ConnectionId, OrganizationId
from shared_code.core.secret import Secret
from shared_code.errors import Conflict, OrgcalError, TryLater, Unexpected
from shared_code.messages import CheckGrant
from shared_code.settings import Storage

GRANT = CheckGrant(organization=OrganizationId("acme"), connection=ConnectionId("c-1"))
NOT_LISTENING = "http://127.0.0.1:9"


class Service:
    """Answers every request alike, and counts them."""

    def __init__(self) -> None:
        self.status = 503
        self.code = "ServerBusy"
        self.headers: dict[str, str] = {}
        self.requests = 0
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.requests += 1
        self.asked.append(request.path_qs)
        await request.read()
        body: dict[str, Any] = {"odata.error": {"code": self.code, "message": {"lang": "en", "value": "Said so."}}}
        if self.status == 200:
            body = {"access_token": self.code, "expires_on": "4102444800", "resource": "r", "token_type": "Bearer"}
        return web.json_response(body, status=self.status, headers={"x-ms-error-code": self.code, **self.headers})


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs' tries follow one another at once: their number counts here, not their time."""
    monkeypatch.setattr(storage, "LONGEST_RETRY_PAUSE", 0.0)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
async def account(service: Service) -> AsyncIterator[StorageAccount]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    account = _account_at(f"http://127.0.0.1:{runner.addresses[0][1]}")
    yield account
    await account.close()
    await runner.cleanup()


def _account_at(address: str) -> StorageAccount:
    key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
    connection = f"AccountName=a;AccountKey={key};TableEndpoint={address}/a;QueueEndpoint={address}/a;"
    return StorageAccount(Storage(Secret(connection), address, address, ""))


async def _raised(account: StorageAccount) -> dict[str, type[OrgcalError]]:
    """What each way of writing raises."""
    rows = AzureRows(account)
    changes: dict[str, Change] = {
        "insert": Insert("a", {}),
        "put": Put("a", {}),
        "replace": Replace("a", {}, "1"),
        "remove": Remove("a"),
    }
    raised = {}
    for name, change in changes.items():
        with pytest.raises(OrgcalError) as caught:
            await rows.commit("users", "acme", [change])
        raised[name] = caught.type
    return raised


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_passing_fault_says_try_later(account: StorageAccount, service: Service, status: int) -> None:
    service.status = status

    assert set((await _raised(account)).values()) == {TryLater}
    for read in (AzureRows(account).find("users", "acme", "a"), AzureRows(account).page("users", "acme", EVERYTHING)):
        with pytest.raises(TryLater):
            await read


async def test_a_time_that_storage_names_is_passed_on_but_not_waited_for(
    account: StorageAccount, service: Service
) -> None:
    service.headers = {"Retry-After": "300"}

    with pytest.raises(TryLater) as caught:
        await AzureRows(account).find("users", "acme", "a")

    assert caught.value.retry_after == timedelta(minutes=5)


async def test_a_write_is_sent_once_and_a_read_three_times(account: StorageAccount, service: Service) -> None:
    rows = AzureRows(account)

    with pytest.raises(TryLater):
        await rows.commit("users", "acme", [Insert("a", {}), Insert("b", {})])
    writes, service.requests = service.requests, 0
    with pytest.raises(TryLater):
        await rows.find("users", "acme", "a")

    assert (writes, service.requests) == (1, 1 + QUICK_RETRIES)


async def test_storage_is_asked_directly_whatever_the_environment_names(
    account: StorageAccount, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", NOT_LISTENING)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(TryLater):
        await AzureRows(account).find("users", "acme", "a")

    assert service.requests == 1 + QUICK_RETRIES


@pytest.mark.parametrize(("status", "code"), [(409, "EntityAlreadyExists"), (412, "UpdateConditionNotSatisfied")])
async def test_a_version_that_moved_on_is_a_conflict(
    account: StorageAccount, service: Service, status: int, code: str
) -> None:
    service.status, service.code = status, code

    assert set((await _raised(account)).values()) == {Conflict}


async def test_a_row_that_is_gone_is_a_conflict_for_writers_and_nothing_for_readers(
    account: StorageAccount, service: Service
) -> None:
    service.status, service.code = 404, "ResourceNotFound"

    raised = await _raised(account)
    assert (raised["replace"], raised["remove"]) == (Conflict, Conflict)
    assert await AzureRows(account).find("users", "acme", "a") is None
    await AzureRows(account).discard("users", "acme", "a")


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "TableNotFound"), (400, "InvalidInput"), (403, "AuthenticationFailed"), (413, "RequestBodyTooLarge")],
)
async def test_anything_else_is_unexpected(account: StorageAccount, service: Service, status: int, code: str) -> None:
    service.status, service.code = status, code

    assert set((await _raised(account)).values()) == {Unexpected}
    with pytest.raises(Unexpected, match=code):
        await AzureRows(account).find("users", "acme", "a")
    with pytest.raises(Unexpected, match=code):
        await AzureRows(account).page("users", "acme", EVERYTHING)


async def test_storage_that_does_not_listen_says_try_later() -> None:
    account = _account_at(NOT_LISTENING)

    with pytest.raises(TryLater):
        await AzureRows(account).find("users", "acme", "a")
    with pytest.raises(TryLater):
        await AzureRows(account).commit("users", "acme", [Insert("a", {})])
    with pytest.raises(TryLater):
        await StorageQueues(account).send(GRANT)

    await account.close()


async def test_a_queue_that_is_busy_says_try_later(account: StorageAccount, service: Service) -> None:
    with pytest.raises(TryLater):
        await StorageQueues(account).send(GRANT)
    with pytest.raises(TryLater):
        await StorageQueues(account).send_many([GRANT, GRANT])


async def test_health_names_the_parts_that_do_not_answer(account: StorageAccount) -> None:
    assert await StorageHealth(AzureRows(account), StorageQueues(account)).failing_parts() == ("tables", "queues")


async def test_no_key_is_in_an_error_or_shown(account: StorageAccount, service: Service) -> None:
    service.status, service.code = 403, "AuthenticationFailed"

    with pytest.raises(Unexpected) as caught:
        await AzureRows(account).find("users", "acme", "a")

    assert "c2VjcmV0" not in f"{caught.value!r} {account!r} {account.settings!r}"


@pytest.mark.parametrize(("status", "code"), [(503, "busy"), (200, "a token")])
async def test_an_account_without_keys_is_asked_with_the_token_of_the_managed_identity(
    account: StorageAccount, service: Service, monkeypatch: pytest.MonkeyPatch, status: int, code: str
) -> None:
    """The service stands for the identity endpoint; storage itself does not listen."""
    service.status, service.code = status, code
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{account.settings.table_url}/token")
    monkeypatch.setenv("IDENTITY_HEADER", "header")
    keyless = StorageAccount(Storage(Secret(""), "https://127.0.0.1:9", "https://127.0.0.1:9", "identity-of-the-app"))

    with pytest.raises(TryLater):
        await AzureRows(keyless).find("users", "acme", "a")
    with pytest.raises(TryLater):
        await StorageQueues(keyless).send(GRANT)

    await keyless.close()
    assert all("client_id=identity-of-the-app" in asked for asked in service.asked)
    assert all("resource=https://storage.azure.com" in asked for asked in service.asked)
    assert service.asked
