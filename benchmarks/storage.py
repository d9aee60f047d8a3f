"""Tables in Azurite, and an organisation of connected people in them."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.azurite import Azurite
from local.deployed_storage import create_deployed_storage
from shared_code.adapters.storage import StorageAccount
from shared_code.adapters.tables.azure_rows import AzureRows
from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.rows import Rows
from shared_code.core.calendar import CalendarState, Event, LinkedCalendar, ShowAs
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, OrganizationId, ProductUserId, TenantId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.mailbox import Lease, Link
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.packing import pack
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalState
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.secret import Secret
from shared_code.core.sync_rules import after_read
from shared_code.core.windows import read_window
from shared_code.mailbox_ports import LinkChange
from shared_code.ports import UserChange
from shared_code.settings import Storage

ROOT = Path(__file__).parents[1]
ORGANIZATION, CONNECTION = OrganizationId("acme"), ConnectionId("c1")
TENANT = TenantId("11111111-1111-4111-8111-111111111111")
CALENDAR = CalendarId("calendar")
WINDOW_DAYS = 90


@contextmanager
def storage_account() -> Iterator[str]:
    """The connection string of an account with the tables and queues of the deployment."""
    with tempfile.TemporaryDirectory() as directory, Azurite(Path(directory)) as azurite:
        create_deployed_storage(ROOT, azurite.connection_string)
        yield azurite.connection_string


@asynccontextmanager
async def azure_rows(connection_string: str) -> AsyncIterator[AzureRows]:
    account = StorageAccount(Storage(Secret(connection_string), "", "", ""))
    try:
        yield AzureRows(account)
    finally:
        await account.close()


def person(number: int) -> ProductUserId:
    return ProductUserId(f"user{number}")


def match_of(user: ProductUserId, now: datetime) -> Match:
    return Match(CONNECTION, TENANT, UserId(f"object-{user}"), MatchRule.MAIL, f"{user}@contoso.com", now)


def link_key(user: ProductUserId, now: datetime) -> LinkKey:
    return LinkKey(match_of(user, now).mailbox, ORGANIZATION, user)


def meetings(count: int, now: datetime) -> list[Event]:
    """Spread evenly over the window that a read covers."""
    window = read_window(link_key(person(0), now).mailbox, now, WINDOW_DAYS)
    apart = (window.end - window.start) / count
    starts = ((window.start + number * apart).replace(microsecond=0) for number in range(count))
    return [
        Event(f"event-{number}", f"uid-{number}", Interval(start, start + timedelta(minutes=30)), ShowAs.BUSY)
        for number, start in enumerate(starts)
    ]


async def fill(rows: Rows, people: int, events: int, now: datetime) -> None:
    """An organisation of so many connected people, each with so many meetings, all read a moment ago."""
    organizations, mailboxes = TableOrganizations(rows), TableMailboxes(rows)
    await organizations.create(Organization(ORGANIZATION, "Acme", now))
    link = ActivationLink(1, now, now, person(0))
    connection = Connection(CONNECTION, ORGANIZATION, ConnectionState.ACTIVE, now, link, tenant=TENANT)
    await organizations.add_connection(connection, AuditEntry(now, "connection.requested", "boss"))
    everybody = [_connected(person(number), now) for number in range(people)]
    await TableProductUsers(rows).save([UserChange(None, user) for user in everybody])
    packed = pack(meetings(events, now))
    for user in everybody:
        key = link_key(user.user, now)
        lease = await mailboxes.create_lease(Lease(key.mailbox, created_at=now))
        read = Link(key, CONNECTION, now, "Europe/Paris", (_read(packed, now),))
        await mailboxes.commit(lease, lease.value, [LinkChange(None, read, {CALENDAR: packed})])


async def add_account(rows: Rows, number: int, events: int, now: datetime) -> None:
    """An Outlook.com account of this person's own beside what they have, with so many meetings, read a moment ago."""
    users, user = TableProductUsers(rows), person(number)
    stored = await users.find(ORGANIZATION, user)
    assert stored is not None, f"there is no {user} yet"
    account = PersonalAccount(
        ConnectionId(f"own-{user}"),
        CONSUMERS,
        UserId(f"own-{user}"),
        f"{user}@outlook.com",
        PersonalState.CONNECTED,
        now,
        now,
    )
    await users.save([UserChange(stored, replace(stored.value, personal=(account,)))])
    packed = pack(meetings(events, now))
    mailboxes = TableMailboxes(rows)
    lease = await mailboxes.create_lease(Lease(account.mailbox, created_at=now))
    key = LinkKey(account.mailbox, ORGANIZATION, user)
    read = Link(key, account.connection, now, "Europe/Paris", (_read(packed, now),))
    await mailboxes.commit(lease, lease.value, [LinkChange(None, read, {CALENDAR: packed})])


def _connected(user: ProductUserId, now: datetime) -> ProductUser:
    return ProductUser(
        ORGANIZATION,
        user,
        (Address(f"{user}@contoso.com", verified=True),),
        UserState.CONNECTED,
        now,
        time_zone="Europe/Paris",
        match=match_of(user, now),
        connected_at=now,
    )


def _read(packed: bytes, now: datetime) -> LinkedCalendar:
    calendar = LinkedCalendar(
        CALENDAR, is_default=True, can_edit=True, checked=True, written=True, state=CalendarState.OK
    )
    return after_read(calendar, packed, read_window(link_key(person(0), now).mailbox, now, WINDOW_DAYS), now)


def today() -> datetime:
    return datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
