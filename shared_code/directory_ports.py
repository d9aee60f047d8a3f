"""What the flows need from the world to know a tenant's people.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from shared_code.core.directory import DirectoryUser, RemovedUser
from shared_code.core.ids import TenantId, UserId


@dataclass(frozen=True)
class UsersPage:
    users: tuple[DirectoryUser, ...]
    next_link: str | None


@dataclass(frozen=True)
class ChangesPage:
    changed: tuple[DirectoryUser, ...]
    removed: tuple[RemovedUser, ...]
    next_link: str | None
    delta_link: str | None  # on the last page only


class Directory(Protocol):
    """A tenant's directory. Raises TryLater, Throttled, Disconnected, StartAgain (links), Unexpected."""

    async def read_users(self, tenant: TenantId, link: str | None) -> UsersPage:
        """Up to 999 users; ``link`` is the previous page's, or None for the first."""
        ...

    async def read_changes(self, tenant: TenantId, link: str | None) -> ChangesPage:
        """A page of the delta; without a link, a first round that starts with everything."""
        ...

    async def start_changes(self, tenant: TenantId) -> str:
        """A delta link from now on, without any data."""
        ...

    async def find_user(self, tenant: TenantId, user_id: UserId) -> DirectoryUser | None: ...

    async def find_users(self, tenant: TenantId, addresses: Sequence[str]) -> tuple[DirectoryUser, ...]:
        """Everybody whose mail, user principal name or proxy addresses hold one of the addresses."""
        ...
