"""Who may change consent, policy and connections."""

from dataclasses import dataclass

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.errors import Problem, Rejected
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers


@dataclass(frozen=True)
class Acting:
    """Finds the organisation and checks, from the users table, that the acting person is an owner or an admin."""

    organizations: Organizations
    users: ProductUsers

    async def organization(self, organization: OrganizationId) -> OrganizationRecords:
        records = await self.organizations.find(organization)
        if records is None or records.organization.value.leaving:
            raise Rejected(Problem.ORGANIZATION_NOT_FOUND, f"There is no organization {organization}.")
        return records

    async def require_administrator(self, organization: OrganizationId, by: ProductUserId | None) -> ProductUserId:
        if by is None:
            raise Rejected(
                Problem.ROLE_REQUIRED, "Name the acting owner or admin in the header Orgcal-Acting-User.", {}
            )
        person = await self.users.find(organization, by)
        if person is None or person.value.role not in {"owner", "admin"}:
            raise Rejected(Problem.ROLE_REQUIRED, f"User {by} is not an owner or admin of {organization}.")
        return by
