"""What a transaction may hold, checked before it is sent, the same for Azure and for the memory of the tests."""

import re
from collections.abc import Mapping, Sequence

from shared_code.adapters.tables.rows import TRANSACTION_ROWS, Change, Property, Remove
from shared_code.errors import Unexpected

# https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions (2026-11)
TRANSACTION_BYTES = 4 * 1024 * 1024
_BYTES_AROUND_A_CHANGE = 1_200  # the multipart headers and the JSON of one operation, measured

# https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model (2026-11)
_KEY_CHARACTERS = 512  # 1 KiB of UTF-16
_FORBIDDEN = re.compile(r"[/\\#?]")


def check_transaction(table: str, changes: Sequence[Change]) -> None:
    keys = {change.key for change in changes}
    size = sum(size_of(change) for change in changes)
    if not 1 <= len(changes) <= TRANSACTION_ROWS:
        raise Unexpected(f"{len(changes)} rows for {table} do not fit into one transaction of {TRANSACTION_ROWS}")
    if len(keys) < len(changes):
        raise Unexpected(f"a transaction for {table} changes one row twice")
    if size > TRANSACTION_BYTES:
        raise Unexpected(f"{size} bytes for {table} do not fit into one transaction of {TRANSACTION_BYTES}")


def check_key(key: str) -> None:
    if len(key) > _KEY_CHARACTERS or _FORBIDDEN.search(key) or not key.isprintable():
        raise Unexpected(f"{key!r} cannot be a key of a table")


def size_of(change: Change) -> int:
    """Bytes on the wire."""
    return _BYTES_AROUND_A_CHANGE + (0 if isinstance(change, Remove) else _size_of(change.properties))


def _size_of(properties: Mapping[str, Property]) -> int:
    return sum(_size_on_the_wire(value) for value in properties.values())


def _size_on_the_wire(value: Property) -> int:
    """Binary travels as base64; JSON inside JSON has its quotation marks escaped, and what is not ASCII."""
    match value:
        case bytes():
            return 4 * -(-len(value) // 3)
        case str():
            return len(value) + value.count('"') + 5 * (len(value) - len(value.encode("ascii", "ignore")))
        case _:
            return 12
