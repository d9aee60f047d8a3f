"""A user's change together with what the product is told of it."""

from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.core.personal_account import PersonalAccount
from shared_code.core.product_user import ProductUser
from shared_code.core.told import told_of_removal, told_of_user
from shared_code.core.told_accounts import told_of_departure
from shared_code.ports import Stored, UserChange

JUST_AFTER = timedelta(microseconds=1)


def told(stored: Stored[ProductUser] | None, changed: ProductUser) -> UserChange:
    """To be saved: the events are written with the change, or not at all."""
    if stored is None:
        return UserChange(None, changed, told_of_user(None, changed))
    in_turn = _behind(stored.value, changed)
    return UserChange(stored, in_turn, told_of_user(stored.value, in_turn))


def told_left(stored: Stored[ProductUser], changed: ProductUser, account: PersonalAccount, now: datetime) -> UserChange:
    """The same where an account of theirs has gone, which nothing in ``changed`` tells of."""
    change = told(stored, changed)
    return replace(change, events=(*change.events, *told_of_departure(stored.value, account, now)))


def told_removed(stored: Stored[ProductUser], now: datetime) -> UserChange:
    return UserChange(stored, None, told_of_removal(stored.value, now))


def _behind(known: ProductUser, changed: ProductUser) -> ProductUser:
    """Whoever began earlier may come to write later: what the product is told of one user still has their order."""
    accounts = tuple(_account_behind(known, account) for account in changed.personal)
    in_turn = changed if accounts == changed.personal else replace(changed, personal=accounts)
    if changed.state is known.state or changed.changed_at > known.changed_at:
        return in_turn
    return replace(in_turn, changed_at=known.changed_at + JUST_AFTER)


def _account_behind(known: ProductUser, changed: PersonalAccount) -> PersonalAccount:
    before = known.find_personal(changed.mailbox)
    if before is None or changed.state is before.state or changed.changed_at > before.changed_at:
        return changed
    return replace(changed, changed_at=before.changed_at + JUST_AFTER)
