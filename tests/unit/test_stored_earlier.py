"""What an earlier version has stored and queued can be read by this one.

The payload holds two of each record and message, one with every field and one with as few as it may have, as the
version before bookings, product events and settings wrote them. It is never written again.
"""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.rows import Row
from shared_code.messages import decode

EARLIER = json.loads((Path(__file__).parent.parent / "payloads" / "stored_before_bookings.json").read_text())


@pytest.mark.parametrize("stored", EARLIER["records"], ids=lambda stored: stored["record"])
def test_an_earlier_record_is_read(stored: dict[str, Any]) -> None:
    kind = getattr(import_module(f"shared_code.{stored['module']}"), stored["record"])

    record = read_record(kind, Row("key", {"v": 1, "data": json.dumps(stored["data"])}, "version"))

    assert isinstance(record, kind)


@pytest.mark.parametrize("queued", EARLIER["messages"], ids=lambda queued: queued["type"])
def test_an_earlier_message_is_read(queued: dict[str, Any]) -> None:
    message = decode(json.dumps(queued).encode())

    assert type(message).__name__ == queued["type"]
