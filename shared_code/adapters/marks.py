"""Keyed hashes for bookings: keys derived from the signing keys, so that each of them serves one purpose only."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from shared_code.core.ids import BookingId, OrganizationId
from shared_code.core.secret import Secret

_MARKS, _WORDS = b"orgcal booking mark 1", b"orgcal booking words 1"
_MARK_BYTES = 20  # 32 letters and digits


class KeyedMarks:
    """The last key makes them, all are known again. A mark is stored with its booking, so it outlives its key."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        if not keys:
            raise ValueError("marking needs at least one key")
        self._keys = tuple(keys)

    def mark(self, organization: OrganizationId, booking: BookingId, generation: int) -> str:
        said = "\n".join((organization, booking, str(generation))).encode()  # no id holds a line feed
        digest = hmac.digest(self._derived(self._keys[-1], _MARKS), said, hashlib.sha256)
        return base64.b32encode(digest[:_MARK_BYTES]).decode("ascii").lower()

    def seal(self, content: bytes) -> str:
        return self._sealed(content, self._keys[-1])

    def is_sealed(self, content: bytes, sealed: str) -> bool:
        return any(hmac.compare_digest(self._sealed(content, key), sealed) for key in self._keys)

    def _sealed(self, content: bytes, key: Secret) -> str:
        return hmac.digest(self._derived(key, _WORDS), content, hashlib.sha256).hex()

    def _derived(self, key: Secret, purpose: bytes) -> bytes:
        return hmac.digest(key.reveal().encode(), purpose, hashlib.sha256)
