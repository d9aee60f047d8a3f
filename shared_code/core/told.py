"""Which steps the product is told of: of connections, of users, and of busy times."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import OrganizationId, ProductUserId
from shared_code.core.leaving import OVER
from shared_code.core.match_outcomes import LIVING
from shared_code.core.product_event import EventType, ProductEvent, new_event, written
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.told_accounts import told_of_accounts, told_of_departure

# Somebody can do something about each of these: the product, the user, or an administrator.
ATTENTION = frozenset(
    {
        UserState.AMBIGUOUS,
        UserState.DOMAIN_UNPROVEN,
        UserState.NO_MAILBOX,
        UserState.EXCLUDED_BY_POLICY,
        UserState.ERROR,
    }
)

BUSY_SLOT = timedelta(seconds=30)  # all changes within one are one event
TIME_TO_COMMIT = timedelta(seconds=5)  # what is written later than that after its slot began counts to the next


def told_of_connection(before: Connection, after: Connection, now: datetime) -> tuple[ProductEvent, ...]:
    """What the step from one to the other means to the product; written with the step."""
    return tuple(_of_connection(before, after, now))


def told_of_user(before: ProductUser | None, after: ProductUser) -> tuple[ProductEvent, ...]:
    """The same for a user, whose ``changed_at`` is when it happened, and for the accounts that are still theirs."""
    return (*_of_user(before, after), *told_of_accounts(before, after))


def told_of_removal(user: ProductUser, now: datetime) -> tuple[ProductEvent, ...]:
    """The product took somebody away: whatever of theirs was connected is so no longer."""
    removed = replace(user, changed_at=now)
    own = [event for account in user.personal for event in told_of_departure(user, account, now)]
    if user.state is not UserState.CONNECTED:
        return tuple(own)
    return (_user_event(EventType.USER_DISCONNECTED, removed, user, state=None, reason=None), *own)


def told_of_busy_times(organization: OrganizationId, user: ProductUserId, now: datetime) -> ProductEvent:
    """Made twice within a slot, it is one event, which is told of when the slot is over."""
    slots = int((now + TIME_TO_COMMIT).timestamp() // BUSY_SLOT.total_seconds()) + 1
    at = datetime.fromtimestamp(slots * BUSY_SLOT.total_seconds(), now.tzinfo)
    return new_event(EventType.BUSY_UPDATED, organization, at, f"{user}\n{written(at)}", user=user)


def _of_connection(before: Connection, after: Connection, now: datetime) -> Iterator[ProductEvent]:
    step = _step(before, after)
    if step is EventType.CONNECTION_ATTENTION_NEEDED:
        yield _connection_event(step, after, now, reason=after.reason)
    elif step is not None:
        yield _connection_event(step, after, now)
    held = after.held
    if held is not None and (before.held is None or before.held.held_at != held.held_at):
        facts: dict[str, str | int | None] = {
            "losing": held.losing,
            "connected": held.connected,
            "held_at": written(held.held_at),
        }
        yield _connection_event(EventType.SWEEP_HELD, after, held.held_at, **facts)


def _step(before: Connection, after: Connection) -> EventType | None:
    if after.state is before.state:
        return None
    if after.state is ConnectionState.ACTIVE:
        return EventType.CONNECTION_ACTIVATED
    if after.state is ConnectionState.ATTENTION:
        return EventType.CONNECTION_ATTENTION_NEEDED
    # What nobody had confirmed was never a connection to the product.
    return EventType.CONNECTION_DISCONNECTED if after.state in OVER and before.state in LIVING else None


def _connection_event(kind: EventType, connection: Connection, at: datetime, **facts: str | int | None) -> ProductEvent:
    cause = f"{connection.connection}\n{written(at)}"
    return new_event(kind, connection.organization, at, cause, connection=connection.connection, **facts)


def _of_user(before: ProductUser | None, after: ProductUser) -> Iterator[ProductEvent]:
    state = before.state if before is not None else None
    if after.state is state:
        return
    if after.state is UserState.CONNECTED:
        yield _user_event(EventType.USER_CONNECTED, after, after)
    trouble = {"state": str(after.state), "reason": after.reason}
    if before is not None and state is UserState.CONNECTED:
        yield _user_event(EventType.USER_DISCONNECTED, after, before, **trouble)
    if after.state in ATTENTION:
        yield _user_event(EventType.USER_ATTENTION_NEEDED, after, after, **trouble)


def _user_event(kind: EventType, user: ProductUser, matched: ProductUser, **facts: str | None) -> ProductEvent:
    """``matched`` is who of the two, before or after, had the connection that it is about."""
    connection = matched.match.connection if matched.match is not None else matched.judged_by
    cause = f"{user.user}\n{written(user.changed_at)}"
    named: dict[str, str | None] = {"connection": connection, "registration": "organizations"}
    return new_event(kind, user.organization, user.changed_at, cause, user=user.user, **named, **facts)
