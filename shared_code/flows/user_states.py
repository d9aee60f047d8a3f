"""What reading a mailbox says of its user is written to the user's row."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.ids import LinkKey
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.reasons import Reason
from shared_code.core.sync_rules import holds
from shared_code.errors import Conflict
from shared_code.flows.personal_hints import hint_at_accounts
from shared_code.flows.telling import told
from shared_code.logs import say
from shared_code.ports import ProductUsers, Queues

TRIES = 3


@dataclass(frozen=True)
class UserStates:
    users: ProductUsers
    queues: Queues

    async def close(self, key: LinkKey, state: UserState, now: datetime) -> None:
        """Graph keeps their mailbox from us. Conflict if the row never holds still."""
        for _ in range(TRIES):
            stored = await self.users.find(key.organization, key.user)
            if stored is None or not holds(stored.value, key.mailbox) or stored.value.state is state:
                return
            changed = in_state(stored.value, state, now)
            await hint_at_accounts(self.queues, stored.value, changed)
            if not await self.users.save([told(stored, changed)]):
                say("user_state_changed", user=key.user, organization=key.organization, state=state)
                return
        raise Conflict(f"the row of user {key.user} of {key.organization} does not hold still; the message comes again")


def in_state(user: ProductUser, state: UserState, now: datetime) -> ProductUser:
    """The user's row once this is how their mailbox stands."""
    connected_at = user.connected_at or (now if state is UserState.CONNECTED else None)
    return replace(user, state=state, reason=_REASONS.get(state), connected_at=connected_at, changed_at=now)


_REASONS = {
    UserState.NO_MAILBOX: Reason.MAILBOX_MISSING,
    UserState.EXCLUDED_BY_POLICY: Reason.ACCESS_POLICY,
    UserState.ERROR: Reason.NO_DEFAULT_CALENDAR,
}
