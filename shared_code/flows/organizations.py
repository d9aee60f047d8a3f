"""An organisation comes, changes its mind, and goes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.organization import AuditEntry, Organization, Policy
from shared_code.flows.acting import Acting
from shared_code.messages import ForgetOrganization
from shared_code.ports import OrganizationRecords, Organizations, Page, Queues

HINT_DELAY = timedelta(seconds=5)  # a hint sent before its commit must not be read before it


@dataclass(frozen=True)
class KeepOrganizations:
    organizations: Organizations
    acting: Acting
    queues: Queues

    async def put(
        self,
        organization: OrganizationId,
        name: str,
        policy: Policy | None,
        by: ProductUserId | None,
        now: datetime,
    ) -> tuple[Organization, bool]:
        """The organisation as it is now, and whether it is new. A changed policy needs an acting owner or admin."""
        records = await self.organizations.find(organization)
        if records is None:
            fresh = Organization(organization, name, created_at=now, policy=policy or Policy())
            return (await self.organizations.create(fresh)).value, True
        records = await self.acting.organization(organization)
        return await self._change(records, name, policy, by, now), False

    async def _change(
        self, records: OrganizationRecords, name: str, policy: Policy | None, by: ProductUserId | None, now: datetime
    ) -> Organization:
        known = records.organization.value
        changed = replace(known, name=name, policy=policy or known.policy)
        if changed.policy != known.policy:
            by = await self.acting.require_administrator(known.organization, by)
            entry = AuditEntry(now, "policy.changed", by, detail=f"activation={changed.policy.activation}")
            await self.organizations.add_audit(known.organization, entry)
        if changed == known:
            return known
        return (await self.organizations.save(records.organization, changed)).value

    async def get(self, organization: OrganizationId) -> OrganizationRecords:
        return await self.acting.organization(organization)

    async def audit(self, organization: OrganizationId, after: str | None, limit: int) -> Page[AuditEntry]:
        await self.acting.organization(organization)
        return await self.organizations.list_audit(organization, after, limit)

    async def forget(self, organization: OrganizationId, by: ProductUserId | None) -> None:
        """From now on the organisation is not found; what it left behind is removed by messages.

        Asking again is welcome: it sends the message again."""
        records = await self.organizations.find(organization)
        if records is None:
            return
        if not records.organization.value.leaving:
            await self.acting.require_administrator(organization, by)
        await self.queues.send(ForgetOrganization(organization=organization), HINT_DELAY)
        if not records.organization.value.leaving:
            await self.organizations.save(records.organization, replace(records.organization.value, leaving=True))
