"""New ids and secrets from the operating system's randomness."""

import secrets
from string import ascii_lowercase, digits

ID_LENGTH = 26  # 134 bits
_ALPHABET = ascii_lowercase + digits


class SystemChance:
    def new_id(self) -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))

    def new_secret(self) -> str:
        return secrets.token_urlsafe(32)
