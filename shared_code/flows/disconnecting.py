"""A connection ends: at once for whoever asks for availability, then group by group for what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import Connection
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.leaving import OVER, after_walk, leave, needs_walk
from shared_code.core.organization import AuditEntry
from shared_code.core.personal_rhythm import looks_ahead
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.repair import next_walk
from shared_code.core.roster import forget_match, standing
from shared_code.core.sync_rules import next_turn
from shared_code.core.told import told_of_connection
from shared_code.core.upkeep import Due, Settled
from shared_code.core.user_settings import UserSettings
from shared_code.errors import Conflict
from shared_code.event_ports import ProductEvents
from shared_code.flows.acting import Acting
from shared_code.flows.connecting import KeepConnections
from shared_code.flows.dead_letters import KeepDeadLetters
from shared_code.flows.kept_bookings import KeptBookings
from shared_code.flows.organizations import next_tidying
from shared_code.flows.personal_hints import hint_at_accounts
from shared_code.flows.releasing import releases, releases_all, send_spread
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, DisconnectUsers, ForgetOrganization, LookUpUsers, SettleEverybody
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Queues, Stored, Upkeep, UserChange

GROUP = 200  # users looked at before the message hands over to its successor


@dataclass(frozen=True)
class Disconnecting:
    organizations: Organizations
    users: ProductUsers
    connections: KeepConnections
    acting: Acting
    upkeep: Upkeep
    queues: Queues
    dead_letters: KeepDeadLetters
    events: ProductEvents
    kept: KeptBookings

    async def begin(
        self,
        organization: OrganizationId,
        connection: ConnectionId,
        by: ProductUserId | None,
        now: datetime,
        *,
        purge: bool,
    ) -> Connection:
        """From now on the connection serves nobody. ``purge``: it will not even be remembered.

        Asking again for what is under way or done changes nothing."""
        person = await self.acting.require_administrator(organization, by)
        stored = await self.connections.get(organization, connection)
        if stored.value.state in OVER and (stored.value.purge or not purge):
            return stored.value
        changed = leave(stored.value, purge=purge)
        await self._announce(changed, now)
        entry = AuditEntry(now, "connection.disconnected", person, connection, detail="purged" if purge else None)
        events = told_of_connection(stored.value, changed, now)
        return (await self.organizations.save_connection(stored, changed, entry, events)).value

    async def _announce(self, connection: Connection, now: datetime) -> None:
        """Before the commit; the order may be lost, or read before the commit, but what is due stays."""
        subject = f"{connection.organization}!{connection.connection}"
        await self.upkeep.set(Due(next_turn(subject, now), "sweep", subject))
        order = DisconnectUsers(organization=connection.organization, connection=connection.connection)
        await self.queues.send(order, HINT_DELAY)

    async def run(self, message: DisconnectUsers, now: datetime) -> None:
        """Take the connection's calendars from the next group of users; finish after the last one."""
        records = await self.organizations.find(message.organization)
        stored = records.connection(message.connection) if records else None
        if stored is None or not needs_walk(stored.value, now):
            return
        page = await self.users.page(message.organization, message.after, GROUP)
        leaving = [user for user in page.items if _is_of(user.value, message.connection)]
        released = await self._release(leaving, message.released, stored.value, now)
        if stored.value.purge:
            await self._forget_choices([user for user in page.items if user not in leaving])
        if page.next is not None:
            await self.queues.send(
                DisconnectUsers(
                    organization=message.organization,
                    connection=message.connection,
                    after=ProductUserId(page.next),
                    released=released,
                )
            )
            return
        await self._finish(stored, now)

    async def _release(
        self, leaving: Sequence[Stored[ProductUser]], before: int, connection: Connection, now: datetime
    ) -> int:
        """Releases are sent before the rows change; the connection's state already tells that they are meant.

        How many were sent so far, the ``before`` of earlier groups included."""
        orders = [release for user in leaving for release in releases(user.value)]
        released = await send_spread(self.queues, orders, before)
        left = [(user, _left(user.value, now)) for user in leaving]
        for user, gone in left:
            await hint_at_accounts(self.queues, user.value, gone)
        changes = [told(user, _without_choices(gone) if connection.purge else gone) for user, gone in left]
        if await self.users.save(changes):
            raise Conflict("some users changed while they were disconnected; the message comes again")
        if leaving:
            look_up = LookUpUsers(
                organization=leaving[0].value.organization, users=tuple(user.value.user for user in leaving)
            )
            await self.queues.send(look_up, HINT_DELAY)
        return released

    async def _forget_choices(self, others: Sequence[Stored[ProductUser]]) -> None:
        """Of those whom the connection lost before it was purged; whoever has another one keeps what they chose."""
        changed = [
            (user, gone)
            for user in others
            if user.value.match is None and (gone := _without_choices(user.value)) != user.value
        ]
        if await self.users.save([UserChange(user, gone) for user, gone in changed]):
            raise Conflict("some users changed while they were forgotten; the message comes again")

    async def _finish(self, stored: Stored[Connection], now: datetime) -> None:
        connection = stored.value
        await self._forget_dues(connection, now)
        if connection.purge:
            await self.kept.forget(connection.organization, connection.connection)
        await self.organizations.drop_sweep(connection.organization, connection.connection)
        # No daily walk of this connection will see to what the hints of this one have missed.
        await self.queues.send(SettleEverybody(organization=connection.organization), HINT_DELAY)
        changed = after_walk(connection, now)
        if changed is None:
            await self.organizations.forget_connection(stored)
        else:
            await self.organizations.save_connection(stored, changed)
        state = "forgotten" if changed is None else changed.state
        say("connection_walked", connection=connection.connection, tenant=connection.tenant, state=state)

    async def forget_organization(self, message: ForgetOrganization, now: datetime) -> None:
        """Delete everything of an organisation that is leaving; its mailboxes are released by messages."""
        records = await self.organizations.find(message.organization)
        if records is None or not records.organization.value.leaving:
            return
        page = await self.users.page(message.organization, None, GROUP)
        orders = [release for user in page.items for release in releases_all(user.value)]
        released = await send_spread(self.queues, orders, message.released)
        await self.dead_letters.forget(message.organization, {(order.tenant, order.user_id) for order in orders})
        if await self.users.save([UserChange(user, None) for user in page.items]):
            raise Conflict("some users changed while they were forgotten; the message comes again")
        if page.next is not None:
            await self.queues.send(ForgetOrganization(organization=message.organization, released=released))
            return
        for due in (next_tidying(message.organization, now), *looks_ahead(message.organization, now)):
            await self.upkeep.settle([Settled(due)])
        await self._forget(records, now)

    async def _forget_dues(self, connection: Connection, now: datetime) -> None:
        await self.connections.forget_expiry(connection)
        await self.upkeep.settle([Settled(next_walk(connection, now))])

    async def _forget(self, records: OrganizationRecords, now: datetime) -> None:
        organization = records.organization.value.organization
        for connection in records.connections:
            await self._forget_dues(connection.value, now)
        await self.kept.forget(organization)
        await self.users.forget(organization)
        await self.events.forget(organization)
        await self.organizations.forget(organization)
        say("organization_forgotten", organization=organization)


def _is_of(user: ProductUser, connection: ConnectionId) -> bool:
    """Matched by this connection, or explained by it: the reason may name people of the tenant that is leaving."""
    is_matched = user.match is not None and user.match.connection == connection
    return is_matched or user.judged_by == connection


def _without_choices(user: ProductUser) -> ProductUser:
    """Whoever has accounts of their own goes by the rest of what they chose."""
    if not user.personal:
        return replace(user, settings=UserSettings())
    written = user.settings.written_mailbox
    is_own = written is not None and written.registration == "personal"
    return replace(user, settings=replace(user.settings, calendars=None, written_mailbox=written if is_own else None))


def _left(user: ProductUser, now: datetime) -> ProductUser:
    left = forget_match(user, now)
    if user.state is UserState.OPTED_OUT or user.reason == Reason.NO_VERIFIED_ADDRESS:
        return left
    lost = replace(left, state=UserState.NO_MATCH, reason=str(Reason.ORGANIZATION_DISCONNECTED))
    return standing(lost, now)
