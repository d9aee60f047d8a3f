"""Everything that a storage account holds, to search in."""

import base64
import binascii
import zlib
from collections.abc import Iterator
from contextlib import suppress

from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

_PEEKED_AT_ONCE = 32


def bytes_at_rest(connection_string: str) -> bytes:
    """Every name, key and property of every table, and the messages of every queue, decoded.

    Of a queue the service shows only messages that are visible now, and of those the first 32.
    """
    return b"\n".join([*_of_tables(connection_string), *_of_queues(connection_string)])


def unpacked(value: bytes) -> bytes:
    """As it stands, and what it holds if it was compressed: nobody could find anything in it otherwise."""
    with suppress(zlib.error):
        return value + b"\n" + zlib.decompress(value)
    return value


def _of_tables(connection_string: str) -> Iterator[bytes]:
    with TableServiceClient.from_connection_string(connection_string) as service:
        for table in service.list_tables():
            yield table.name.encode()
            for entity in service.get_table_client(table.name).list_entities():
                for name, value in entity.items():
                    yield name.encode()
                    yield unpacked(value) if isinstance(value, bytes) else str(value).encode()


def _of_queues(connection_string: str) -> Iterator[bytes]:
    with QueueServiceClient.from_connection_string(connection_string) as service:
        for queue in service.list_queues():
            yield str(queue.name).encode()
            for message in service.get_queue_client(str(queue.name)).peek_messages(_PEEKED_AT_ONCE):
                yield _decoded(str(message.content))


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content, validate=True)
    except binascii.Error:
        return content.encode()
