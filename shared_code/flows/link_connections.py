"""The connections through which a mailbox's links may be read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared_code.core.connection import Connection
from shared_code.core.ids import OrganizationId
from shared_code.core.leaving import OVER
from shared_code.core.mailbox import Link
from shared_code.core.policy import Policy
from shared_code.core.sync_rules import may_read
from shared_code.ports import OrganizationRecords, Organizations, Stored


@dataclass(frozen=True)
class ConnectedLink:
    link: Stored[Link]
    connection: Stored[Connection] | None  # None if it, or its whole organisation, is gone or leaving
    policy: Policy

    @property
    def is_over(self) -> bool:
        """The link is to be released."""
        return self.connection is None or self.connection.value.state in OVER


@dataclass(frozen=True)
class ServedLink:
    """A link that may be read now, as far as we know."""

    link: Stored[Link]
    connection: Stored[Connection]
    policy: Policy

    def wait(self, now: datetime) -> timedelta:
        """How long its whole tenant is not to be asked."""
        return max((self.connection.value.not_before or now) - now, timedelta(0))


async def find_connections(organizations: Organizations, links: Sequence[Stored[Link]]) -> list[ConnectedLink]:
    """One query an organisation."""
    records: dict[OrganizationId, OrganizationRecords | None] = {}
    for link in links:
        organization = link.value.key.organization
        if organization not in records:
            records[organization] = await organizations.find(organization)
    return [_connected(link, records[link.value.key.organization]) for link in links]


def served(links: Sequence[ConnectedLink]) -> list[ServedLink]:
    """Those whose connection serves and whose mailbox was not refused to it."""
    return [
        ServedLink(found.link, found.connection, found.policy)
        for found in links
        if found.connection is not None
        and not found.link.value.is_refused
        and may_read(found.connection.value, found.link.value.key.mailbox)
    ]


def _connected(link: Stored[Link], records: OrganizationRecords | None) -> ConnectedLink:
    if records is None or records.organization.value.leaving:
        return ConnectedLink(link, None, Policy())
    return ConnectedLink(link, records.connection(link.value.connection), records.organization.value.policy)
