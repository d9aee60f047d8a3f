"""What reading an account says of it is written to its user's row, together with what the product is told."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from shared_code.core.ids import LinkKey
from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.core.personal_steps import lost, served, with_account
from shared_code.errors import Conflict
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.ports import ProductUsers

TRIES = 3


@dataclass(frozen=True)
class PersonalStates:
    """``seen`` is the account as it was when Microsoft was asked: of one that has moved on since, because its owner
    reconnected it or the policy set it aside, the answer says nothing. Conflict if the row never holds still."""

    users: ProductUsers

    async def serve(self, key: LinkKey, seen: PersonalAccount, now: datetime) -> bool:
        """Its calendars were read. False if the account has moved on."""
        if seen.state is PersonalState.CONNECTED:
            stored = await self.users.find(key.organization, key.user)
            return stored is not None and stored.value.find_personal(key.mailbox) == seen
        return await self._change(key, seen, lambda account: served(account, now))

    async def lose(self, key: LinkKey, seen: PersonalAccount, reason: PersonalReason, now: datetime) -> None:
        """It is shut to us, and only its owner can mend that."""
        if await self._change(key, seen, lambda account: lost(account, reason, now)):
            say("account_lost", user=key.user, organization=key.organization, mailbox=key.mailbox, reason=reason)

    async def _change(
        self, key: LinkKey, seen: PersonalAccount, change: Callable[[PersonalAccount], PersonalAccount]
    ) -> bool:
        for _ in range(TRIES):
            stored = await self.users.find(key.organization, key.user)
            if stored is None or stored.value.find_personal(key.mailbox) != seen:
                return False
            if not await self.users.save([told(stored, with_account(stored.value, change(seen)))]):
                return True
        raise Conflict(f"the row of user {key.user} of {key.organization} does not hold still; the message comes again")
