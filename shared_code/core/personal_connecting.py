"""What becomes of a user who connects an account of their own, or connects it again."""

from dataclasses import replace
from datetime import datetime

from shared_code.core.ids import ConnectionId, MailboxKey
from shared_code.core.personal_account import MOST_ACCOUNTS, PersonalAccount, PersonalState
from shared_code.core.personal_policy import AccountRules, is_managed, may_begin, under
from shared_code.core.personal_sign_in import PersonalOutcome
from shared_code.core.product_user import ProductUser


def bar_to_beginning(rules: AccountRules, user: ProductUser, again: ConnectionId | None) -> PersonalOutcome | None:
    """What stands in the way before Microsoft is asked. ``again``: an account that is to be reconnected."""
    if not may_begin(rules, user):
        return PersonalOutcome.NOT_ALLOWED
    is_known = any(account.connection == again for account in user.personal)
    return PersonalOutcome.TOO_MANY if not is_known and len(user.personal) >= MOST_ACCOUNTS else None


def bar_to_connecting(rules: AccountRules, user: ProductUser, mailbox: MailboxKey) -> PersonalOutcome | None:
    """What stands in the way of this account."""
    if is_managed(rules, user, mailbox):
        return PersonalOutcome.ALREADY_MANAGED
    known = user.find_personal(mailbox)
    return bar_to_beginning(rules, user, None if known is None else known.connection)


def connected(rules: AccountRules, user: ProductUser, account: PersonalAccount, now: datetime) -> ProductUser:
    """The user with this account, whose calendars are to be read. One that is known comes back as what it was called
    before; one that is being served stays as it is, and the very same user if nobody has signed in anew."""
    known = user.find_personal(account.mailbox)
    if known is None:
        return under(rules, replace(user, personal=(*user.personal, account)), now)
    again = replace(known, signed_in_at=_last_of(known, account))
    if again == known and known.is_served:
        return user
    back = again if known.is_served else _back(again, account, now)
    accounts = tuple(back if each is known else each for each in user.personal)
    return under(rules, replace(user, personal=accounts), now)


def _back(known: PersonalAccount, account: PersonalAccount, now: datetime) -> PersonalAccount:
    return replace(
        known,
        account=account.account,
        state=PersonalState.PENDING,
        reason=None,
        changed_at=now,
        recovered_at=now,
    )


def _last_of(known: PersonalAccount, account: PersonalAccount) -> datetime | None:
    """Sign-ins in two browsers may be confirmed in another order than they were made in."""
    instants = [at for at in (known.signed_in_at, account.signed_in_at) if at is not None]
    return max(instants, default=None)
