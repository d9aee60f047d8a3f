"""Links that people pass on to a Microsoft administrator who can do what they themselves may not."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.administrator_links import AdministratorLinks, newest_open
from shared_code.core.ids import OrganizationId, TenantId
from shared_code.flows.connecting import KeepConnections
from shared_code.personal_ports import PersonalAuthority


@dataclass(frozen=True)
class PassingOn:
    connections: KeepConnections
    authority: PersonalAuthority

    async def links(self, organization: OrganizationId, tenant: TenantId | None, now: datetime) -> AdministratorLinks:
        """``tenant``: of the account, where it is known. Rejected if there is no such organisation.

        Everybody of the organisation may see its activation link, not only its admins: the link is meant to be handed
        on to a Microsoft administrator, and without one of these it opens nothing.
        """
        opened = newest_open(await self.connections.list(organization), now)
        activation = None if opened is None else self.connections.activation_link(opened, now)
        return AdministratorLinks(activation, self.authority.consent_url(tenant))
