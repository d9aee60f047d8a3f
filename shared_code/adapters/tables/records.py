"""Records as rows: a schema version and the JSON of a core dataclass; long binary content in parts."""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, cast

import msgspec

from shared_code.adapters.tables.rows import Property, Row
from shared_code.errors import Unexpected

SCHEMA_VERSION = 1

# An entity has at most 1 MiB and a property 64 KiB, a string counting two bytes a UTF-16 unit; Azurite counts the
# base64 of binary properties.
# https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
TEXT_PART = 16_000  # characters, of at most two units
BINARY_PART = 60 * 1024
BINARY_PARTS = 11


def write_record(record: object) -> dict[str, Property]:
    text = msgspec.json.encode(record).decode()
    parts = [text[start : start + TEXT_PART] for start in range(0, len(text), TEXT_PART)]
    names = ["data", *(f"data{number:02}" for number in range(1, len(parts)))]
    return {"v": SCHEMA_VERSION, **dict(zip(names, parts, strict=True))}


def read_record[Record](kind: type[Record], row: Row) -> Record:
    """Unknown fields are passed over; Unexpected for a newer schema, or if anything is missing or wrong."""
    check_version(row)
    names = sorted(name for name in row.properties if name.startswith("data"))
    parts = [part for name in names if isinstance(part := row.properties[name], str)]
    try:
        record: Record = _decoder(cast("Hashable", kind)).decode("".join(parts))
    except msgspec.MsgspecError as error:
        # msgspec's words may repeat what is stored, which is nothing for a log.
        raise Unexpected(f"the row {row.key} holds no {kind.__name__} ({type(error).__name__})") from None
    return record


def check_version(row: Row) -> None:
    version = row.properties.get("v")
    if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        raise Unexpected(f"the row {row.key} has schema version {version!r}; known are those up to {SCHEMA_VERSION}")


def write_binary(content: bytes) -> dict[str, Property]:
    if len(content) > BINARY_PART * BINARY_PARTS:
        raise Unexpected(f"{len(content)} bytes do not fit into one row of {BINARY_PART * BINARY_PARTS}")
    parts = range(0, len(content), BINARY_PART)
    return {f"p{number:02}": content[start : start + BINARY_PART] for number, start in enumerate(parts)}


def read_binary(properties: Mapping[str, Property]) -> bytes:
    names = sorted(name for name in properties if name.startswith("p"))
    return b"".join(part for name in names if isinstance(part := properties[name], bytes))


@cache
def _decoder(kind: Hashable) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(cast("type[Any]", kind))
