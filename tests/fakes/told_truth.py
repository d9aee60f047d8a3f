"""What the product was told, compared with what is stored: the last word on everybody is true, and as described."""

from collections.abc import Iterator

from functions.wire_events import payload_of
from shared_code.adapters.tables.names import ORGANIZATIONS, PRODUCT_EVENTS, USERS
from shared_code.adapters.tables.records import read_record
from shared_code.adapters.tables.rows import Row
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.leaving import OVER
from shared_code.core.personal_account import PersonalState
from shared_code.core.product_event import EventType, ProductEvent, RecordedEvent
from shared_code.core.product_user import ProductUser, UserState
from tests.fakes.memory_rows import MemoryRows

_OF_USERS = {EventType.USER_CONNECTED: True, EventType.USER_DISCONNECTED: False}
_BETWEEN = {PersonalState.PENDING, PersonalState.NEEDS_RECONNECT}  # served once, perhaps, and again
_OF_CONNECTIONS = {
    EventType.CONNECTION_ACTIVATED: "active",
    EventType.CONNECTION_ATTENTION_NEEDED: "attention",
    EventType.CONNECTION_DISCONNECTED: "over",
}


def lies(rows: MemoryRows) -> list[str]:
    """In words, what the product would believe that is not so; whether the events have reached it or still wait."""
    events = sorted(_events(rows), key=lambda event: event.at)
    for event in events:
        payload_of(event.type, event.data)
    return [*_about_users(rows, events), *_about_connections(rows, events)]


def _about_users(rows: MemoryRows, events: list[ProductEvent]) -> Iterator[str]:
    of_users = [one for one in events if one.type in _OF_USERS]
    told = {(one.organization, one.data["user"]): _OF_USERS[one.type] for one in of_users if not _is_own(one)}
    own = {str(one.data["connection"]): _OF_USERS[one.type] for one in of_users if _is_own(one)}
    for row in _rows(rows, USERS, "user!"):
        user = read_record(ProductUser, row)
        is_connected = user.state is UserState.CONNECTED
        if told.get((user.organization, user.user), False) is not is_connected:
            yield f"user {user.user} is {user.state}, and the product was told otherwise"
        for account in user.personal:
            is_served = own.pop(account.connection, False)
            if is_served is not (account.state is PersonalState.CONNECTED) and account.state not in _BETWEEN:
                yield f"account {account.connection} is {account.state}, and the product was told otherwise"
    yield from (f"account {gone} is gone, and the product believes it served" for gone, served in own.items() if served)


def _is_own(event: ProductEvent) -> bool:
    """Of an account that somebody connected themself."""
    return event.data.get("registration") == "personal"


def _about_connections(rows: MemoryRows, events: list[ProductEvent]) -> Iterator[str]:
    told = {
        (one.organization, one.data["connection"]): _OF_CONNECTIONS[one.type]
        for one in events
        if one.type in _OF_CONNECTIONS
    }
    for row in _rows(rows, ORGANIZATIONS, "connection!"):
        connection = read_record(Connection, row)
        believed = told.get((connection.organization, connection.connection), "over")
        is_so = {
            "active": connection.state is ConnectionState.ACTIVE,
            "attention": connection.state is ConnectionState.ATTENTION,
            "over": connection.state in {*OVER, ConnectionState.PENDING, ConnectionState.EXPIRED},
        }
        has_been_either = connection.state in {ConnectionState.VERIFYING, ConnectionState.REVIEW}
        if not has_been_either and not is_so[believed]:
            yield f"connection {connection.connection} is {connection.state}, and the product believes it {believed}"


def _events(rows: MemoryRows) -> Iterator[ProductEvent]:
    for table in (ORGANIZATIONS, USERS, "mailboxes"):
        yield from (read_record(ProductEvent, row) for row in _rows(rows, table, "outbox!"))
    yield from (read_record(RecordedEvent, row).event for row in _rows(rows, PRODUCT_EVENTS, "event!"))


def _rows(rows: MemoryRows, table: str, prefix: str) -> Iterator[Row]:
    return (row for row in rows.all_rows(table) if row.key.startswith(prefix))
