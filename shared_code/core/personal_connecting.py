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
    before; the very same user if it is being served as it is."""
    known = user.find_personal(account.mailbox)
    if known is None:
        return under(rules, replace(user, personal=(*user.personal, account)), now)
    if known.is_served:
        return user
    back = replace(
        known,
        account=account.account,
        state=PersonalState.PENDING,
        reason=None,
        changed_at=now,
        recovered_at=now,
    )
    accounts = tuple(back if each is known else each for each in user.personal)
    return under(rules, replace(user, personal=accounts), now)
