"""Where one-time links into the portal, and the sessions that they become, are kept."""

from typing import Protocol

from shared_code.core.portal_session import PortalSession
from shared_code.ports import Stored


class PortalSessions(Protocol):
    """Beside the sign-ins, and forgotten with them: ``Due`` of kind ``sign_in``."""

    async def create(self, session: PortalSession) -> None: ...

    async def find(self, session: str) -> Stored[PortalSession] | None: ...

    async def save(self, stored: Stored[PortalSession], changed: PortalSession) -> None:
        """Conflict if it has moved on, or is gone."""
        ...

    async def forget(self, session: str) -> None: ...
