"""Outlook accounts of people's own, as they are in the tables once they were read."""

from dataclasses import replace
from datetime import timedelta
from uuid import NAMESPACE_DNS, uuid5

from shared_code.core.calendar import CalendarState, Event, LinkedCalendar
from shared_code.core.ids import CalendarId, ConnectionId, LinkKey, MailboxKey, ProductUserId, UserId
from shared_code.core.mailbox import Lease, Link
from shared_code.core.packing import pack
from shared_code.core.personal_account import CONSUMERS, PersonalAccount, PersonalState
from shared_code.core.product_user import Match, UserState
from shared_code.core.subscription import LIFETIME, Subscription
from shared_code.core.windows import read_window
from shared_code.mailbox_ports import LinkChange
from tests.fakes.fake_calendars import default_calendar
from tests.unit.flows.calendar_world import ACME, ANNA, WINDOW_DAYS, CalendarWorld


def own_mailbox(name: str) -> MailboxKey:
    return MailboxKey("personal", CONSUMERS, UserId(str(uuid5(NAMESPACE_DNS, name))))


def own_link(name: str, user: ProductUserId = ANNA) -> LinkKey:
    return LinkKey(own_mailbox(name), ACME, user)


def own_connection(name: str) -> ConnectionId:
    return ConnectionId(f"own-{name}")


def account_of(
    world: CalendarWorld, name: str, state: PersonalState = PersonalState.CONNECTED, mailbox: MailboxKey | None = None
) -> PersonalAccount:
    at = mailbox or own_mailbox(name)
    address = f"{name}@outlook.example"
    return PersonalAccount(own_connection(name), at.tenant, at.user_id, address, state, world.now, world.now)


async def add_account(
    world: CalendarWorld, name: str, *events: Event, state: PersonalState = PersonalState.CONNECTED
) -> PersonalAccount:
    """Anna's, read just now and subscribed to."""
    account = account_of(world, name, state)
    world.calendars.add_mailbox(account.mailbox)
    world.calendars.put(account.mailbox, default_calendar(account.mailbox), *events)
    known = (await world.user()).personal
    await world.change_user(personal=(*known, account))
    await add_link(world, account, *events)
    world.forget_traces()
    return account


async def add_link(world: CalendarWorld, account: PersonalAccount, *events: Event) -> None:
    calendar = default_calendar(account.mailbox)
    told = Subscription("own", world.now + LIFETIME, 1, "signer", world.now, world.now)
    lease = await world.mailboxes.create_lease(Lease(account.mailbox, subscription=told, created_at=world.now))
    read = LinkedCalendar(
        calendar,
        is_default=True,
        can_edit=True,
        checked=True,
        written=False,
        state=CalendarState.OK,
        read_at=world.now,
        window=read_window(account.mailbox, world.now, WINDOW_DAYS),
        events=len(events),
    )
    link = Link(LinkKey(account.mailbox, ACME, ANNA), account.connection, world.now, "Europe/Paris", (read,))
    await world.mailboxes.commit(lease, lease.value, [LinkChange(None, link, {calendar: pack(events)})])


async def change_account(world: CalendarWorld, name: str, **changes: object) -> None:
    accounts = tuple(
        replace(each, **changes) if each.connection == own_connection(name) else each  # type: ignore[arg-type]
        for each in (await world.user()).personal
    )
    await world.change_user(personal=accounts)


async def have_only_own(world: CalendarWorld) -> None:
    """As if nobody in the directory had ever been found for Anna."""
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)
    await world.change_user(match=None, state=UserState.PERSONAL)
    world.forget_traces()


def calendar_in(name: str) -> CalendarId:
    return default_calendar(own_mailbox(name))


def same_mailbox(match: Match) -> MailboxKey:
    """The matched mailbox, as its owner connects it themself."""
    return MailboxKey("personal", match.tenant, match.user_id)


SOON = timedelta(hours=2)
