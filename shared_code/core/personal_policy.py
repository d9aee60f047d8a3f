"""What an organisation's policy makes of its people's own accounts, beside an admin-managed calendar or instead of one.

    personal_connections                what becomes of somebody's own accounts
      allowed                           they stay, unless ``takeover`` says otherwise
      without_admin_managed             set aside while the person has an admin-managed calendar
      off                               set aside

    takeover                            whom the directory answers for, and who has an account of their own already
      keep                              is not matched anew; who was matched before stays, with both
      replace                           is matched; their accounts are set aside while they have that calendar
      both                              is matched, and keeps their accounts

An admin-managed calendar is there once it was read, and for as long as its connection serves: until then, and while
the tenant has taken its trust away, the accounts go on, so that nobody is without.

One rule stands above the policy: the very mailbox that the organisation's connection reads is not read a second time as
an account, or each meeting in it would stand in the way of itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from shared_code.core.connection import SERVING, Connection
from shared_code.core.ids import MailboxKey
from shared_code.core.personal_account import PersonalAccount, PersonalReason, PersonalState
from shared_code.core.policy import PersonalConnections, Policy, Takeover
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.roster import standing
from shared_code.core.sync_rules import may_read


@dataclass(frozen=True)
class AccountRules:
    """What the accounts of an organisation's people go by: its policy, and how its connections stand."""

    policy: Policy
    connections: tuple[Connection, ...]

    def has_managed(self, user: ProductUser) -> bool:
        """Whether this person has an admin-managed calendar that is read at present."""
        match = user.match if user.state is UserState.CONNECTED else None
        if match is None:
            return False
        return any(one.connection == match.connection and may_read(one, match.mailbox) for one in self.connections)


def bar_beside(policy: Policy, *, has_managed: bool) -> PersonalReason | None:
    """Why somebody with, or without, an admin-managed calendar has no account of their own; None if they may."""
    if policy.personal_connections is PersonalConnections.OFF:
        return PersonalReason.NOT_ALLOWED
    is_alone = policy.personal_connections is PersonalConnections.WITHOUT_ADMIN_MANAGED
    return PersonalReason.ADMIN_MANAGED if has_managed and (is_alone or policy.takeover is Takeover.REPLACE) else None


def bar_to_accounts(rules: AccountRules, user: ProductUser) -> PersonalReason | None:
    """Why this person has no account of their own just now, and may not connect one; None if they may."""
    return bar_beside(rules.policy, has_managed=rules.has_managed(user))


def may_begin(rules: AccountRules, user: ProductUser) -> bool:
    """Whether this person may connect an account of their own now, or reconnect one."""
    return bar_to_accounts(rules, user) is None


def under(rules: AccountRules, user: ProductUser, now: datetime) -> ProductUser:
    """The user with their accounts as the policy has them; the very same value if nothing changes.

    An account that comes back is ``pending``: its link was released, and its calendars are to be read anew.
    """
    bar = bar_to_accounts(rules, user)
    same = PersonalReason.ADMIN_MANAGED
    bars = (bar or (same if is_managed(rules, user, account.mailbox) else None) for account in user.personal)
    accounts = tuple(_barred(account, each, now) for account, each in zip(user.personal, bars, strict=True))
    return standing(user if accounts == user.personal else replace(user, personal=accounts), now)


def without(rules: AccountRules, user: ProductUser, account: PersonalAccount, now: datetime) -> ProductUser:
    """The user once the account is taken away. What they chose for it stays, for the same account connected again."""
    left = tuple(each for each in user.personal if each.connection != account.connection)
    return under(rules, replace(user, personal=left), now)


def concerns_accounts(before: ProductUser, after: ProductUser) -> bool:
    """Whether an admin-managed calendar came or went that their accounts may have to do with."""
    is_turn = (before.state is UserState.CONNECTED) is not (after.state is UserState.CONNECTED)
    return is_turn and bool(after.personal)


def concerns_everybody(before: Connection, after: Connection) -> bool:
    """Whether all calendars that were read through the connection went, or came back. Of one that never served before
    none was read, and each of them tells when it is."""
    if (before.state in SERVING) is (after.state in SERVING):
        return False
    # One that began to serve under an earlier version says only when it was activated.
    return before.state in SERVING or before.activated_at is not None or before.recovered_at is not None


def is_managed(rules: AccountRules, user: ProductUser, mailbox: MailboxKey) -> bool:
    """Whether the organisation's connection reads this very mailbox for this user. One that it waits for, or that is
    shut to it, be it with all others, may still be opened by its owner."""
    match = user.match if rules.has_managed(user) else None
    return match is not None and (match.tenant, match.user_id) == (mailbox.tenant, mailbox.user_id)


def _barred(account: PersonalAccount, bar: PersonalReason | None, now: datetime) -> PersonalAccount:
    if bar is None:
        return account if account.is_held else _back(account, now)
    if account.is_held:
        return replace(account, state=PersonalState.SET_ASIDE, reason=bar, changed_at=now)
    return replace(account, reason=bar)


def _back(account: PersonalAccount, now: datetime) -> PersonalAccount:
    return replace(account, state=PersonalState.PENDING, reason=None, changed_at=now, recovered_at=now)
