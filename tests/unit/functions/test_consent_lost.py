"""A tenant that closes its calendars to us, in every way it can, and opens them again: over functions and queues."""

from collections import Counter
from datetime import timedelta

import pytest

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.core.calendar import Event, ShowAs
from shared_code.core.directory import DirectoryUser
from shared_code.core.ids import LinkKey, MailboxKey, OrganizationId, ProductUserId, UserId
from shared_code.core.intervals import Interval
from shared_code.errors import Disconnected, Refused, TryLater
from shared_code.messages import sync_order
from tests.fakes.composed_app import ComposedApp
from tests.fakes.fake_authority import USERS
from tests.fakes.fake_calendars import default_calendar
from tests.unit.functions.browser import call
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.test_connection_life import ask, confirmed, connected, the_connection
from tests.unit.functions.test_consent import TENANT

NAMES = ["ursula", *(f"person-{number}" for number in range(11))]
QUARTER = timedelta(minutes=15)
ALL_EVENTS = 2  # of each, in the end
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
        for name in set(names or NAMES) & set(NAMES):
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


async def test_no_answer_is_complete_between_a_recovery_and_the_read_that_follows_it(tenant: ComposedApp) -> None:
    disconnect(tenant, "app_disabled")
    await run_for(tenant, timedelta(hours=2))
    start = tenant.clock.now() + timedelta(days=2)
    unseen = Event("unseen", None, Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
    for name in NAMES:
        tenant.calendars.put(mailbox_of(name), default_calendar(mailbox_of(name)), unseen)
    heal(tenant)

    told = Counter[tuple[object, int]]()
    for _ in range(80):
        await run_for(tenant, timedelta(minutes=1))
        for name in NAMES[::4]:
            answer = await ask(tenant, name)
            told[answer["reason"], len(answer["busy"])] += 1  # type: ignore[arg-type]

    assert {reason for reason, events in told if events < ALL_EVENTS} == {"connection_attention", "not_fresh"}
    assert told[None, ALL_EVENTS] > 0


async def test_a_tenant_that_limits_calendars_by_exchange_from_now_on_goes_on(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT, USERS)

    await run_for(tenant, timedelta(hours=1))

    connection = await the_connection()
    assert (connection["state"], connection["scoped_by_exchange"]) == ("active", True)
    assert set((await states()).values()) == {"connected"}


async def test_one_closed_mailbox_among_many_is_excluded_and_nothing_else(tenant: ComposedApp) -> None:
    shut(tenant, "person-3")
    await touch(tenant, "person-3")
    await run_for(tenant, timedelta(hours=1))

    assert await trouble() == ("active", None)
    assert Counter((await states()).values()) == {"connected": 11, "excluded_by_policy": 1}


async def test_a_closed_mailbox_costs_a_request_a_day_and_is_found_open_within_one(tenant: ComposedApp) -> None:
    shut(tenant, "person-3")
    await touch(tenant, "person-3")
    await run_for(tenant, timedelta(hours=1))
    about = str(mailbox_of("person-3"))
    before = requests_about(tenant, about)

    await run_for(tenant, timedelta(days=4))
    asked_daily = requests_about(tenant, about) - before
    tenant.calendars.script.heal()
    await run_for(tenant, timedelta(hours=26))

    assert 3 <= asked_daily <= 5
    assert set((await states()).values()) == {"connected"}
    assert (await ask(tenant, "person-3"))["complete"] is True


async def test_a_tenant_that_closes_all_its_mailboxes_needs_attention(tenant: ComposedApp) -> None:
    shut(tenant)
    await touch(tenant, "person-3")
    await run_for(tenant, timedelta(minutes=45))
    lost, answer, before, looked = await trouble(), await ask(tenant), asked(tenant), looks(tenant)

    await run_for(tenant, timedelta(hours=6))

    assert lost == ("attention", "all_mailboxes_refused")
    assert (answer["complete"], answer["reason"], answer["busy"]) == (False, "connection_attention", [])
    assert 5 <= looks(tenant) - looked <= 7
    assert asked(tenant) - before <= 7 * 5


@pytest.mark.parametrize("opened", [NAMES, NAMES[:3]], ids=["all", "some"])
async def test_whoever_is_let_in_again_comes_back_without_waiting_for_their_day(
    tenant: ComposedApp, opened: list[str]
) -> None:
    shut(tenant)
    await touch(tenant, "person-3")
    await run_for(tenant, timedelta(minutes=45))
    tenant.calendars.script.heal()
    shut(tenant, *(set(NAMES) - set(opened) or {"nobody"}))

    await run_for(tenant, timedelta(hours=5))  # others are tried every hour
    back = await states()

    assert await trouble() == ("active", None)
    assert {name for name, state in back.items() if state == "connected"} == set(opened)
    assert [(await ask(tenant, name))["complete"] for name in opened] == [True] * len(opened)


async def test_a_tenant_that_closes_half_of_its_mailboxes_goes_on_with_the_others(tenant: ComposedApp) -> None:
    shut(tenant, *NAMES[:6])
    await touch(tenant, NAMES[0])

    await run_for(tenant, timedelta(hours=7))

    assert await trouble() == ("active", None)
    assert Counter((await states()).values()) == {"connected": 6, "excluded_by_policy": 6}


async def test_a_mailbox_that_meets_the_lost_consent_first_stops_the_connection_at_once(tenant: ComposedApp) -> None:
    disconnect(tenant, "consent_missing")
    tenant.directory.script.heal()

    await touch(tenant, "person-3")
    await drain(tenant)

    assert await trouble() == ("attention", "consent_missing")


async def test_a_new_consent_brings_everybody_back_with_their_calendars(tenant: ComposedApp) -> None:
    disconnect(tenant, "consent_missing")
    await run_for(tenant, timedelta(hours=2))
    before = {user: (await ask(tenant, user))["calendars"] for user in NAMES}
    heal(tenant)
    tenant.microsoft.service_principals[TENANT] = "another"
    tenant.subscriptions.live.clear()

    await confirmed(tenant)
    await run_for(tenant, timedelta(minutes=20))

    after = {user: (await ask(tenant, user))["calendars"] for user in NAMES}
    assert await trouble() == ("active", None)
    assert set((await states()).values()) == {"connected"}
    assert [calendar["calendar"] for calendar in after["ursula"]] == [c["calendar"] for c in before["ursula"]]  # type: ignore[attr-defined]
    assert {calendar["state"] for calendars in after.values() for calendar in calendars} == {"ok"}  # type: ignore[attr-defined]
    assert len(tenant.subscriptions.live) == len(NAMES)


async def test_while_graph_answers_nothing_no_permission_counts_as_lost(tenant: ComposedApp) -> None:
    tenant.microsoft.grant(TENANT, USERS)
    tenant.calendars.script.fail("list_calendars", TryLater("503"))
    await run_for(tenant, timedelta(hours=2))
    unsure, looked = await trouble(), looks(tenant)

    tenant.calendars.script.heal()
    take_calendars_away(tenant)
    await run_for(tenant, QUARTER)

    assert unsure == ("active", None)
    assert looked <= 11  # a quarter of an hour apart, beside those of the activation
    assert await trouble() == ("attention", "calendars_not_granted")


async def test_a_connection_whose_refused_people_have_all_left_serves_again(tenant: ComposedApp) -> None:
    shut(tenant)
    await touch(tenant, "person-3")
    await run_for(tenant, timedelta(minutes=45))
    lost = await trouble()
    for name in NAMES:
        await call("delete_user", organization="acme", user=name)

    await run_for(tenant, timedelta(hours=2))

    assert lost == ("attention", "all_mailboxes_refused")
    assert await trouble() == ("active", None)


@pytest.mark.by_hand  # what was told is forgotten after thirty days as well
async def test_what_was_read_is_forgotten_after_thirty_days_and_read_anew_when_trust_returns(
    tenant: ComposedApp,
) -> None:
    disconnect(tenant, "app_disabled")
    await run_for(tenant, timedelta(hours=1))
    tenant.clock.advance(timedelta(days=29))
    await run_for(tenant, QUARTER)
    kept = await stored_events(tenant, "person-3")
    tenant.clock.advance(timedelta(days=1))
    await run_for(tenant, QUARTER)
    forgotten = await stored_events(tenant, "person-3")
    answer = await ask(tenant, "person-3")
    start = tenant.clock.now() + timedelta(days=1)
    new = Event("new", None, Interval(start, start + timedelta(hours=1)), ShowAs.BUSY)
    tenant.calendars.put(mailbox_of("person-3"), default_calendar(mailbox_of("person-3")), new)

    heal(tenant)
    await run_for(tenant, timedelta(hours=1) + QUARTER)
    again = await ask(tenant, "person-3")

    assert (len(kept) > 0, len(forgotten)) == (True, 0)
    assert (answer["complete"], answer["reason"], answer["busy"]) == (False, "connection_attention", [])
    assert (again["complete"], len(again["busy"])) == (True, 1)  # type: ignore[arg-type]


async def stored_events(app: ComposedApp, name: str) -> bytes:
    mailboxes = TableMailboxes(app.rows)
    found = await mailboxes.find_link(LinkKey(mailbox_of(name), OrganizationId("acme"), ProductUserId(name)))
    assert found is not None
    return b"".join(found.packed.values())


async def touch(app: ComposedApp, name: str) -> None:
    """Graph says that something changed in this mailbox."""
    await app.sent.send(sync_order(mailbox_of(name), app.clock.now(), "notified"))


def requests_about(app: ComposedApp, about: str) -> int:
    calls = [*app.calendars.script.calls, *app.subscriptions.script.calls]
    return sum(about in each.about for each in calls)
