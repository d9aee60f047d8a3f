"""Somebody takes an account of their own away again, or an admin does it for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.organization import AuditEntry
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.personal_policy import AccountRules, without
from shared_code.core.personal_rhythm import next_look
from shared_code.core.product_user import ProductUser
from shared_code.errors import Conflict
from shared_code.flows.acting import Acting, get_user, leave_nothing_behind
from shared_code.flows.personal_hints import account_rules, release_order, settling_orders
from shared_code.flows.telling import told_left
from shared_code.logs import say
from shared_code.messages import HINT_DELAY, AnyMessage
from shared_code.ports import Organizations, ProductUsers, Queues, Stored, Upkeep

TRIES = 5


@dataclass(frozen=True)
class _Step:
    stored: Stored[ProductUser]
    changed: ProductUser
    account: PersonalAccount
    entry: AuditEntry


@dataclass(frozen=True)
class PersonalLeaving:
    organizations: Organizations
    users: ProductUsers
    acting: Acting
    upkeep: Upkeep
    queues: Queues

    async def disconnect(
        self,
        organization: OrganizationId,
        user: ProductUserId,
        connection: ConnectionId,
        by: ProductUserId | None,
        now: datetime,
    ) -> None:
        """From now on nothing of it is served or read, and its token is forgotten; asking again changes nothing.

        No policy keeps an account. Rejected if ``by`` is neither the user nor an owner or admin."""
        for _ in range(TRIES):
            rules, stored = await self._find(organization, user)
            person = await self.acting.require_themself_or_administrator(stored.value, by)
            account = stored.value.find_account(connection)
            if account is None:
                return
            changed = without(rules, stored.value, account, now)
            entry = AuditEntry(now, "personal_account.disconnected", person, connection, detail=user)
            if await self._take(_Step(stored, changed, account, entry), now):
                return
        raise Conflict(f"user {user} of {organization} does not hold still")

    async def _find(
        self, organization: OrganizationId, user: ProductUserId
    ) -> tuple[AccountRules, Stored[ProductUser]]:
        records = await self.acting.organization(organization)
        stored = await get_user(self.users, organization, user)
        return account_rules(records), stored

    async def _take(self, step: _Step, now: datetime) -> bool:
        """Whether it is done; not if somebody else has written the user. Orders and audit entry go out before the
        commit; the release once more behind it, so that it is not put off."""
        user = step.changed
        await self.upkeep.set(next_look(user.organization, now))
        for order in _orders(step):
            await self.queues.send(order, HINT_DELAY)
        await self.organizations.note(user.organization, step.entry)
        overtaken = await self.users.save([told_left(step.stored, user, step.account, now)])
        await leave_nothing_behind(self.organizations, user.organization)
        if overtaken:
            return False
        await self.queues.send(release_order(user, step.account, asked_for=True))
        say("personal_account_disconnected", organization=user.organization, user=user.user)
        return True


def _orders(step: _Step) -> Iterator[AnyMessage]:
    yield release_order(step.changed, step.account, asked_for=True)
    yield from settling_orders(step.stored.value, step.changed)  # the policy may say something else of those that stay
