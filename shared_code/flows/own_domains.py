"""Which domains are an organisation's own, by what its connections have stored."""

import asyncio

from shared_code.core.personal_shown import own_domains
from shared_code.ports import OrganizationRecords, Organizations


async def domains_of(organizations: Organizations, records: OrganizationRecords) -> frozenset[str]:
    """In these an address of somebody's own account may be shown to others."""
    organization = records.organization.value.organization
    connections = [each.value for each in records.connections]
    sweeps = await asyncio.gather(
        *(organizations.find_sweep(organization, connection.connection) for connection in connections)
    )
    return own_domains(
        (connection, None if sweep is None else sweep.value)
        for connection, sweep in zip(connections, sweeps, strict=True)
    )
