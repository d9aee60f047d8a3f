"""``Rows`` on Azure Tables."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from azure.core import MatchConditions
from azure.data.tables import TableEntity, UpdateMode
from azure.data.tables.aio import TableClient

from shared_code.adapters.storage import QUICK_RETRIES, StorageAccount, translated
from shared_code.adapters.tables.rows import (
    PAGE_ROWS,
    Change,
    Insert,
    KeyPage,
    Property,
    Put,
    Remove,
    Replace,
    Row,
    RowPage,
    Span,
)
from shared_code.adapters.tables.transactions import check_key, check_transaction
from shared_code.errors import Conflict, Gone

_READ: dict[str, Any] = {"retry_total": QUICK_RETRIES, "retry_backoff_factor": 0.1}
_WRITE: dict[str, Any] = {"retry_total": 0}
_KEYS = ("PartitionKey", "RowKey")


class AzureRows:
    def __init__(self, account: StorageAccount) -> None:
        self._account = account
        self._tables: dict[str, TableClient] = {}

    async def find(self, table: str, partition: str, key: str) -> Row | None:
        _check_keys(partition, key)
        with suppress(Gone), translated(f"reading {table}"):
            return _row_of(await self._table(table).get_entity(partition, key, **_READ))
        return None

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
        query = _filter(partition, span, after, beside)
        select = None if columns is None else [*_KEYS, *columns]
        entities, is_last = await self._query(table, query, min(limit, PAGE_ROWS), select)
        rows = tuple(_row_of(entity) if columns is None else _part_of(entity) for entity in entities)
        return RowPage(rows, None if is_last else rows[-1].key)

    async def page_keys(self, table: str, partition: str, span: Span, *, after: str | None = None) -> KeyPage:
        entities, is_last = await self._query(table, _filter(partition, span, after), PAGE_ROWS, list(_KEYS))
        keys = tuple(entity["RowKey"] for entity in entities)
        return KeyPage(keys, None if is_last else keys[-1])

    async def first_partition(self, table: str, start: str, end: str) -> str | None:
        _check_keys(start, end)
        query = f"PartitionKey ge {_quoted(start)} and PartitionKey lt {_quoted(end)}"
        entities, _ = await self._query(table, query, 1, list(_KEYS))
        return entities[0]["PartitionKey"] if entities else None

    async def commit(self, table: str, partition: str, changes: Sequence[Change]) -> tuple[str, ...]:
        check_transaction(table, changes)
        _check_keys(partition, *(change.key for change in changes))
        try:
            with translated(f"writing {table}"):
                if len(changes) == 1 and not isinstance(changes[0], Remove):
                    return (await self._write(table, partition, changes[0]),)
                operations = [_operation(partition, change) for change in changes]
                answers = await self._table(table).submit_transaction(operations, **_WRITE)
        except Gone as error:
            raise Conflict(str(error)) from error
        return tuple(answer.get("etag", "") for answer in answers)

    async def discard(self, table: str, partition: str, key: str) -> None:
        _check_keys(partition, key)
        with suppress(Gone), translated(f"deleting from {table}"):
            await self._table(table).delete_entity(partition, key, **_READ)

    async def _write(self, table: str, partition: str, change: Insert | Replace | Put) -> str:
        """A single change costs half of what a transaction of one does."""
        client, entity = self._table(table), _entity(partition, change.key, change.properties)
        match change:
            case Insert():
                answer = await client.create_entity(entity, **_WRITE)
            case Put():
                answer = await client.upsert_entity(entity, UpdateMode.REPLACE, **_WRITE)
            case Replace(version=version):
                answer = await client.update_entity(entity, UpdateMode.REPLACE, **_if_match(version), **_WRITE)
        return str(answer["etag"])

    async def _query(
        self, table: str, query: str, limit: int, select: list[str] | None
    ) -> tuple[list[TableEntity], bool]:
        """One page and whether it is the last; the service may cut a page short, even down to nothing."""
        with translated(f"querying {table}"):
            found = self._table(table).query_entities(query, results_per_page=limit, select=select, **_READ)
            pages = found.by_page()
            async for page in pages:
                entities = [entity async for entity in page]
                if entities:
                    return entities, getattr(pages, "continuation_token", None) is None
        return [], True

    def _table(self, name: str) -> TableClient:
        if name not in self._tables:
            self._tables[name] = self._connect(name)
        return self._tables[name]

    def _connect(self, name: str) -> TableClient:
        """Not from one service client: it would hide the transport, and with it the bound on pauses between tries."""
        settings, transport = self._account.settings, self._account.transport
        if settings.connection_string:
            return TableClient.from_connection_string(settings.connection_string.reveal(), name, transport=transport)
        return TableClient(settings.table_url, name, credential=self._account.credential, transport=transport)


def _check_keys(*keys: str) -> None:
    for key in keys:
        check_key(key)


def _filter(partition: str, span: Span, after: str | None, beside: str | None = None) -> str:
    is_inside = after is not None and after >= span.start  # the first page may have ended with the row beside the span
    start = f"RowKey gt {_quoted(after)}" if after and is_inside else f"RowKey ge {_quoted(span.start)}"
    rows = f"(RowKey lt {_quoted(span.end)} and {start})"
    if beside is not None:
        rows = f"(RowKey eq {_quoted(beside)} or {rows})"
    return f"PartitionKey eq {_quoted(partition)} and {rows}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _row_of(entity: TableEntity) -> Row:
    properties = {name: value for name, value in entity.items() if name not in _KEYS}
    return Row(entity["RowKey"], properties, str(entity.metadata["etag"]))


def _part_of(entity: TableEntity) -> Row:
    return Row(entity["RowKey"], {name: value for name, value in entity.items() if name not in _KEYS}, "")


def _entity(partition: str, key: str, properties: Mapping[str, Property]) -> dict[str, Any]:
    return {"PartitionKey": partition, "RowKey": key, **properties}


def _operation(partition: str, change: Change) -> tuple[str, dict[str, Any], dict[str, Any]]:
    match change:
        case Insert(key, properties):
            return "create", _entity(partition, key, properties), {}
        case Put(key, properties):
            return "upsert", _entity(partition, key, properties), {"mode": UpdateMode.REPLACE}
        case Replace(key, properties, version):
            return "update", _entity(partition, key, properties), {"mode": UpdateMode.REPLACE, **_if_match(version)}
        case Remove(key, None):
            return "delete", _entity(partition, key, {}), {}
        case Remove(key, version):
            return "delete", _entity(partition, key, {}), _if_match(version)


def _if_match(version: str | None) -> dict[str, Any]:
    return {"etag": version, "match_condition": MatchConditions.IfNotModified}
