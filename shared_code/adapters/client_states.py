"""The keys behind ``clientState``: derived from the signing keys, so that one of them serves one purpose only."""

import hashlib
import hmac
from collections.abc import Sequence

from shared_code.core.client_state import ClientState, key_id, sign, verify
from shared_code.core.secret import Secret
from shared_code.errors import Forged

_PURPOSE = b"orgcal client state 1"


class SignedClientStates:
    """The last key signs, all of them verify."""

    def __init__(self, keys: Sequence[Secret]) -> None:
        if not keys:
            raise ValueError("signing needs at least one key")
        self._keys = tuple(Secret(_derived(key)) for key in keys)

    @property
    def signer(self) -> str:
        return key_id(bytes.fromhex(self._keys[-1].reveal())).hex()

    def write(self, state: ClientState) -> str:
        return sign(state, bytes.fromhex(self._keys[-1].reveal()))

    def read(self, text: str) -> ClientState:
        state = verify(text, [bytes.fromhex(key.reveal()) for key in self._keys])
        if state is None:
            raise Forged("client_state")
        return state


def _derived(key: Secret) -> str:
    """Hexadecimal, because a ``Secret`` holds text."""
    return hmac.digest(key.reveal().encode(), _PURPOSE, hashlib.sha256).hex()
