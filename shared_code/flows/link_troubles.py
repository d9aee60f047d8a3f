"""A link was read, and Microsoft shut the door or asked for patience: whoever has opened it hears of that."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import LinkKey
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.personal_steps import reason_of_refusal, reason_of_shutting
from shared_code.core.product_user import UserState
from shared_code.errors import Disconnected
from shared_code.flows.consent_lost import ConsentLost
from shared_code.flows.link_connections import Giver
from shared_code.flows.personal_states import PersonalStates
from shared_code.flows.tenant_pause import pause_tenant
from shared_code.flows.user_states import UserStates
from shared_code.ports import Organizations, ProductUsers, Queues


@dataclass(frozen=True)
class LinkTroubles:
    organizations: Organizations
    users: ProductUsers
    queues: Queues

    async def closed(self, key: LinkKey, giver: Giver, state: UserState, now: datetime) -> None:
        """This mailbox is kept from us."""
        if isinstance(giver, PersonalAccount):
            await PersonalStates(self.users).lose(key, giver, reason_of_shutting(state), now)
            return
        if state is UserState.EXCLUDED_BY_POLICY:
            await ConsentLost(self.organizations, self.queues).refused(giver, now)
        await UserStates(self.users, self.queues).close(key, state, now)

    async def disconnected(self, key: LinkKey, giver: Giver, error: Disconnected, now: datetime) -> None:
        """The whole tenant is, or the account."""
        if isinstance(giver, PersonalAccount):
            await PersonalStates(self.users).refuse(key, giver, reason_of_refusal(error.reason), now)
        else:
            await ConsentLost(self.organizations, self.queues).disconnected(giver, error, now)

    async def pause(self, giver: Giver, until: datetime) -> None:
        """The whole tenant is throttled. Of a person's own account that is their mailbox's alone, whose lease knows."""
        if not isinstance(giver, PersonalAccount):
            await pause_tenant(self.organizations, giver, until)
