"""Three connected people of one organisation, one of whose mailboxes another organisation shares; and calls to book."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared_code.core.booking import Booking, Held
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import ConnectionId, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.organization import AuditEntry, Organization
from shared_code.errors import TryLater
from shared_code.mailbox_ports import StoredMailbox
from shared_code.messages import SweepUsers, sync_order
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import Answered, call
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.test_consent import TENANT

PEOPLE = ("anna", "ben", "cleo")
NAME = ConnectionId("c")
ACME, OTHER = OrganizationId("acme"), OrganizationId("other")
SECRETS = ("Sesame talk", "Open the vault", "Backroom", "guest@outside.example", "Guest Person", "because of rain")


def object_id(user: str) -> UserId:
    return UserId(f"7e2c0a8e-3b39-4d7a-8f3f-0000000000{PEOPLE.index(user):02}")


def mailbox_of(user: str) -> MailboxKey:
    return MailboxKey("organizations", TENANT, object_id(user))


@pytest.fixture
async def booker(orgcal: ComposedApp) -> ComposedApp:
    await connect_everybody(orgcal)
    return orgcal


async def connect_everybody(app: ComposedApp) -> None:
    for user in PEOPLE:
        address = f"{user}@acme.example"
        app.directory.put(TENANT, DirectoryUser(object_id(user), address, address))
        app.calendars.add_mailbox(mailbox_of(user))
    app.microsoft.grant(TENANT)
    await _join(app, ACME, PEOPLE)
    await _join(app, OTHER, ("anna",))
    await run_for(app, timedelta(minutes=3))
    forget_traces(app)


async def _join(app: ComposedApp, organization: OrganizationId, users: tuple[str, ...]) -> None:
    now = app.clock.now()
    await app._organizations.create(Organization(organization, organization, now))
    link = ActivationLink(1, now, now, ProductUserId("boss"))
    connection = Connection(NAME, organization, ConnectionState.ACTIVE, now, link, tenant=TENANT, activated_at=now)
    await app._organizations.add_connection(connection, AuditEntry(now, "connection.requested", "boss"))
    for user in users:
        body = {"addresses": [{"address": f"{user}@acme.example", "verified": True}]}
        await call("put_user", organization=organization, user=user, body=body)
    await app.sent.send(SweepUsers(organization=organization, connection=NAME))


def forget_traces(app: ComposedApp) -> None:
    app.calendars.script.calls.clear()
    app.events.script.calls.clear()
    app.rows.operations.clear()
    app.events.mails.clear()


def tomorrow(app: ComposedApp, hour: int = 12) -> datetime:
    return app.clock.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, hours=hour)


def meeting(app: ComposedApp, hour: int = 12, minutes: int = 60, **changes: Any) -> dict[str, Any]:
    start = tomorrow(app, hour)
    return {
        "host": "anna",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=minutes)).isoformat(),
        "zone": "Europe/Paris",
        "title": SECRETS[0],
        "body": SECRETS[1],
        "location": SECRETS[2],
        "attendees": [{"address": SECRETS[3], "name": SECRETS[4]}],
        **changes,
    }


async def put(body: object, booking: str = "b-1", organization: str = ACME) -> Answered:
    return await call("put_booking", organization=organization, booking=booking, body=body)


async def book(app: ComposedApp, booking: str = "b-1", hour: int = 12, **changes: Any) -> dict[str, Any]:
    """A booking that succeeds."""
    answered = await put(meeting(app, hour, **changes), booking)
    assert answered.status in {200, 201}, answered.text
    return dict(answered.json)


async def get(booking: str = "b-1", organization: str = ACME) -> Answered:
    return await call("get_booking", organization=organization, booking=booking)


async def cancel(booking: str = "b-1", reason: str | None = None, organization: str = ACME) -> Answered:
    body = None if reason is None else {"reason": reason}
    return await call("cancel_booking", organization=organization, booking=booking, body=body)


async def busy(app: ComposedApp, user: str = "anna", *, live: bool = False) -> list[int]:
    """The hours of tomorrow's busy times, start and end in turn."""
    window = {"start": tomorrow(app, 0).isoformat(), "end": tomorrow(app, 24).isoformat()}
    body = {"users": [user], "live": live, **window}
    (said,) = (await call("ask_availability", organization=ACME, body=body)).json["users"]
    assert said["complete"] is True
    return [datetime.fromisoformat(span[edge]).hour for span in said["busy"] for edge in ("start", "end")]


def writes(app: ComposedApp) -> list[str]:
    return app.events.script.operations()


def lose_answer(app: ComposedApp, operation: str) -> None:
    """Once, after Microsoft has done what it was asked for."""

    def lose(done: str) -> None:
        if done == operation:
            app.events.after = lambda _: None
            raise TryLater("the answer was lost")

    app.events.after = lose


async def stored(app: ComposedApp, user: str = "anna") -> StoredMailbox:
    found = await app._mailboxes.find(mailbox_of(user))
    assert found is not None
    return found


async def row(app: ComposedApp, user: str = "anna", booking: str = "b-1") -> Booking | None:
    rows = (one.value for one in (await stored(app, user)).bookings)
    return next((one for one in rows if one.booking == booking), None)


async def held(app: ComposedApp, user: str, booking: str = "b-1") -> Held | None:
    rows = (one.value for one in (await stored(app, user)).held)
    return next((one for one in rows if one.booking == booking), None)


async def let_pass(app: ComposedApp, period: timedelta) -> None:
    """With the minute timer and the queues."""
    await run_for(app, period)


async def sync(app: ComposedApp) -> None:
    """The notifications of what was just written have their effect."""
    app.clock.advance(timedelta(minutes=2))
    for user in PEOPLE:
        await app.sent.send(sync_order(mailbox_of(user), app.clock.now(), "interactive"))
    await drain(app)
