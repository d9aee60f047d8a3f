"""The keys that seal refresh tokens: each unwrapped at most once in a process, when it is first needed."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared_code.core.token_key import TokenKey
from shared_code.errors import Unexpected


class Unwrapping(Protocol):
    async def unwrap(self, key: TokenKey) -> bytes:
        """The 32 bytes; TryLater if they cannot be had just now, Unexpected if these never can."""
        ...


class NotWrapped:
    async def unwrap(self, key: TokenKey) -> bytes:
        return key.material


class TokenKeys:
    """The last key seals, all of them open."""

    def __init__(self, keys: Sequence[TokenKey], unwrapping: Unwrapping) -> None:
        self._keys = {key.key_id: key for key in keys}
        self._unwrapping = unwrapping
        self._ciphers: dict[str, AESGCM] = {}
        self._turn = asyncio.Lock()

    @property
    def newest(self) -> str:
        if not self._keys:
            raise Unexpected("ORGCAL_TOKEN_KEYS lists no key")
        return next(reversed(self._keys))

    async def cipher(self, key_id: str) -> AESGCM | None:
        """None if no such key is listed."""
        key = self._keys.get(key_id)
        if key is None:
            return None
        async with self._turn:
            if key_id not in self._ciphers:
                self._ciphers[key_id] = AESGCM(await self._unwrapping.unwrap(key))
            return self._ciphers[key_id]
