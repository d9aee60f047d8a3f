"""The two ``Rows`` on which every storage contract is run: in memory, and Azure Tables as Azurite serves them."""

from collections.abc import AsyncIterator, Sequence
from uuid import uuid4

import pytest
from azure.data.tables import TableServiceClient

from shared_code.adapters.storage import StorageAccount
from shared_code.adapters.tables.azure_rows import AzureRows
from shared_code.adapters.tables.names import TABLES
from shared_code.adapters.tables.rows import PAGE_ROWS, Change, KeyPage, Row, RowPage, Rows, Span
from shared_code.core.secret import Secret
from shared_code.settings import Storage
from tests.fakes.memory_rows import MemoryRows


def account_at(connection_string: str) -> StorageAccount:
    return StorageAccount(Storage(Secret(connection_string), "", "", ""))


class RenamedTables:
    """Tables of its own for each test, in one account."""

    def __init__(self, rows: Rows, prefix: str) -> None:
        self._rows = rows
        self._prefix = prefix

    async def find(self, table: str, partition: str, key: str) -> Row | None:
        return await self._rows.find(self._prefix + table, partition, key)

    async def page(
        self,
        table: str,
        partition: str,
        span: Span,
        *,
        after: str | None = None,
        beside: str | None = None,
        limit: int = PAGE_ROWS,
        columns: tuple[str, ...] | None = None,
    ) -> RowPage:
        return await self._rows.page(
            self._prefix + table, partition, span, after=after, beside=beside, limit=limit, columns=columns
        )

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage:
        return await self._rows.page_keys(self._prefix + table, partition, span, after=after)

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        return await self._rows.first_partition(self._prefix + table, start, end)

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        return await self._rows.commit(self._prefix + table, partition, changes)

    async def discard(self, table: str, partition: str, key: str) -> None:
        await self._rows.discard(self._prefix + table, partition, key)


@pytest.fixture(params=["memory", pytest.param("azurite", marks=pytest.mark.azurite)])
def storage_kind(request: pytest.FixtureRequest) -> str | None:
    """None for memory, otherwise Azurite's connection string."""
    return None if request.param == "memory" else str(request.getfixturevalue("azurite"))


@pytest.fixture
async def rows(storage_kind: str | None) -> AsyncIterator[Rows]:
    if storage_kind is None:
        yield MemoryRows()
        return
    prefix = f"t{uuid4().hex[:12]}"
    with TableServiceClient.from_connection_string(storage_kind) as service:
        for table in TABLES:
            service.create_table(prefix + table)
    account = account_at(storage_kind)
    yield RenamedTables(AzureRows(account), prefix)
    await account.close()
