"""Authorization codes: short-lived, good once."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from local.microsoft365.entra.sessions import Account


@dataclass(frozen=True, slots=True)
class Code:
    """What was agreed at /authorize, to be compared at /token. ``segment`` is the tenant as the path named it."""

    value: str
    client_id: str
    segment: str
    tenant: str
    person: str
    redirect_uri: str
    scopes: tuple[str, ...]
    nonce: str | None
    challenge: str | None
    challenge_method: str
    issued_at: datetime
    home: Account
    with_mfa: bool = False
    redeemed: bool = False


class Codes:
    def __init__(self) -> None:
        self._codes: dict[str, Code] = {}

    def keep(self, code: Code) -> None:
        self._codes[code.value] = code

    def find(self, value: str) -> Code | None:
        return self._codes.get(value)

    def values(self) -> list[str]:
        return list(self._codes)

    def redeem(self, code: Code) -> None:
        self._codes[code.value] = replace(code, redeemed=True)


def new_code_value() -> str:
    return "1." + secrets.token_urlsafe(48)
