"""The product sends somebody on the way to an account of their own, and asks which ones they have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.personal_account import PersonalReason
from shared_code.core.personal_policy import bar_to_accounts
from shared_code.core.personal_shown import ListedAccount, shown_address
from shared_code.core.policy import PersonalConnections, Policy
from shared_code.core.portal_session import AskedSession
from shared_code.core.product_user import ProductUser
from shared_code.errors import Problem, Rejected
from shared_code.flows.acting import Acting, get_user
from shared_code.flows.own_domains import domains_of
from shared_code.flows.personal_hints import account_rules
from shared_code.flows.portal import IssuedLink, Portal
from shared_code.ports import OrganizationRecords

_BARS = {
    PersonalReason.NOT_ALLOWED: "The organization's policy lets nobody connect an account of their own.",
    PersonalReason.ADMIN_MANAGED: "The user has an admin-managed calendar, and the organization's policy lets nobody "
    "have an account of their own beside it.",
}


@dataclass(frozen=True)
class PersonalAccounts:
    acting: Acting
    portal: Portal
    is_on: bool  # whether this deployment has a registration for accounts that people connect themselves

    async def begin(
        self,
        organization: OrganizationId,
        asked: AskedSession,
        now: datetime,
    ) -> IssuedLink:
        """A link that lets this very user in, once, and leads on to Microsoft's sign-in.

        Rejected while the policy lets them have no account of their own, before Microsoft is asked."""
        if not self.is_on:
            about = "This deployment has no registration for personal connections (ORGCAL_PERSONAL_CLIENT_ID)."
            raise Rejected(Problem.PERSONAL_CONNECTIONS_OFF, about)
        records, user = await self._find(organization, asked.user)
        if bar := bar_to_accounts(account_rules(records), user):
            raise Rejected(Problem.POLICY_FORBIDS, _BARS[bar], {"policy": _rule(records.organization.value.policy)})
        return await self.portal.issue(organization, asked, now)

    async def list(self, organization: OrganizationId, user: ProductUserId) -> Sequence[ListedAccount]:
        """The oldest first."""
        records, found = await self._find(organization, user)
        if not found.personal:
            return ()
        domains = await domains_of(self.acting.organizations, records)
        return [ListedAccount(account, shown_address(account, domains)) for account in found.personal]

    async def _find(self, organization: OrganizationId, user: ProductUserId) -> tuple[OrganizationRecords, ProductUser]:
        records = await self.acting.organization(organization)
        stored = await get_user(self.acting.users, organization, user)
        return records, stored.value


def _rule(policy: Policy) -> str:
    """The one that stands in the way."""
    is_allowed = policy.personal_connections is PersonalConnections.ALLOWED
    return "takeover" if is_allowed else "personal_connections"
