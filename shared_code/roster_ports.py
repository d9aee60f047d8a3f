"""What the list of an organisation's people needs from storage.

As in ``ports.py``, only the errors of ``shared_code.errors`` are raised.
"""

from collections.abc import Mapping
from typing import Protocol

from shared_code.core.ids import OrganizationId
from shared_code.core.roster_entry import RosterEntry, Standing


class Roster(Protocol):
    """All people of an organisation, each in a few words; as true as their rows, with which it is written."""

    async def entries(self, organization: OrganizationId) -> tuple[RosterEntry, ...]:
        """In no particular order; one query. None of an organisation that is not there."""
        ...

    async def counts(self, organization: OrganizationId) -> Mapping[Standing, int]:
        """How many there are of each connection, state and reason; one query, and small."""
        ...
