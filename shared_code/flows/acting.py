"""Who may change consent, policy and connections, and who a person's own calendar."""

from dataclasses import dataclass

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.product_user import ProductUser
from shared_code.errors import Problem, Rejected
from shared_code.ports import OrganizationRecords, Organizations, ProductUsers, Stored


@dataclass(frozen=True)
class Acting:
    """Finds the organisation and checks, from the users table, that the acting person is an owner or an admin."""

    organizations: Organizations
    users: ProductUsers

    async def organization(self, organization: OrganizationId) -> OrganizationRecords:
        return await get_organization(self.organizations, organization)

    async def require_administrator(self, organization: OrganizationId, by: ProductUserId | None) -> ProductUserId:
        if by is None:
            raise Rejected(
                Problem.ROLE_REQUIRED, "Name the acting owner or admin in the header Orgcal-Acting-User.", {}
            )
        person = await self.users.find(organization, by)
        if person is None or not is_administrator(person.value):
            raise Rejected(Problem.ROLE_REQUIRED, f"User {by} is not an owner or admin of {organization}.")
        return by

    async def require_themself_or_administrator(self, user: ProductUser, by: ProductUserId | None) -> ProductUserId:
        """``user`` as just read: whoever acts for themself is not read again."""
        if by is None:
            about = f"Name {user.user}, or an owner or admin, in the header Orgcal-Acting-User."
            raise Rejected(Problem.ROLE_REQUIRED, about)
        return by if by == user.user else await self.require_administrator(user.organization, by)


async def get_organization(organizations: Organizations, organization: OrganizationId) -> OrganizationRecords:
    """One that is leaving is gone for everybody who asks."""
    records = await organizations.find(organization)
    if records is None or records.organization.value.leaving:
        raise Rejected(Problem.ORGANIZATION_NOT_FOUND, f"There is no organization {organization}.")
    return records


async def get_user(users: ProductUsers, organization: OrganizationId, user: ProductUserId) -> Stored[ProductUser]:
    stored = await users.find(organization, user)
    if stored is None:
        raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
    return stored


async def leave_nothing_behind(organizations: Organizations, organization: OrganizationId) -> None:
    """An organisation may be forgotten while a call writes to its audit list: then that goes as well."""
    if await organizations.find(organization) is None:
        await organizations.forget(organization)
        raise Rejected(Problem.ORGANIZATION_NOT_FOUND, f"The organization {organization} was forgotten meanwhile.")


def is_administrator(user: ProductUser) -> bool:
    return user.role in {"owner", "admin"}
