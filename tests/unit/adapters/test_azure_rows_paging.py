"""How many requests a page costs; a small server on the loopback address plays a service that cuts pages short."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from shared_code.adapters.storage import StorageAccount
from shared_code.adapters.tables.azure_rows import AzureRows
from shared_code.adapters.tables.partition import read_all
from shared_code.adapters.tables.rows import below
from shared_code.core.secret import Secret
from shared_code.settings import Storage


@dataclass
class Service:
    """Answers with these pages one after the other; each but the last names a continuation."""

    pages: list[list[str]]
    queries: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        keys = self.pages[len(self.queries)]
        self.queries.append(dict(request.query))
        is_last = len(self.queries) == len(self.pages)
        headers = {} if is_last else {f"x-ms-continuation-Next{part}Key": "opaque" for part in ("Partition", "Row")}
        return web.json_response({"value": [_entity(key) for key in keys]}, headers=headers)


def _entity(key: str) -> dict[str, Any]:
    return {"odata.etag": 'W/"1"', "PartitionKey": "acme", "RowKey": key, "Timestamp": "2026-03-02T09:00:00Z", "v": 1}


@pytest.fixture
def service() -> Service:
    return Service([["user!a", "user!b"], ["user!c"]])


@pytest.fixture
async def rows(service: Service) -> AsyncIterator[AzureRows]:
    app = web.Application()
    app.router.add_get("/{path:.*}", service.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}/a"
    connection = f"AccountName=a;AccountKey=c2VjcmV0;TableEndpoint={address};"
    account = StorageAccount(Storage(Secret(connection), "", "", ""))
    yield AzureRows(account)
    await account.close()
    await runner.cleanup()


async def test_a_page_is_one_request_even_if_there_is_more(rows: AzureRows, service: Service) -> None:
    page = await rows.page("users", "acme", below("user"))

    assert [row.key for row in page.rows] == ["user!a", "user!b"]
    assert page.next == "user!b"
    assert [query["$top"] for query in service.queries] == ["1000"]


async def test_an_empty_page_that_is_not_the_last_is_passed_over(rows: AzureRows, service: Service) -> None:
    service.pages.insert(0, [])

    page = await rows.page("users", "acme", below("user"))

    assert [row.key for row in page.rows] == ["user!a", "user!b"]
    assert service.queries[1]["NextRowKey"] == "opaque"


async def test_a_partition_is_read_to_its_end(rows: AzureRows, service: Service) -> None:
    found = await read_all(rows, "users", "acme", below("user"))

    assert [row.key for row in found] == ["user!a", "user!b", "user!c"]
    assert service.queries[1]["$filter"] == "PartitionKey eq 'acme' and (RowKey lt 'user\"' and RowKey gt 'user!b')"


async def test_a_cut_page_of_keys_names_the_last_of_them(rows: AzureRows, service: Service) -> None:
    page = await rows.page_keys("users", "acme", below("user"))

    assert (page.keys, page.next) == (("user!a", "user!b"), "user!b")
    assert service.queries[0]["$select"] == "PartitionKey,RowKey"
