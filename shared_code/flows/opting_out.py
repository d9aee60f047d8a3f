"""A person disconnects their calendar, or an admin does it for them, and it is connected again when they want it."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.opting_out import come_back, may_disconnect, opt_out
from shared_code.core.organization import AuditEntry
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.acting import Acting, get_user, leave_nothing_behind
from shared_code.flows.personal_hints import hint_at_accounts
from shared_code.flows.releasing import releases, releases_now
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, AnyMessage, LookUpUsers
from shared_code.ports import Organizations, ProductUsers, Queues, Stored

TRIES = 5


@dataclass(frozen=True)
class _Step:
    """What a call does to one user; orders go out before the commit, so that none is lost."""

    stored: Stored[ProductUser]
    changed: ProductUser
    orders: tuple[AnyMessage, ...]
    entry: AuditEntry


@dataclass(frozen=True)
class OptingOut:
    organizations: Organizations
    users: ProductUsers
    acting: Acting
    queues: Queues

    async def disconnect(
        self, organization: OrganizationId, user: ProductUserId, by: ProductUserId | None, now: datetime
    ) -> ProductUser:
        """From now on nothing of the user is served or read, until a reconnect; asking again changes nothing.

        Rejected if ``by`` is neither the user nor an owner or admin, or if the policy keeps the user from it.
        """
        for _ in range(TRIES):
            policy, stored = await self._find(organization, user)
            person = await self.acting.require_themself_or_administrator(stored.value, by)
            changed = opt_out(stored.value, now)
            if changed is stored.value:
                return changed
            if person == user:
                _check(stored.value, policy)
            orders = releases(stored.value)
            entry = AuditEntry(now, "user.disconnected", person, detail=user)
            if await self._take(_Step(stored, changed, orders, entry)):
                await self.queues.send_many(releases_now(stored.value))
                return changed
        raise Conflict(f"user {user} of {organization} does not hold still")

    async def reconnect(
        self, organization: OrganizationId, user: ProductUserId, by: ProductUserId | None, now: datetime
    ) -> ProductUser:
        """Who opted out is looked up at once; everybody else stays as they are. No policy stands against it."""
        for _ in range(TRIES):
            _, stored = await self._find(organization, user)
            person = await self.acting.require_themself_or_administrator(stored.value, by)
            arrival = come_back(stored.value, now)
            if arrival.user is stored.value:
                return arrival.user
            orders = (LookUpUsers(organization=organization, users=(user,)),) if arrival.look_up else ()
            entry = AuditEntry(now, "user.reconnected", person, detail=user)
            if await self._take(_Step(stored, arrival.user, orders, entry)):
                return arrival.user
        raise Conflict(f"user {user} of {organization} does not hold still")

    async def _find(self, organization: OrganizationId, user: ProductUserId) -> tuple[Policy, Stored[ProductUser]]:
        records = await self.acting.organization(organization)
        stored = await get_user(self.users, organization, user)
        return records.organization.value.policy, stored

    async def _take(self, step: _Step) -> bool:
        """Whether it is done; not if somebody else has written the user.

        The audit entry is written first: rather one of an act that a crash kept from happening than an act without
        one. A second try writes the same entry.
        """
        user = step.changed
        for order in step.orders:
            await self.queues.send(order, HINT_DELAY)
        await hint_at_accounts(self.queues, step.stored.value, user)
        await self.organizations.note(user.organization, step.entry)
        overtaken = await self.users.save([told(step.stored, user)])
        await leave_nothing_behind(self.organizations, user.organization)
        if overtaken:
            return False
        say(step.entry.action.replace(".", "_"), organization=user.organization, user=user.user, state=user.state)
        return True


def _check(user: ProductUser, policy: Policy) -> None:
    if not may_disconnect(user, policy):
        about = f"The policy allow_user_disconnect of {user.organization} is false: an owner or admin can disconnect"
        raise Rejected(Problem.POLICY_FORBIDS, f"{about} {user.user}.", {"policy": "allow_user_disconnect"})
