"""Two organizations on one mailbox: whatever the one goes through, the other is told what it would be told alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code import bootstrap
from shared_code.core.calendar import Calendar, Event, ShowAs
from shared_code.core.connection import ActivationLink, Connection, ConnectionState
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import CalendarId, ConnectionId, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.intervals import Interval
from shared_code.core.organization import AuditEntry, Organization
from shared_code.core.policy import CheckedByDefault, Policy, Rule
from shared_code.errors import OrgcalError, Refused, Throttled, TryLater
from shared_code.flows.subscribing import keep_order
from shared_code.messages import DisconnectUsers, ReadMailboxes, SweepUsers, sync_order
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_consent import TENANT

URSULA = UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0002")
MAILBOX = MailboxKey("organizations", TENANT, URSULA)
ACME, BESIDE = OrganizationId("acme"), ("abacus", "zenith")  # whose links are read before and after Acme's
ADDRESS, NAME = "ursula@acme.example", ConnectionId("c")
NO_CONTENT = 204
STEP, HOUR = timedelta(minutes=5), timedelta(hours=1)
HOURS = 21

CALENDARS = tuple(
    Calendar(CalendarId(name), is_default=number == 0, can_edit=True, owner_address=ADDRESS)
    for number, name in enumerate((default_calendar(MAILBOX), "second", "third"))
)

type Act = Callable[[ComposedApp, OrganizationId], Awaitable[object]]
type Story = Mapping[int, Act]  # what happens at the beginning of an hour


async def join(app: ComposedApp, organization: OrganizationId) -> None:
    """An organization whose tenant is connected, and who knows Ursula; the first match is under way."""
    now = app.clock.now()
    await app._organizations.create(Organization(organization, organization, now, Policy(busy_updates=True)))
    link = ActivationLink(1, now, now, ProductUserId("boss"))
    connection = Connection(NAME, organization, ConnectionState.ACTIVE, now, link, tenant=TENANT, activated_at=now)
    await app._organizations.add_connection(connection, AuditEntry(now, "connection.requested", "boss"))
    body = {"addresses": [{"address": ADDRESS, "verified": True}]}
    await call("put_user", organization=organization, user="ursula", body=body)
    await app.sent.send(SweepUsers(organization=organization, connection=NAME))


async def leave(app: ComposedApp, organization: OrganizationId) -> None:
    await change(app, organization, state=ConnectionState.DISCONNECTING)
    await app.sent.send(DisconnectUsers(organization=organization, connection=NAME))


async def forget(app: ComposedApp, organization: OrganizationId) -> None:
    assert (await call("delete_user", organization=organization, user="ursula")).status == NO_CONTENT


async def opt_out(app: ComposedApp, organization: OrganizationId) -> None:
    assert (await call("disconnect_user", organization=organization, user="ursula", by="ursula")).json


async def lose_trust(app: ComposedApp, organization: OrganizationId) -> None:
    """Of its own connection alone, as when its look at the grant came at a bad moment."""
    await change(app, organization, state=ConnectionState.ATTENTION)


async def be_paused(app: ComposedApp, organization: OrganizationId) -> None:
    """By what its own match has asked of the tenant."""
    await change(app, organization, not_before=app.clock.now() + 2 * HOUR)


async def ask_live(app: ComposedApp, organization: OrganizationId) -> None:
    await ask(organization, live=True)


async def choose(app: ComposedApp, organization: OrganizationId) -> None:
    """Another calendar, and with the next call none but the default one."""
    known = (await call("get_settings", organization=organization, user="ursula")).json["checked_calendars"]
    checked = [default_calendar(MAILBOX)] if "second" in known else [default_calendar(MAILBOX), "second", "third"]
    body = {"checked_calendars": checked}
    assert (await call("put_settings", organization=organization, user="ursula", by="ursula", body=body)).json["chosen"]


async def rule(app: ComposedApp, organization: OrganizationId) -> None:
    """The policy has all calendars checked."""
    records = await app._organizations.find(organization)
    assert records is not None
    policy = Policy(busy_updates=True, checked_calendars=Rule(CheckedByDefault.ALL))
    await app._organizations.save(records.organization, replace(records.organization.value, policy=policy))
    await app.sent.send(ReadMailboxes(organization=organization, connection=NAME, occasion="policy"))


async def change(app: ComposedApp, organization: OrganizationId, **changes: object) -> None:
    records = await app._organizations.find(organization)
    stored = records.connection(NAME) if records else None
    assert stored is not None
    await app._organizations.save_connection(stored, replace(stored.value, **changes))  # type: ignore[arg-type]


async def ask(organization: OrganizationId, *, live: bool = False) -> object:
    now = bootstrap.app().clock.now()
    window = {"start": now.isoformat(), "end": (now + timedelta(days=7)).isoformat()}
    body = {"users": ["ursula"], "live": live, **window}
    return (await call("ask_availability", organization=organization, body=body)).json


async def observe(app: ComposedApp) -> object:
    """What the product's calls say of Acme, its reads' times among it, and which events have told it."""
    said = [await call(name, organization=ACME, user="ursula") for name in ("get_user", "explain_user")]
    said.append(await call("list_connections", organization=ACME))
    events = [event for event in app.product.received if event.organization == ACME]
    return app.clock.now(), events, await ask(ACME), *(each.json for each in said)


# --- what happens to the mailbox, in every world ---


async def edit(app: ComposedApp, _: OrganizationId) -> None:
    """Nobody is told of it."""
    start = app.clock.now() + timedelta(days=1)
    event = Event(f"at {start}", None, Interval(start, start + HOUR), ShowAs.BUSY)
    app.calendars.put(MAILBOX, default_calendar(MAILBOX), event)


async def edit_and_tell(app: ComposedApp, organization: OrganizationId) -> None:
    await edit(app, organization)
    await app.sent.send(sync_order(MAILBOX, app.clock.now(), "notified"))


def fail(error: OrgcalError) -> Act:
    async def act(app: ComposedApp, organization: OrganizationId) -> None:
        app.calendars.script.fail("read_window", error, times=1 if isinstance(error, TryLater) else None)
        await edit_and_tell(app, organization)

    return act


async def lose_subscription(app: ComposedApp, _: OrganizationId) -> None:
    app.subscriptions.live.pop(MAILBOX, None)
    await app.sent.send(keep_order(MAILBOX, app.clock.now(), "removed", "subscription-1"))


DAY: Story = {
    0: join,
    1: edit_and_tell,
    3: fail(Throttled("429", timedelta(minutes=20))),
    4: edit,
    5: fail(TryLater("503")),
    7: edit_and_tell,
    8: fail(Throttled("429", timedelta(minutes=20), whole_tenant=True)),
    9: lose_subscription,
    11: edit_and_tell,
    19: fail(Refused("closed")),  # after a silence of eight hours
}


async def acmes_day(neighbour: OrganizationId, acts: Story) -> list[object]:
    """What Acme is told every five minutes, from the hour in which it joins."""
    app = ComposedApp()
    bootstrap.serve(app)
    app.directory.put(TENANT, DirectoryUser(URSULA, ADDRESS, ADDRESS))
    app.calendars.add_mailbox(MAILBOX, *CALENDARS)
    app.microsoft.grant(TENANT)
    app.product.open()
    told = []
    try:
        for hour in range(-1, HOURS):
            for organization, story in ((neighbour, acts), (ACME, DAY)):
                if hour in story:
                    await story[hour](app, organization)
            for _ in range(HOUR // STEP):
                await run_for(app, STEP)
                if hour >= 0:
                    told.append(await observe(app))
    finally:
        bootstrap.serve(None)
    return told


NEIGHBOURS: dict[str, Story] = {
    "is there before": {-1: join},
    "comes later": {2: join},
    "comes while the mailbox is throttled": {3: join},
    "comes into a silence": {14: join},
    "comes when the door is closed": {20: join},
    "comes and leaves": {2: join, 6: leave},
    "leaves and was there first": {-1: join, 6: leave},
    "forgets the user": {2: join, 8: forget},
    "has the user opt out": {-1: join, 4: opt_out},
    "loses its trust": {-1: join, 6: lose_trust},
    "has asked too much of the tenant": {-1: join, 6: be_paused, 10: be_paused},
    "asks live": {-1: join, 4: ask_live, 20: ask_live},
    "has the user choose": {-1: join, 2: choose, 4: choose, 12: choose, 16: choose},
    "has all calendars checked": {-1: join, 2: rule},
    "decides into a silence": {-1: join, 14: rule},
}


@pytest.fixture(scope="module")
def alone() -> list[object]:
    return asyncio.run(acmes_day(ACME, {}))


@pytest.mark.parametrize("neighbour", BESIDE)
@pytest.mark.parametrize("acts", NEIGHBOURS.values(), ids=NEIGHBOURS.keys())
async def test_what_an_organization_is_told_is_the_same_whether_or_not_another_has_the_mailbox(
    alone: list[object], neighbour: str, acts: Story
) -> None:
    beside = await acmes_day(OrganizationId(neighbour), acts)

    differences = [pair for pair in zip(alone, beside, strict=True) if pair[0] != pair[1]]
    assert differences[:1] == []
