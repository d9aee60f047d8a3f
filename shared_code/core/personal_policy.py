"""What an organisation's policy makes of its people's own accounts, beside an admin-managed calendar or instead of one.

    personal_connections                what becomes of somebody's own accounts
      allowed                           they stay, unless ``takeover`` says otherwise
      without_admin_managed             set aside while the person has an admin-managed calendar
      off                               set aside

    takeover                            whom the directory answers for, and who has an account of their own already
      keep                              is not matched anew; who was matched before stays, with both
      replace                           is matched; their accounts are set aside while they have that calendar
      both                              is matched, and keeps their accounts

An admin-managed calendar is there once it was read: until then the accounts go on, so that nobody is without.

One rule stands above the policy: the very mailbox that the organisation's connection reads is not read a second time as
an account, or each meeting in it would stand in the way of itself.
"""

from dataclasses import replace
from datetime import datetime

from shared_code.core.ids import MailboxKey
from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.core.policy import PersonalConnections, Policy, Takeover
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.roster import standing


def bar_to_accounts(policy: Policy, user: ProductUser) -> PersonalReason | None:
    """Why this person has no account of their own just now, and may not connect one; None if they may."""
    if policy.personal_connections is PersonalConnections.OFF:
        return PersonalReason.NOT_ALLOWED
    is_alone = policy.personal_connections is PersonalConnections.WITHOUT_ADMIN_MANAGED
    if user.state is UserState.CONNECTED and (is_alone or policy.takeover is Takeover.REPLACE):
        return PersonalReason.ADMIN_MANAGED
    return None


def may_begin(policy: Policy, user: ProductUser) -> bool:
    """Whether this person may connect an account of their own now, or reconnect one."""
    return bar_to_accounts(policy, user) is None


def under(policy: Policy, user: ProductUser, now: datetime) -> ProductUser:
    """The user with their accounts as the policy has them; the very same value if nothing changes.

    An account that comes back is ``pending``: its link was released, and its calendars are to be read anew.
    """
    bar = bar_to_accounts(policy, user)
    same = PersonalReason.ADMIN_MANAGED
    bars = (bar or (same if is_managed(user, account.mailbox) else None) for account in user.personal)
    accounts = tuple(_barred(account, each, now) for account, each in zip(user.personal, bars, strict=True))
    return standing(user if accounts == user.personal else replace(user, personal=accounts), now)


def without(policy: Policy, user: ProductUser, account: PersonalAccount, now: datetime) -> ProductUser:
    """The user once the account is taken away. What they chose for it stays, for the same account connected again."""
    left = tuple(each for each in user.personal if each.connection != account.connection)
    return under(policy, replace(user, personal=left), now)


def concerns_accounts(before: ProductUser, after: ProductUser) -> bool:
    """Whether an admin-managed calendar came or went that their accounts may have to do with."""
    is_turn = (before.state is UserState.CONNECTED) is not (after.state is UserState.CONNECTED)
    return is_turn and bool(after.personal)


def is_managed(user: ProductUser, mailbox: MailboxKey) -> bool:
    """Whether the organisation's connection reads this very mailbox for this user. One that it waits for, or that is
    shut to it, may still be opened by its owner."""
    match = user.match if user.state is UserState.CONNECTED else None
    return match is not None and (match.tenant, match.user_id) == (mailbox.tenant, mailbox.user_id)


def _barred(account: PersonalAccount, bar: PersonalReason | None, now: datetime) -> PersonalAccount:
    if bar is None:
        return account if account.is_held else _back(account, now)
    if account.is_held:
        return replace(account, state=PersonalState.SET_ASIDE, reason=bar, changed_at=now)
    return replace(account, reason=bar)


def _back(account: PersonalAccount, now: datetime) -> PersonalAccount:
    return replace(account, state=PersonalState.PENDING, reason=None, changed_at=now, recovered_at=now)
