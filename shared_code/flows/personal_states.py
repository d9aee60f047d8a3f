"""What reading an account says of it is written to its user's row, together with what the product is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared_code.core.ids import LinkKey
from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.core.personal_steps import lost, served, with_account
from shared_code.errors import Conflict
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.ports import ProductUsers

TRIES = 3

type _IsMeant = Callable[[PersonalAccount], bool]


@dataclass(frozen=True)
class PersonalStates:
    """``seen`` is the account as it was when Microsoft was asked: of one that has moved on since, because its owner
    reconnected it or the policy set it aside, the answer says nothing. Conflict if the row never holds still."""

    users: ProductUsers

    async def serve(self, key: LinkKey, seen: PersonalAccount, now: datetime) -> bool:
        """Its calendars were read. False if the account has moved on."""
        if seen.state is PersonalState.CONNECTED:
            stored = await self.users.find(key.organization, key.user)
            return stored is not None and _is_still(seen, stored.value.find_personal(key.mailbox))
        return await self._change(key, partial(_is_still, seen), lambda account: served(account, now))

    async def lose(self, key: LinkKey, seen: PersonalAccount, reason: PersonalReason, now: datetime) -> None:
        """Its mailbox is shut to us, whoever signs in, and only its owner can mend that."""
        await self._lose(key, partial(_is_still, seen), reason, now)

    async def refuse(self, key: LinkKey, seen: PersonalAccount, reason: PersonalReason, now: datetime) -> None:
        """Its token is refused. If its owner has signed in since, nobody has seen that one refused, and it goes on."""
        await self._lose(key, lambda account: account == seen, reason, now)

    async def _lose(self, key: LinkKey, is_meant: _IsMeant, reason: PersonalReason, now: datetime) -> None:
        if await self._change(key, is_meant, lambda account: lost(account, reason, now)):
            say("account_lost", user=key.user, organization=key.organization, mailbox=key.mailbox, reason=reason)

    async def _change(
        self, key: LinkKey, is_meant: _IsMeant, change: Callable[[PersonalAccount], PersonalAccount]
    ) -> bool:
        for _ in range(TRIES):
            stored = await self.users.find(key.organization, key.user)
            account = None if stored is None else stored.value.find_personal(key.mailbox)
            if stored is None or account is None or not is_meant(account):
                return False
            if not await self.users.save([told(stored, with_account(stored.value, change(account)))]):
                return True
        raise Conflict(f"the row of user {key.user} of {key.organization} does not hold still; the message comes again")


def _is_still(seen: PersonalAccount, account: PersonalAccount | None) -> bool:
    """Whether or not its owner has signed in anew, as they may to an account that is being served."""
    return account is not None and replace(account, signed_in_at=seen.signed_in_at) == seen
