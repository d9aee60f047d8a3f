"""Connections from the product's side: asked for, linked, looked at, confirmed."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.activation_link import expire, is_open, new_connection, reissue, repeatable_id, revoke
from shared_code.core.connection import Connection, ConnectionState, IllegalStep, check_step
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.organization import AuditEntry
from shared_code.core.told import told_of_connection
from shared_code.core.upkeep import Due, Settled
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.flows.personal_hints import hint_at_all_accounts
from shared_code.messages import HINT_DELAY, ReadMailboxes, SweepUsers
from shared_code.ports import Chance, Organizations, Queues, Seals, Stored, Upkeep

LINK_PURPOSE = "activation-link"


@dataclass(frozen=True)
class KeepConnections:
    organizations: Organizations
    acting: Acting
    upkeep: Upkeep
    queues: Queues
    seals: Seals
    chance: Chance
    base_url: str
    link_lifetime: timedelta

    async def begin(
        self, organization: OrganizationId, by: ProductUserId | None, key: str | None, now: datetime
    ) -> Connection:
        """A new connection that waits for a Microsoft administrator; with a ``key`` sent before, that time's."""
        records = await self.acting.organization(organization)
        person = await self.acting.require_administrator(organization, by)
        name = ConnectionId(self.chance.new_id()) if key is None else repeatable_id(organization, key)
        if known := records.connection(name):
            return known.value
        connection = new_connection(name, organization, person, now, self.link_lifetime)
        await self._expect_expiry(connection)
        entry = AuditEntry(now, "connection.requested", person, connection.connection)
        try:
            return (await self.organizations.add_connection(connection, entry)).value
        except Conflict:  # the same request, sent twice at once
            return (await self.get(organization, name)).value

    async def list(self, organization: OrganizationId) -> tuple[Connection, ...]:
        records = await self.acting.organization(organization)
        return tuple(stored.value for stored in records.connections)

    async def get(self, organization: OrganizationId, connection: ConnectionId) -> Stored[Connection]:
        stored = (await self.acting.organization(organization)).connection(connection)
        if stored is None:
            raise Rejected(Problem.CONNECTION_NOT_FOUND, f"There is no connection {connection} in {organization}.")
        return stored

    async def reissue(
        self,
        organization: OrganizationId,
        connection: ConnectionId,
        by: ProductUserId | None,
        key: str | None,
        now: datetime,
    ) -> Connection:
        """A fresh link; with the ``key`` of the request that issued the present one, that one."""
        person = await self.acting.require_administrator(organization, by)
        stored = await self.get(organization, connection)
        if key is not None and stored.value.link.key == key:
            return stored.value
        try:
            changed = reissue(stored.value, person, key, now, self.link_lifetime)
        except IllegalStep as error:
            raise Rejected(Problem.ILLEGAL_STATE, f"No link can be issued: {error}.") from error
        await self._expect_expiry(changed)
        entry = AuditEntry(now, "activation_link.issued", person, connection)
        return (await self.organizations.save_connection(stored, changed, entry)).value

    async def revoke(
        self, organization: OrganizationId, connection: ConnectionId, by: ProductUserId | None, now: datetime
    ) -> Connection:
        person = await self.acting.require_administrator(organization, by)
        stored = await self.get(organization, connection)
        if stored.value.link.revoked:
            return stored.value
        entry = AuditEntry(now, "activation_link.revoked", person, connection)
        return (await self.organizations.save_connection(stored, revoke(stored.value), entry)).value

    async def expire(self, organization: OrganizationId, connection: ConnectionId, now: datetime) -> datetime | None:
        """Called when a link's time may be over. The instant to call again, None if never."""
        records = await self.organizations.find(organization)
        stored = records.connection(connection) if records else None
        if stored is None or stored.value.state is not ConnectionState.PENDING:
            return None
        if now < stored.value.link.expires_at:
            return stored.value.link.expires_at
        entry = AuditEntry(now, "activation_link.expired", "orgcal", connection)
        await self.organizations.save_connection(stored, expire(stored.value), entry)
        return None

    def activation_link(self, connection: Connection, now: datetime) -> str | None:
        """The address to hand to the Microsoft administrator while it works; always the same for one generation."""
        if not is_open(connection, now):
            return None
        token = self.seals.seal(
            LINK_PURPOSE,
            {
                "o": connection.organization,
                "c": connection.connection,
                "g": connection.link.generation,
                "t": connection.link.issued_at.isoformat(),
            },
        )
        return f"{self.base_url}/connect?token={token}"

    async def sweep_now(self, organization: OrganizationId, connection: ConnectionId) -> None:
        stored = await self.get(organization, connection)
        if stored.value.tenant is None:
            raise Rejected(Problem.ILLEGAL_STATE, f"A connection that is {stored.value.state} has no tenant to sweep.")
        await self.queues.send(SweepUsers(organization=organization, connection=connection))

    async def confirm_activation(
        self, organization: OrganizationId, connection: ConnectionId, by: ProductUserId | None, now: datetime
    ) -> Connection:
        """The first match was looked at; its people may be connected."""
        person, stored = await self._administrator_and_connection(organization, connection, by)
        if stored.value.state is ConnectionState.ACTIVE and stored.value.reviewed:
            return stored.value
        if stored.value.state is not ConnectionState.REVIEW:
            raise Rejected(Problem.ILLEGAL_STATE, f"The connection is {stored.value.state}, not waiting for review.")
        check_step(stored.value.state, ConnectionState.ACTIVE)
        changed = replace(
            stored.value,
            state=ConnectionState.ACTIVE,
            reason=None,
            reviewed=True,
            activated_at=now,
            recovered_at=now,
        )
        await self.queues.send(ReadMailboxes(organization=organization, connection=connection), HINT_DELAY)
        await hint_at_all_accounts(self.queues, stored.value, changed)
        return await self._save_and_sweep(stored, changed, AuditEntry(now, "activation.confirmed", person, connection))

    async def confirm_sweep(
        self,
        organization: OrganizationId,
        connection: ConnectionId,
        by: ProductUserId | None,
        now: datetime,
        shown: int | None = None,
    ) -> Connection:
        """The held sweep may take the calendars it wanted to take; of no more people than were ``shown``, if given."""
        person, stored = await self._administrator_and_connection(organization, connection, by)
        held = stored.value.held
        if held is None:
            raise Rejected(Problem.ILLEGAL_STATE, "No sweep of this connection is held.")
        if shown is not None and held.losing > shown:
            raise Rejected(Problem.CHANGED_MEANWHILE, f"It would now take {held.losing} calendars, not {shown}.")
        changed = replace(stored.value, sweep_confirmed_at=now)
        return await self._save_and_sweep(stored, changed, AuditEntry(now, "sweep.confirmed", person, connection))

    async def confirm_domain(
        self,
        organization: OrganizationId,
        connection: ConnectionId,
        domain: str,
        by: ProductUserId | None,
        now: datetime,
    ) -> Connection:
        """Addresses of this domain count although the tenant has not proven it."""
        person, stored = await self._administrator_and_connection(organization, connection, by)
        domains = tuple(sorted({*stored.value.confirmed_domains, domain.strip().lower()}))
        changed = replace(stored.value, confirmed_domains=domains)
        entry = AuditEntry(now, "domain.confirmed", person, connection, detail=domain)
        return await self._save_and_sweep(stored, changed, entry)

    async def _administrator_and_connection(
        self, organization: OrganizationId, connection: ConnectionId, by: ProductUserId | None
    ) -> tuple[ProductUserId, Stored[Connection]]:
        stored = await self.get(organization, connection)
        return await self.acting.require_administrator(organization, by), stored

    async def _save_and_sweep(self, stored: Stored[Connection], changed: Connection, entry: AuditEntry) -> Connection:
        await self.queues.send(SweepUsers(organization=changed.organization, connection=changed.connection), HINT_DELAY)
        events = told_of_connection(stored.value, changed, entry.at)
        return (await self.organizations.save_connection(stored, changed, entry, events)).value

    async def forget_expiry(self, connection: Connection) -> None:
        """Nobody is to look at this link's end any more."""
        await self.upkeep.settle([Settled(_expiry(connection))])

    async def _expect_expiry(self, connection: Connection) -> None:
        await self.upkeep.set(_expiry(connection))


def _expiry(connection: Connection) -> Due:
    return Due(connection.link.expires_at, "link_expiry", f"{connection.organization}!{connection.connection}")
