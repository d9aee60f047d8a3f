"""Browser sessions at Entra: who is signed in, remembered by a cookie so that a later sign-in is silent."""

import secrets
from dataclasses import dataclass

COOKIE = "ESTSAUTH"


@dataclass(frozen=True, slots=True)
class Account:
    """An account in the tenant it signs in from."""

    tenant: str
    person: str


class Sessions:
    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._proven: set[str] = set()

    def open(self, account: Account) -> str:
        """The cookie's value."""
        session = secrets.token_urlsafe(24)
        self._accounts[session] = account
        return session

    def find(self, session: str | None) -> Account | None:
        return None if session is None else self._accounts.get(session)

    def prove(self, session: str | None) -> None:
        """A second factor was shown in this browser."""
        if session is not None:
            self._proven.add(session)

    def is_proven(self, session: str | None) -> bool:
        return session in self._proven

    def clear(self) -> None:
        self._accounts.clear()
        self._proven.clear()
