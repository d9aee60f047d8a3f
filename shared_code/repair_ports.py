"""What the daily walk needs from storage, where rows of one partition no longer agree.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from datetime import datetime
from typing import Protocol

from shared_code.core.ids import ConnectionId, OrganizationId


class TableRepair(Protocol):
    async def mend_index(self, organization: OrganizationId) -> int:
        """Make the rows by which users are found agree with the users again, and say how many did not."""
        ...

    async def mend_roster(self, organization: OrganizationId) -> int:
        """Make the slices of the list of people agree with the users again, and say how many did not."""
        ...

    async def drop_forsaken_tokens(self, organization: OrganizationId, now: datetime) -> int:
        """Delete refresh tokens whose user or account is gone, and say how many there were."""
        ...

    async def drop_leftovers(self, organization: OrganizationId, connection: ConnectionId) -> int:
        """Delete batches that no match under way will read, and say how many there were."""
        ...
