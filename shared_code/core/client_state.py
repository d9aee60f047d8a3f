"""What a subscription's ``clientState`` says, and the mark that proves it ours: no table is read for it.

The text is base64url of version, key id, registration, tenant, user, generation and an HMAC-SHA256 over all of them:
always 104 characters, of which Graph takes 128 (https://learn.microsoft.com/graph/api/resources/subscription, 2026-09).
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared_code.core.ids import MailboxKey, Registration, TenantId, UserId

VERSION = 1
LENGTH = 104  # characters
_SAID = struct.Struct(">B4sB16s16sQ")
_REGISTRATIONS: tuple[Registration, ...] = ("organizations", "personal")  # each one's place is its code


@dataclass(frozen=True)
class ClientState:
    """Whose change a notification is about, as whoever subscribed wrote it down."""

    mailbox: MailboxKey
    generation: int  # of the mailbox's subscription: the next one has the next number


def sign(state: ClientState, key: bytes) -> str:
    """Raise ``ValueError`` for ids that are not lower-case GUIDs: Entra knows no others."""
    said = _SAID.pack(
        VERSION,
        key_id(key),
        _REGISTRATIONS.index(state.mailbox.registration),
        _guid(state.mailbox.tenant),
        _guid(state.mailbox.user_id),
        state.generation,
    )
    return base64.urlsafe_b64encode(said + hmac.digest(key, said, hashlib.sha256)).decode("ascii")


def verify(text: str, keys: Sequence[bytes]) -> ClientState | None:
    """What the text says if one of the keys signed it, else None. What is compared is compared in constant time."""
    if len(text) != LENGTH or not text.isascii():
        return None
    try:
        version, signer, registration, tenant, user_id, generation = _SAID.unpack_from(base64.urlsafe_b64decode(text))
    except (ValueError, struct.error):  # the latter: characters outside the alphabet are left out, and too few remain
        return None
    key = next((key for key in keys if key_id(key) == signer), None)
    if key is None or version != VERSION or registration >= len(_REGISTRATIONS):
        return None
    mailbox = MailboxKey(
        _REGISTRATIONS[registration], TenantId(str(UUID(bytes=tenant))), UserId(str(UUID(bytes=user_id)))
    )
    state = ClientState(mailbox, generation)
    # The whole text and not only the mark: no second spelling of the same bytes is accepted.
    return state if hmac.compare_digest(sign(state, key), text) else None


def key_id(key: bytes) -> bytes:
    """Four bytes that tell the keys apart and nothing about them."""
    return hmac.digest(key, b"key id", hashlib.sha256)[:4]


def _guid(text: str) -> bytes:
    guid = UUID(text)
    if str(guid) != text:
        raise ValueError(f"{text!r} is not a lower-case GUID")
    return guid.bytes
