"""Why is this user connected, or not?"""

from dataclasses import dataclass

from shared_code.core.explain import Explanation, explain
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.errors import Problem, Rejected
from shared_code.flows.acting import Acting
from shared_code.ports import Organizations, ProductUsers


@dataclass(frozen=True)
class Explaining:
    organizations: Organizations
    users: ProductUsers

    async def run(self, organization: OrganizationId, user: ProductUserId) -> Explanation:
        await Acting(self.organizations, self.users).organization(organization)
        stored = await self.users.find(organization, user)
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
        return explain(stored.value)
