"""What a mailbox's links may be read through: connections of organisations, and accounts of people's own."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shared_code.core.access import OVER_AND_DONE, Access, through_account, through_connection
from shared_code.core.connection import Connection
from shared_code.core.ids import OrganizationId
from shared_code.core.mailbox import Link
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.policy import Policy
from shared_code.errors import OrgcalError
from shared_code.ports import OrganizationRecords, ProductUsers, Stored


class FindsOrganizations(Protocol):
    async def find(self, organization: OrganizationId) -> OrganizationRecords | None: ...


class OncePerOrganization:
    """Finds each organisation once, or fails once, however many ask for it and whether or not at the same time."""

    def __init__(self, organizations: FindsOrganizations) -> None:
        self._organizations = organizations
        self._found: dict[OrganizationId, OrganizationRecords | None] = {}
        self._failed: dict[OrganizationId, OrgcalError] = {}
        self._turns: defaultdict[OrganizationId, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find(self, organization: OrganizationId) -> OrganizationRecords | None:
        async with self._turns[organization]:
            if organization in self._failed:
                raise self._failed[organization]
            if organization not in self._found:
                await self._find(organization)
        return self._found[organization]

    async def _find(self, organization: OrganizationId) -> None:
        try:
            self._found[organization] = await self._organizations.find(organization)
        except OrgcalError as error:
            self._failed[organization] = error
            raise


type Giver = Stored[Connection] | PersonalAccount
"""Who hears of it when what they have opened is shut."""


@dataclass(frozen=True)
class ConnectedLink:
    link: Stored[Link]
    access: Access
    giver: Giver | None  # None if it, or its whole organisation, is gone or leaving
    policy: Policy


@dataclass(frozen=True)
class ServedLink:
    """A link that may be read now, as far as we know."""

    link: Stored[Link]
    access: Access
    giver: Giver
    policy: Policy

    def wait(self, now: datetime) -> timedelta:
        """How long its whole tenant is not to be asked."""
        return self.access.wait(now)


async def find_connections(
    organizations: FindsOrganizations, users: ProductUsers, links: Sequence[Stored[Link]]
) -> list[ConnectedLink]:
    """One query an organisation, and for each personal link a read of its user."""
    once = OncePerOrganization(organizations)
    records = [await once.find(link.value.key.organization) for link in links]
    return [await _connected(link, found, users) for link, found in zip(links, records, strict=True)]


def served(links: Sequence[ConnectedLink]) -> list[ServedLink]:
    """Those that their giver opens now, and whose mailbox was not refused to it."""
    return [
        ServedLink(found.link, found.access, found.giver, found.policy)
        for found in links
        if found.giver is not None and found.access.is_open
    ]


async def _connected(link: Stored[Link], records: OrganizationRecords | None, users: ProductUsers) -> ConnectedLink:
    if records is None or records.organization.value.leaving:
        return ConnectedLink(link, OVER_AND_DONE, None, Policy())
    policy = records.organization.value.policy
    if link.value.key.mailbox.is_personal:
        account = await _find_account(link.value, users)
        return ConnectedLink(link, through_account(account, link.value), account, policy)
    connection = records.connection(link.value.connection)
    access = through_connection(connection.value if connection is not None else None, link.value)
    return ConnectedLink(link, access, connection, policy)


async def _find_account(link: Link, users: ProductUsers) -> PersonalAccount | None:
    stored = await users.find(link.key.organization, link.key.user)
    return stored.value.find_personal(link.key.mailbox) if stored is not None else None
