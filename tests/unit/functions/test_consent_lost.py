"""A tenant that closes its calendars to us, in every way it can, and opens them again: over functions and queues."""

from datetime import timedelta

import pytest

from shared_code.core.calendar import Event, ShowAs
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import MailboxKey, UserId
from shared_code.core.intervals import Interval
from shared_code.errors import Disconnected, Refused
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_authority import USERS
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import call
from tests.unit.functions.orders import run_for
from tests.unit.functions.test_connection_life import ask, connected, the_connection
from tests.unit.functions.test_consent import TENANT

NAMES = ["ursula", *(f"person-{number}" for number in range(11))]
QUARTER = timedelta(minutes=15)
CALENDAR_CALLS = ("list_calendars", "read_window", "find_time_zone")


def mailbox_of(name: str) -> MailboxKey:
    return MailboxKey("organizations", TENANT, UserId(f"7e2c0a8e-3b39-4d7a-8f3f-{NAMES.index(name):012}"))


@pytest.fixture
async def tenant(acme: ComposedApp) -> ComposedApp:
    """Twelve people whose calendars are read, each with one meeting."""
    start = acme.clock.now() + timedelta(days=1)
    for name in NAMES:
        address, mailbox = f"{name}@acme.example", mailbox_of(name)
        acme.directory.put(TENANT, DirectoryUser(mailbox.user_id, address, address))
        acme.calendars.add_mailbox(mailbox)
        meeting = Event(f"e-{name}", None, Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
        acme.calendars.put(mailbox, default_calendar(mailbox), meeting)
        body = {"addresses": [{"address": address, "verified": True}]}
        await call("put_user", organization="acme", user=name, body=body)
    await connected(acme)
    await run_for(acme, QUARTER)
    assert set((await states()).values()) == {"connected"}
    return acme


async def states() -> dict[str, str]:
    listed = (await call("list_users", organization="acme")).json["users"]
    return {user["user"]: user["state"] for user in listed if user["user"] != "olga"}


async def trouble() -> tuple[object, object]:
    connection = await the_connection()
    return connection["state"], connection["reason"]


def shut(app: ComposedApp, *names: str) -> None:
    """Exchange keeps these mailboxes from us; without names, all of them."""
    for operation in CALENDAR_CALLS:
        for name in names or NAMES:
            app.calendars.script.fail(operation, Refused("closed"), about=str(mailbox_of(name)))


def take_calendars_away(app: ComposedApp) -> None:
    app.microsoft.grant(TENANT, USERS)
    shut(app)


def disconnect(app: ComposedApp, reason: str) -> None:
    error = Disconnected("no more", reason)
    for operation in ("read_changes", "read_users", "start_changes", "find_user", "find_users"):
        app.directory.script.fail(operation, error)
    for operation in CALENDAR_CALLS:
        app.calendars.script.fail(operation, error)
    for operation in ("create", "read", "renew", "delete"):
        app.subscriptions.script.fail(operation, error)
    app.microsoft.script.fail("read_grant", error)


def heal(app: ComposedApp) -> None:
    app.microsoft.grant(TENANT)
    for faulty in (app.directory, app.calendars, app.subscriptions, app.microsoft):
        faulty.script.heal()


def asked(app: ComposedApp) -> int:
    """How many requests Graph has had."""
    return sum(len(port.script.calls) for port in (app.directory, app.calendars, app.subscriptions))


def looks(app: ComposedApp) -> int:
    return app.microsoft.script.operations().count("read_grant")


async def test_a_tenant_that_disconnects_us_is_asked_nothing_but_the_grant_by_the_hour(tenant: ComposedApp) -> None:
    disconnect(tenant, "consent_missing")
    await run_for(tenant, QUARTER)
    lost, before, looked = await trouble(), asked(tenant), looks(tenant)

    await run_for(tenant, timedelta(hours=24))

    assert lost == ("attention", "consent_missing")
    assert asked(tenant) == before
    assert 23 <= looks(tenant) - looked <= 25
    assert set((await states()).values()) == {"connected"}


async def test_a_tenant_that_takes_the_calendars_away_is_noticed_by_its_token(tenant: ComposedApp) -> None:
    take_calendars_away(tenant)
    await run_for(tenant, QUARTER)
    lost, before = await trouble(), asked(tenant)
    answer = await ask(tenant)

    await run_for(tenant, timedelta(hours=5))

    assert lost == ("attention", "calendars_not_granted")
    assert asked(tenant) - before <= 5 * 6  # five mailboxes are tried at each look
    assert (answer["complete"], answer["reason"]) == (False, "connection_attention")
    assert [calendar["state"] for calendar in answer["calendars"]] == ["denied"]  # type: ignore[attr-defined]


async def test_all_come_back_within_a_quarter_of_an_hour_of_the_look_that_finds_the_calendars_granted(
    tenant: ComposedApp,
) -> None:
    take_calendars_away(tenant)
    await run_for(tenant, timedelta(hours=3))
    mailbox = mailbox_of("person-3")
    start = tenant.clock.now() + timedelta(days=2)
    added = Event("new", None, Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
    tenant.calendars.put(mailbox, default_calendar(mailbox), added)
    tenant.subscriptions.live.clear()  # Graph ended them, and its word of it was lost

    heal(tenant)
    await run_for(tenant, timedelta(hours=1) + QUARTER)
    answer = await ask(tenant, "person-3")

    assert await trouble() == ("active", None)
    assert set((await states()).values()) == {"connected"}
    assert answer["complete"] is True
    assert len(answer["busy"]) == 2  # type: ignore[arg-type]
    assert len(tenant.subscriptions.live) == len(NAMES)


async def test_a_tenant_that_limits_calendars_by_exchange_from_now_on_goes_on(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT, USERS)

    await run_for(tenant, timedelta(hours=1))

    connection = await the_connection()
    assert (connection["state"], connection["scoped_by_exchange"]) == ("active", True)
    assert set((await states()).values()) == {"connected"}
