"""The daily walk over a connection: what should hang together is looked at, mended where it does not, and counted.

Everything that it mends is mended by other ways as well, most of it within hours. So what it counts tells of a fault in
those ways, or of somebody's hand in the tables, and should be nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared_code.core.connection import SERVING, Connection
from shared_code.core.ids import ConnectionId, OrganizationId, TenantId
from shared_code.core.limits import MAX_MESSAGE_DELAY
from shared_code.core.mended import Damage, RepairWalk
from shared_code.core.outbox_place import OutboxPlace
from shared_code.core.repair import is_left_lying
from shared_code.core.sync_rules import DEFAULT_DELAY
from shared_code.errors import OrgcalError, TryLater
from shared_code.event_ports import Outbox
from shared_code.flows.mailbox_damage import MailboxDamage
from shared_code.flows.mending import Mending, Progress
from shared_code.flows.stray_subscriptions import StraySubscriptions, by_mailbox
from shared_code.logs import say, warn
from shared_code.mailbox_ports import Mailboxes
from shared_code.messages import RelayEvents, RepairConnection, RepairStep, SettleEverybody
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Queues, Stored, Upkeep
from shared_code.repair_ports import TableRepair
from shared_code.subscription_ports import GivenSubscription, Subscriptions

PATIENCE = timedelta(hours=12)  # then the next day's walk begins anew
PAGES_A_LIST = 10  # of 1,000 users; the list of all subscriptions costs a hundred requests where there are so many
REST = timedelta(minutes=1)  # between messages that ordered something


@dataclass(frozen=True)
class Repairing:
    organizations: Organizations
    users: ProductUsers
    mailboxes: Mailboxes
    rows: TableRepair
    outbox: Outbox
    subscriptions: Subscriptions
    upkeep: Upkeep
    queues: Queues

    async def run(self, message: RepairConnection, now: datetime) -> None:
        """Go one message's worth further, while the connection serves and the walk is not over."""
        records = await self._records(message)
        stored = records.connection(message.connection) if records is not None else None
        if records is None or stored is None or stored.value.tenant is None or _is_over(stored.value, message, now):
            return
        if stored.value.not_before is not None and now < stored.value.not_before:
            await self._send(message, stored.value.not_before - now)
            return
        try:
            await self._go_on(message, records, stored, stored.value.tenant, now)
        except TryLater as error:
            say("repair_put_off", connection=message.connection, step=message.step, retry_after=error.retry_after)
            await self._send(message, error.retry_after or DEFAULT_DELAY)

    async def _records(self, message: RepairConnection) -> OrganizationRecords | None:
        records = await self.organizations.find(message.organization)
        return None if records is None or records.organization.value.leaving else records

    async def _go_on(
        self,
        message: RepairConnection,
        records: OrganizationRecords,
        stored: Stored[Connection],
        tenant: TenantId,
        now: datetime,
    ) -> None:
        match message.step:
            case "rows":
                await self._rows(message, now)
            case "users":
                await self._users(message, records, tenant, now)
            case "subscriptions":
                await self._strays(message, stored, tenant, now)

    async def _rows(self, message: RepairConnection, now: datetime) -> None:
        found = {
            Damage.INDEX_ROW: await self.rows.mend_index(message.organization),
            Damage.SLICE: await self.rows.mend_roster(message.organization),
            Damage.BATCH: await self.rows.drop_leftovers(message.organization, message.connection),
            Damage.TOKEN: await self.rows.drop_forsaken_tokens(message.organization, now),
            Damage.OUTBOX: await self._relay(message.organization, now),
        }
        await self.queues.send(SettleEverybody(organization=message.organization))
        await self._send(message.next("users", None, found))

    async def _relay(self, organization: OrganizationId, now: datetime) -> int:
        """The outboxes that somebody has forgotten; those of mailboxes are found with the mailboxes."""
        left = 0
        for place in (OutboxPlace.of_organization(organization), OutboxPlace.of_people(organization)):
            if is_left_lying((await self.outbox.waiting(place)).items, now):
                await self.queues.send(RelayEvents(table=place.table, partition=place.partition))
                left += 1
        return left

    async def _users(
        self, message: RepairConnection, records: OrganizationRecords, tenant: TenantId, now: datetime
    ) -> None:
        listed = await self._listed(tenant)
        by_id = None if listed is None else {each.subscription: each for each in listed}
        connection, sees_accounts = message.connection, _sees_accounts(records, message.connection)
        damage = MailboxDamage(self.users, self.mailboxes, self.subscriptions, connection, by_id, sees_accounts, now)
        after: str | None = message.after
        for _ in range(PAGES_A_LIST):
            page = await self.users.page(message.organization, after)
            progress = await self._mending.mend(page.items, damage.examine)
            after = progress.stopped_after.value.user if progress.stopped_after is not None else page.next
            if progress.given or after is None:
                break
        step: RepairStep = "users" if after is not None else "subscriptions"
        await self._send(message.next(step, after, progress.given), _rest_after(progress))

    async def _strays(
        self, message: RepairConnection, stored: Stored[Connection], tenant: TenantId, now: datetime
    ) -> None:
        at_graph = by_mailbox(tenant, await self._listed(tenant) or (), self.subscriptions, message.after)
        strays = StraySubscriptions(self.users, self.mailboxes, message.organization, now)
        progress = await self._mending.mend(at_graph, strays.examine)
        if progress.stopped_after is None:
            await self._finish(stored, RepairWalk(message.began_at, now, message.mended.plus(progress.given)))
            return
        after = progress.stopped_after.mailbox.user_id
        await self._send(message.next("subscriptions", after, progress.given), _rest_after(progress))

    async def _finish(self, stored: Stored[Connection], walk: RepairWalk) -> None:
        await self.organizations.save_connection(stored, replace(stored.value, repaired=walk))
        tell = say if walk.mended.is_nothing else warn
        tell("repair_done", connection=stored.value.connection, **walk.mended.by_kind())

    @property
    def _mending(self) -> Mending:
        return Mending(self.upkeep, self.queues)

    async def _listed(self, tenant: TenantId) -> Sequence[GivenSubscription] | None:
        """None if Graph refuses: what only it knows is then left to another day."""
        try:
            return await self.subscriptions.list(tenant)
        except TryLater:
            raise
        except OrgcalError as error:
            warn("subscriptions_not_listed", tenant=tenant, error=type(error).__name__)
            return None

    async def _send(self, message: RepairConnection, delay: timedelta = timedelta(0)) -> None:
        await self.queues.send(message, min(delay, MAX_MESSAGE_DELAY))


def _sees_accounts(records: OrganizationRecords, connection: ConnectionId) -> bool:
    """One walk of an organisation's is enough for its people's own accounts."""
    serving = (stored.value.connection for stored in records.connections if stored.value.state in SERVING)
    return connection == min(serving, default=connection)


def _is_over(connection: Connection, message: RepairConnection, now: datetime) -> bool:
    """A second chain, of a message that came twice, ends when the first one has."""
    last = connection.repaired
    is_done = last is not None and last.began_at >= message.began_at
    return connection.state not in SERVING or is_done or now - message.began_at >= PATIENCE


def _rest_after(progress: Progress[Any]) -> timedelta:
    return REST if progress.given else timedelta(0)
