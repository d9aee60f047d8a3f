"""Records to store, as plain as they may be."""

from datetime import UTC, datetime, timedelta

from shared_code.core.booking import Booking, BookingState, Held
from shared_code.core.calendar import CalendarState, LinkedCalendar
from shared_code.core.connection import ActivationLink, Connection, ConnectionState, HeldSweep
from shared_code.core.feed import Feed, Ordered
from shared_code.core.ids import (
    BookingId,
    CalendarId,
    ConnectionId,
    LinkKey,
    MailboxKey,
    OrganizationId,
    ProductUserId,
    TenantId,
    UserId,
)
from shared_code.core.intervals import Interval
from shared_code.core.mailbox import Link
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.policy import Activation, Policy
from shared_code.core.product_user import Address, Match, MatchRule, ProductUser, UserState
from shared_code.core.sweep import Sweep

NOW = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)
ACME = OrganizationId("Acme_1.eu-west")
TENANT = TenantId("2f1f2a0c-6a5c-4f0e-9d4b-1f3c7c1f0a01")
OBJECT_ID = UserId("7c0b2f5e-0e3c-4d55-8f5e-0d6a3b1c9e02")
MAILBOX = MailboxKey("organizations", TENANT, OBJECT_ID)


def organization(name: str = "Acme “Zoë” 🦊", activation: Activation = Activation.REVIEW) -> Organization:
    return Organization(ACME, name, NOW, Policy(activation))


def connection(name: str = "c-1", state: ConnectionState = ConnectionState.PENDING) -> Connection:
    link = ActivationLink(1, NOW, NOW + timedelta(days=7), ProductUserId("admin.1"))
    held = HeldSweep(NOW, 11, 100, (ProductUserId("user.1"), ProductUserId("user.2")))
    return Connection(
        ConnectionId(name), ACME, state, NOW, link, held=held, confirmed_domains=("contoso.com", "zoë.example")
    )


def audit(action: str, at: datetime = NOW) -> AuditEntry:
    return AuditEntry(at, action, by="admin.1", connection="c-1", detail="≤ 1 day")


def sweep(name: str = "s1", batches: int = 0) -> Sweep:
    link = "https://graph.example/v1.0/users?$skiptoken=" + "x" * 5000
    return Sweep(ACME, ConnectionId("c-1"), name, "collecting", NOW, next_link=link, batches=batches)


def feed(name: str = "c-1") -> Feed:
    under_way = (Ordered(ProductUserId("u-1"), NOW), Ordered(ProductUserId("u-2"), NOW))
    return Feed(ACME, ConnectionId(name), 3, under_way, due_by=NOW + timedelta(minutes=5), after=ProductUserId("u-2"))


def person(user: str, *addresses: str, verified: bool = True, matched: UserId | None = None) -> ProductUser:
    match = Match(ConnectionId("c-1"), TENANT, matched, MatchRule.MAIL, addresses[0], NOW) if matched else None
    state = UserState.CONNECTED if match else UserState.NO_MATCH
    written = tuple(Address(address, verified) for address in addresses)
    return ProductUser(
        ACME, ProductUserId(user), written, state, NOW, role="admin", match=match, time_zone="Europe/Paris"
    )


def link(user: str = "u-1", *calendars: str, organization: OrganizationId = ACME) -> Link:
    return Link(link_key(user, organization), ConnectionId("c-1"), NOW, "Europe/Paris", tuple(map(linked, calendars)))


def link_key(user: str = "u-1", organization: OrganizationId = ACME) -> LinkKey:
    return LinkKey(MAILBOX, organization, ProductUserId(user))


def linked(calendar: str) -> LinkedCalendar:
    return LinkedCalendar(
        CalendarId(calendar),
        is_default=True,
        can_edit=True,
        checked=True,
        written=True,
        state=CalendarState.OK,
        read_at=NOW,
        window=Interval(NOW, NOW + timedelta(days=98)),
        events=3,
    )


MEETING = Interval(NOW + timedelta(days=1), NOW + timedelta(days=1, minutes=30))


def booking(name: str = "b-1", host: str = "u-1", organization: OrganizationId = ACME) -> Booking:
    return Booking(
        organization,
        BookingId(name),
        ProductUserId(host),
        generation=1,
        state=BookingState.BOOKED,
        time=MEETING,
        calendar=CalendarId("work"),
        mark="m" * 52,
        content="c" * 52,
        body="b" * 52,
        created_at=NOW,
        tried_at=NOW,
        cohosts=(ProductUserId("u-2"), ProductUserId("u-3")),
        event="AAkALg/+=" + "e" * 140,
        ical_hash="0f" * 12,
        changing=Interval(MEETING.end, MEETING.end + timedelta(hours=1)),
        written_at=NOW,
    )


def held(name: str = "b-1", user: str = "u-2", organization: OrganizationId = ACME) -> Held:
    return Held(organization, ProductUserId(user), BookingId(name), ProductUserId("u-1"), 1, MEETING, until=NOW)
