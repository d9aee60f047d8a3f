"""An organisation comes, changes its mind, and goes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.connection import SERVING, SWEEPING
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.personal_rhythm import next_look
from shared_code.core.policy import (
    Policy,
    SentPolicy,
    accounts_of,
    calendars_of,
    changes_between,
    decided,
    matches_more,
)
from shared_code.core.sync_rules import next_turn
from shared_code.core.upkeep import Due
from shared_code.flows.acting import Acting
from shared_code.flows.product_events import KeepEvents
from shared_code.messages import HINT_DELAY, ForgetOrganization, ReadMailboxes, SettleEverybody, SweepUsers
from shared_code.ports import OrganizationRecords, Organizations, Page, Queues, Upkeep

AUDIT_KEPT_FOR = timedelta(days=365)
TIDY_EVERY = timedelta(days=7)
TIDY_ON = timedelta(minutes=1)  # while there is more
FORGET_AGAIN = timedelta(minutes=15)  # if a message was lost; no call takes that long to commit


@dataclass(frozen=True)
class KeepOrganizations:
    organizations: Organizations
    acting: Acting
    upkeep: Upkeep
    queues: Queues
    events: KeepEvents

    async def put(
        self,
        organization: OrganizationId,
        name: str,
        policy: SentPolicy,
        by: ProductUserId | None,
        now: datetime,
    ) -> tuple[Organization, bool]:
        """The organisation as it is now, and whether it is new. A changed policy needs an acting owner or admin; what
        ``policy`` leaves out stays, or is the default of a new organisation."""
        records = await self.organizations.find(organization)
        if records is None:
            fresh = Organization(organization, name, created_at=now, policy=decided(Policy(), policy))
            await self.upkeep.set(next_tidying(organization, now))
            return (await self.organizations.create(fresh)).value, True
        records = await self.acting.organization(organization)
        return await self._change(records, name, policy, by, now), False

    async def decide(
        self, organization: OrganizationId, policy: SentPolicy, by: ProductUserId | None, now: datetime
    ) -> Organization:
        """The same of an organisation that is there, and its policy alone."""
        records = await self.acting.organization(organization)
        return await self._change(records, records.organization.value.name, policy, by, now)

    async def _change(
        self, records: OrganizationRecords, name: str, policy: SentPolicy, by: ProductUserId | None, now: datetime
    ) -> Organization:
        known = records.organization.value
        changed = replace(known, name=name, policy=decided(known.policy, policy))
        if changed == known:
            return known
        entry = None
        if changed.policy != known.policy:
            person = await self.acting.require_administrator(known.organization, by)
            entry = AuditEntry(now, "policy.changed", person, detail=changes_between(known.policy, changed.policy))
            await self._announce(records, changed.policy, now)
        return (await self.organizations.save(records.organization, changed, entry)).value

    async def _announce(self, records: OrganizationRecords, policy: Policy, now: datetime) -> None:
        """Before the commit, so that no order is lost; whoever carries one out goes by the policy they find."""
        known = records.organization.value
        calendars = calendars_of(policy) != calendars_of(known.policy)
        if accounts_of(policy) != accounts_of(known.policy):
            await self.upkeep.set(next_look(known.organization, now))
        if calendars or accounts_of(policy) != accounts_of(known.policy):
            order = SettleEverybody(organization=known.organization, calendars=calendars)
            await self.queues.send(order, HINT_DELAY)
        for connection in (stored.value for stored in records.connections):
            name = connection.connection
            if matches_more(known.policy, policy) and connection.state in SWEEPING:
                await self.queues.send(SweepUsers(organization=known.organization, connection=name), HINT_DELAY)
            if calendars and connection.state in SERVING:
                read = ReadMailboxes(organization=known.organization, connection=name, occasion="policy")
                await self.queues.send(read, HINT_DELAY)

    async def get(self, organization: OrganizationId) -> OrganizationRecords:
        return await self.acting.organization(organization)

    async def audit(self, organization: OrganizationId, after: str | None, limit: int) -> Page[AuditEntry]:
        await self.acting.organization(organization)
        return await self.organizations.list_audit(organization, after, limit)

    async def tidy(self, organization: OrganizationId, now: datetime) -> datetime | None:
        """Forget audit entries older than a year and events older than thirty days; of an organisation that is
        leaving, everything.

        The instant to call again, None if the organisation is gone."""
        records = await self.organizations.find(organization)
        if records is None:
            return None
        if records.organization.value.leaving:
            await self.queues.send(ForgetOrganization(organization=organization))
            return now + FORGET_AGAIN
        await self.organizations.drop_audit(organization, now - AUDIT_KEPT_FOR)
        is_tidy = await self.events.tidy(organization, now)
        return next_tidying(organization, now).at if is_tidy else now + TIDY_ON

    async def forget(self, organization: OrganizationId, by: ProductUserId | None, now: datetime) -> None:
        """From now on the organisation is not found; what it left behind is removed by messages.

        Asking again is welcome: it sends the message again."""
        records = await self.organizations.find(organization)
        if records is None:
            return
        known = records.organization.value
        if not known.leaving:
            await self.acting.require_administrator(organization, by)
            await self.upkeep.set(Due(now + FORGET_AGAIN, "retention", organization))
        await self.queues.send(ForgetOrganization(organization=organization), HINT_DELAY)
        if not known.leaving:
            await self.organizations.save(records.organization, replace(known, leaving=True))


def next_tidying(organization: OrganizationId, now: datetime) -> Due:
    """Each organisation has its own hour of the week."""
    return Due(next_turn(organization, now, TIDY_EVERY), "retention", organization)
