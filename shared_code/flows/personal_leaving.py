"""Somebody takes an account of their own away again, or an admin does it for them."""

from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.organization import AuditEntry
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.personal_connecting import disconnected, find_account
from shared_code.core.policy import Policy
from shared_code.core.product_user import ProductUser
from shared_code.core.reasons import Reason
from shared_code.errors import Conflict, Problem, Rejected
from shared_code.flows.acting import Acting, leave_nothing_behind
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, LookUpUsers, ReleaseMailbox
from shared_code.ports import Organizations, ProductUsers, Queues, Stored

TRIES = 5


@dataclass(frozen=True)
class PersonalLeaving:
    organizations: Organizations
    users: ProductUsers
    acting: Acting
    queues: Queues

    async def disconnect(
        self,
        organization: OrganizationId,
        user: ProductUserId,
        connection: ConnectionId,
        by: ProductUserId | None,
        now: datetime,
    ) -> None:
        """From now on nothing of it is served or read, and its token is forgotten. No policy keeps an account.

        Rejected if ``by`` is neither the user nor an owner or admin, or if there is no such account."""
        for _ in range(TRIES):
            policy, stored = await self._find(organization, user)
            person = await self.acting.require_themself_or_administrator(stored.value, by)
            account = find_account(stored.value, connection)
            if account is None:
                raise Rejected(Problem.CONNECTION_NOT_FOUND, f"User {user} has no account {connection}.")
            changed = disconnected(policy, stored.value, account, now)
            entry = AuditEntry(now, "personal_account.disconnected", person, connection, detail=user)
            if await self._take(stored, changed, _release(stored.value, account), entry):
                return
        raise Conflict(f"user {user} of {organization} does not hold still")

    async def _find(self, organization: OrganizationId, user: ProductUserId) -> tuple[Policy, Stored[ProductUser]]:
        records = await self.acting.organization(organization)
        stored = await self.users.find(organization, user)
        if stored is None:
            raise Rejected(Problem.USER_NOT_FOUND, f"There is no user {user} in {organization}.")
        return records.organization.value.policy, stored

    async def _take(
        self, stored: Stored[ProductUser], changed: ProductUser, release: ReleaseMailbox, entry: AuditEntry
    ) -> bool:
        """Whether it is done; not if somebody else has written the user. Orders and audit entry go out before the
        commit; the release once more behind it, so that it is not put off."""
        await self.queues.send(release, HINT_DELAY)
        if changed.state is not stored.value.state and changed.reason == Reason.AWAITING_LOOK_UP:
            await self.queues.send(LookUpUsers(organization=changed.organization, users=(changed.user,)), HINT_DELAY)
        await self.organizations.note(changed.organization, entry)
        overtaken = await self.users.save([told(stored, changed)])
        await leave_nothing_behind(self.organizations, changed.organization)
        if overtaken:
            return False
        await self.queues.send(release)
        say("personal_account_disconnected", organization=changed.organization, user=changed.user)
        return True


def _release(user: ProductUser, account: PersonalAccount) -> ReleaseMailbox:
    return ReleaseMailbox(
        organization=user.organization,
        user=user.user,
        tenant=account.tenant,
        user_id=account.user_id,
        asked_for=True,
        registration="personal",
    )
