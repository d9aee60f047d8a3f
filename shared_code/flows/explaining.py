"""Why is this user connected, or not?"""

from dataclasses import dataclass

from shared_code.core.explain import Explanation, explain
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.flows.acting import Acting, get_user
from shared_code.ports import Organizations, ProductUsers


@dataclass(frozen=True)
class Explaining:
    organizations: Organizations
    users: ProductUsers

    async def run(self, organization: OrganizationId, user: ProductUserId) -> Explanation:
        await Acting(self.organizations, self.users).organization(organization)
        stored = await get_user(self.users, organization, user)
        return explain(stored.value)
