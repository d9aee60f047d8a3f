"""Which steps of people's own accounts the product is told of, under the names of those of a user's calendar.

An account is served or not beside whatever an admin-managed connection gives: its events name it as ``connection``.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from shared_code.core.personal_account import PersonalAccount, PersonalState
from shared_code.core.product_event import EventType, ProductEvent, new_event, written
from shared_code.core.product_user import ProductUser


def told_of_accounts(before: ProductUser | None, after: ProductUser) -> Iterator[ProductEvent]:
    """Of the accounts that the user still has; each account's ``changed_at`` is when it happened."""
    known = {account.connection: account for account in (before.personal if before is not None else ())}
    for account in after.personal:
        earlier = known.get(account.connection)
        kind = _step(earlier.state if earlier is not None else None, account.state)
        if kind is EventType.USER_CONNECTED:
            yield _event(kind, after, account, account.changed_at)
        elif kind is not None:
            facts = {"state": str(account.state), "reason": account.reason and str(account.reason)}
            yield _event(kind, after, account, account.changed_at, **facts)


def told_of_departure(user: ProductUser, account: PersonalAccount, now: datetime) -> tuple[ProductEvent, ...]:
    """The account leaves its user, or goes with them. Of one that was set aside this was said already."""
    if not account.is_held:
        return ()
    at = max(
        now, account.changed_at + timedelta(microseconds=1)
    )  # behind what was told of it, whatever clock said that
    return (_event(EventType.USER_DISCONNECTED, user, account, at, state=None, reason=None),)


def _step(before: PersonalState | None, after: PersonalState) -> EventType | None:
    if after is before:
        return None
    match after:
        case PersonalState.CONNECTED:
            return EventType.USER_CONNECTED
        case PersonalState.NEEDS_RECONNECT:
            return EventType.USER_ATTENTION_NEEDED
        case PersonalState.SET_ASIDE:
            return EventType.USER_DISCONNECTED
        case PersonalState.PENDING:
            return None


def _event(
    kind: EventType, user: ProductUser, account: PersonalAccount, at: datetime, **facts: str | None
) -> ProductEvent:
    cause = f"{user.user}\n{account.connection}\n{written(at)}"
    return new_event(
        kind,
        user.organization,
        at,
        cause,
        user=user.user,
        connection=account.connection,
        registration="personal",
        **facts,
    )
