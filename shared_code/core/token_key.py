"""The keys that seal refresh tokens, as a deployment lists them."""

import re
from base64 import b64decode
from dataclasses import dataclass, field

KEY_BYTES = 32  # AES-256
_NAME = re.compile(
    r"[A-Za-z0-9._-]{1,40}"
)  # of a key here; the versions that Key Vault gives are 32 hexadecimal digits
_SHORTEST_WRAPPED = 256  # bytes that 2048 bits of RSA make of any key


@dataclass(frozen=True)
class TokenKey:
    key_id: str  # stands beside whatever it has sealed
    material: bytes = field(repr=False)  # the key itself, or what the named version in Key Vault has made of it
    wrapped_by: str | None = None


def read_token_keys(text: str, *, wrapped: bool) -> tuple[TokenKey, ...]:
    """``id:base64`` with commas between, or ``id:version:base64`` of keys that Key Vault has wrapped; the last one
    seals, all of them open. ValueError if any cannot be used, or two have one id."""
    keys = tuple(_read(one.strip(), wrapped) for one in text.split(",") if one.strip())
    if len({key.key_id for key in keys}) < len(keys):
        raise ValueError("two keys have one id")
    return keys


def _read(text: str, wrapped: bool) -> TokenKey:
    *names, encoded = text.split(":")
    material = b64decode(encoded, validate=True)
    is_long_enough = len(material) >= _SHORTEST_WRAPPED if wrapped else len(material) == KEY_BYTES
    if len(names) != 1 + wrapped or not all(_NAME.fullmatch(name) for name in names) or not is_long_enough:
        raise ValueError("a key is not written as it must be")
    return TokenKey(names[0], material, names[1] if wrapped else None)
