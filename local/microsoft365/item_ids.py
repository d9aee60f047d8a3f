"""Ids as Exchange writes them: opaque, case-sensitive, bound to one mailbox, and read back without a table.

An ordinary id names the folder that holds the item, so it changes when the item moves; an immutable one does not
(learn.microsoft.com/graph/outlook-immutable-id). A checksum makes a mistyped or re-cased id malformed, not unknown.
"""

import base64
import binascii
import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

_ORDINARY, _IMMUTABLE = b"\x00\x03\x24", b"\x00\x09\x00"  # read "AAMk" and "AAkA" in base 64, as real ids begin
_ITEM = struct.Struct(">3s4s4s12sq")
_CALENDAR = struct.Struct(">3s4s4s")
_CHECKSUM = struct.Struct(">I")
_NO_FOLDER = bytes(4)
_NOT_AN_OCCURRENCE = -(2**62)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall times are counted, whatever their zone
_EXCHANGE_UID = "040000008200E00074C5B7101A82E008"

ITEM_KEY_LENGTH = 12
FOLDER_KEY_LENGTH = 4


class MalformedId(ValueError):
    """Not an id of this mailbox at all."""


@dataclass(frozen=True, slots=True)
class ItemId:
    """``folder`` is None in an immutable id; ``due`` names the occurrence of a series."""

    item: bytes
    folder: bytes | None
    due: datetime | None = None


def digest(text: str, length: int) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:length]


def render_item_id(mailbox: bytes, item_id: ItemId) -> str:
    seconds = _NOT_AN_OCCURRENCE if item_id.due is None else int((item_id.due - _EPOCH).total_seconds())
    prefix = _IMMUTABLE if item_id.folder is None else _ORDINARY
    return _encode(_ITEM.pack(prefix, mailbox, item_id.folder or _NO_FOLDER, item_id.item, seconds))


def parse_item_id(mailbox: bytes, text: str) -> ItemId:
    """Raises: MalformedId."""
    prefix, owner, folder, item, seconds = _decode(_ITEM, text)
    if owner != mailbox:
        raise MalformedId(text)
    due = None if seconds == _NOT_AN_OCCURRENCE else _EPOCH + timedelta(seconds=seconds)
    return ItemId(item, None if prefix == _IMMUTABLE else folder, due)


def render_calendar_id(mailbox: bytes, folder: bytes) -> str:
    return _encode(_CALENDAR.pack(_ORDINARY, mailbox, folder))


def parse_calendar_id(mailbox: bytes, text: str) -> bytes:
    """Raises: MalformedId."""
    _, owner, folder = _decode(_CALENDAR, text)
    if owner != mailbox:
        raise MalformedId(text)
    return bytes(folder)


def change_key(key: bytes, revision: int) -> str:
    """Different after every change of the item; the ETag is made of it."""
    return base64.b64encode(hashlib.sha256(key + revision.to_bytes(8)).digest()[:22]).decode()


def new_uid(key: bytes) -> str:
    """A global object id of Exchange: fixed head, no instance date, then the item's own bytes."""
    return f"{_EXCHANGE_UID}{'0' * 40}10000000{hashlib.sha256(key).hexdigest()[:32].upper()}"


def instance_uid(uid: str, due: datetime | None) -> str:
    """iCalUId differs between occurrences of a series: Exchange writes the day into it ([MS-OXOCAL] 2.2.1.27)."""
    if due is None:
        return uid
    if not re.fullmatch(_EXCHANGE_UID + r"[0-9A-F]{16,}", uid, re.IGNORECASE):
        uid = f"{_EXCHANGE_UID}{'0' * 40}{_foreign_uid(uid)}"
    return f"{uid[:32]}{due.year:04X}{due.month:02X}{due.day:02X}{uid[40:]}"


def _foreign_uid(uid: str) -> str:
    data = b"vCal-Uid\x01\x00\x00\x00" + uid.encode() + b"\x00"
    return (len(data).to_bytes(4, "little") + data).hex().upper()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data + _CHECKSUM.pack(zlib.crc32(data))).decode()


def _decode(layout: struct.Struct, text: str) -> tuple[Any, ...]:
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedId(text) from None
    data, checksum = raw[:-4], raw[-4:]
    genuine = len(data) == layout.size and checksum == _CHECKSUM.pack(zlib.crc32(data))
    if not genuine or _encode(data) != text:
        raise MalformedId(text)
    return layout.unpack(data)
