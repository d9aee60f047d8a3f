"""Signed words that travel through browsers: activation links and states."""

import hashlib
from collections.abc import Mapping, Sequence

from itsdangerous import BadData, URLSafeSerializer

from shared_code.core.secret import Secret
from shared_code.errors import Forged

# The library's own default digest is SHA-1.
_SIGNING = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


class SignedSeals:
    """The last key signs, all of them verify; a purpose is the salt, so a seal made for one opens for no other."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        if not keys:
            raise ValueError("sealing needs at least one key")
        self._keys = tuple(keys)

    def seal(self, purpose: str, content: Mapping[str, str | int]) -> str:
        """Unpadded base64url and dots, fit for a query string; readable by whoever holds it."""
        sealed = self._serializer(purpose).dumps(dict(content))
        return sealed if isinstance(sealed, str) else sealed.decode("ascii")

    def open(self, purpose: str, sealed: str) -> dict[str, str | int]:
        try:
            content = self._serializer(purpose).loads(sealed)
        except (BadData, UnicodeEncodeError) as error:  # the latter: a lone surrogate in a query string
            raise Forged("seal") from error
        return dict(content)

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        keys = [key.reveal() for key in self._keys]
        return URLSafeSerializer(keys, salt=purpose, signer_kwargs=_SIGNING)
