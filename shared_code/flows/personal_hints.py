"""Whoever gives or takes an admin-managed calendar says so: the policy may want something of people's own accounts."""

from shared_code.core.personal_account import PersonalAccount
from shared_code.core.personal_policy import concerns_accounts
from shared_code.core.product_user import ProductUser
from shared_code.messages import HINT_DELAY, ConnectMailbox, ReleaseMailbox, SettleAccounts
from shared_code.ports import Queues


async def hint_at_accounts(queues: Queues, before: ProductUser, after: ProductUser) -> None:
    """Before the commit, so that it is not lost; the daily walk sees to what is."""
    if concerns_accounts(before, after):
        await queues.send(SettleAccounts(organization=after.organization, users=(after.user,)), HINT_DELAY)


def connect_order(user: ProductUser, account: PersonalAccount) -> ConnectMailbox:
    return ConnectMailbox(
        organization=user.organization,
        user=user.user,
        tenant=account.tenant,
        user_id=account.user_id,
        registration="personal",
    )


def release_order(user: ProductUser, account: PersonalAccount, *, asked_for: bool = False) -> ReleaseMailbox:
    """The token goes with the link if the account has left the user's row by then, and only then."""
    return ReleaseMailbox(
        organization=user.organization,
        user=user.user,
        tenant=account.tenant,
        user_id=account.user_id,
        asked_for=asked_for,
        registration="personal",
    )
