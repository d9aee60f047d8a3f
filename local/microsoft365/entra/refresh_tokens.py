"""Refresh tokens: each use hands out a new one, and the old one stays good until it is too old itself.

learn.microsoft.com/entra/identity-platform/refresh-tokens
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from local.microsoft365.entra.sessions import Account


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """``home`` is the account that signed in, a guest's own; ``signed_in_at`` stays the same when it is renewed."""

    value: str
    client_id: str
    tenant: str
    person: str
    home: Account
    scopes: tuple[str, ...]
    segment: str
    signed_in_at: datetime
    issued_at: datetime
    with_mfa: bool


class RefreshTokens:
    def __init__(self) -> None:
        self._tokens: dict[str, RefreshToken] = {}

    def keep(self, token: RefreshToken) -> None:
        self._tokens[token.value] = token

    def find(self, value: str) -> RefreshToken | None:
        return self._tokens.get(value)

    def values(self) -> list[str]:
        return list(self._tokens)


def new_refresh_token_value() -> str:
    return "1." + secrets.token_urlsafe(120)
