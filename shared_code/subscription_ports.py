"""What the flows need from the world to be told of changes: subscriptions, and the word that proves them ours.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from shared_code.core.client_state import ClientState
from shared_code.core.ids import LinkKey, Through, UserId


@dataclass(frozen=True)
class GivenSubscription:
    """A subscription as Graph shows it; in a list it keeps the ``client_state`` to itself."""

    subscription: str
    expires_at: datetime
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    user_id: UserId | None = None  # whose events it is about; None if it is about anything else


class Subscriptions(Protocol):
    """Graph's subscriptions to all events of a mailbox: the app's in a tenant, or those of one link's person.

    Raises TryLater, Throttled, Disconnected, Unexpected; for one that is gone, Gone."""

    async def create(self, link: LinkKey, client_state: str, expires_at: datetime) -> GivenSubscription:
        """Occupied if this app has one already; Refused, NoMailbox. The returned ``expires_at`` counts."""
        ...

    async def read(self, through: Through, subscription: str) -> GivenSubscription: ...

    async def list(self, through: Through) -> tuple[GivenSubscription, ...]:
        """All that this app has in the tenant, or in the name of the link's person, as far as Graph tells: it has been
        seen to leave some out."""
        ...

    async def renew(self, through: Through, subscription: str, expires_at: datetime) -> datetime:
        """Authorizes it anew, too. What is returned counts."""
        ...

    async def delete(self, through: Through, subscription: str) -> None: ...

    def is_ours(self, given: GivenSubscription) -> bool:
        """Whether both of its addresses are this deployment's."""
        ...


class ClientStates(Protocol):
    """The word by which a subscription's notifications are known to be ours."""

    @property
    def signer(self) -> str:
        """Names the key that signs now."""
        ...

    def write(self, state: ClientState) -> str:
        """At most 128 characters."""
        ...

    def read(self, text: str) -> ClientState:
        """Forged if it is none of ours. Nothing is looked up."""
        ...
