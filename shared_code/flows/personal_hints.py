"""Whoever gives or takes an admin-managed calendar says so: the policy may want something of people's own accounts."""

from collections.abc import Iterator

from shared_code.core.connection import Connection
from shared_code.core.personal_account import PersonalAccount
from shared_code.core.personal_policy import AccountRules, concerns_accounts, concerns_everybody
from shared_code.core.product_user import ProductUser
from shared_code.core.reasons import Reason
from shared_code.messages import (
    HINT_DELAY,
    AnyMessage,
    ConnectMailbox,
    LookUpUsers,
    ReleaseMailbox,
    SettleAccounts,
    SettleEverybody,
)
from shared_code.ports import OrganizationRecords, Queues


async def hint_at_accounts(queues: Queues, before: ProductUser, after: ProductUser) -> None:
    """Before the commit, so that it is not lost; the daily walk sees to what is."""
    if concerns_accounts(before, after):
        await queues.send(SettleAccounts(organization=after.organization, users=(after.user,)), HINT_DELAY)


async def hint_at_all_accounts(queues: Queues, before: Connection, after: Connection) -> None:
    """The same of all whose calendars a connection reads no longer, or again: who they are, the walk finds out. Where
    many write the same at once, behind the commit, by the one who did."""
    if concerns_everybody(before, after):
        await queues.send(SettleEverybody(organization=after.organization), HINT_DELAY)


def account_rules(records: OrganizationRecords) -> AccountRules:
    return AccountRules(records.organization.value.policy, tuple(each.value for each in records.connections))


def settling_orders(before: ProductUser, after: ProductUser) -> Iterator[AnyMessage]:
    """What follows from a step for the accounts that a user has before and after it. Sent before it is written: whoever
    carries one out looks at the row."""
    known = {account.connection: account for account in before.personal}
    for account in after.personal:
        earlier = known.get(account.connection)
        if earlier is not None and earlier.is_held is not account.is_held:
            yield connect_order(after, account) if account.is_held else release_order(after, account)
    if after is not before and after.reason == Reason.AWAITING_LOOK_UP:
        yield LookUpUsers(organization=after.organization, users=(after.user,))


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
