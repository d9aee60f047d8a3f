"""The first look into a mailbox, and each time its calendars are looked for anew."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.core.calendar import Calendar, CalendarState, Event
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import CalendarId, ConnectionId, ProductUserId
from shared_code.core.packing import count
from shared_code.core.product_user import UserState
from shared_code.core.reasons import Reason
from shared_code.core.sync_rules import CALM, SYNC_EVERY
from shared_code.errors import Disconnected, Gone, NoMailbox, OrgcalError, Refused, Throttled, TooLarge, TryLater
from shared_code.flows.subscribing import keep_order
from shared_code.mailbox_ports import LinkChange
from shared_code.messages import (
    HINT_DELAY,
    ConnectMailbox,
    DropSubscription,
    KeepSubscription,
    ReleaseMailbox,
    SettleEverybody,
)
from shared_code.ports import UserChange
from tests.fakes.memory_rows import Operation
from tests.unit.flows.calendar_world import ACME, ANNA, OTHER, CalendarWorld, link_key, mailbox_of, meeting

SOON = timedelta(hours=2)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna was matched a moment ago."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_user(ANNA)
    world.add_mailbox(ANNA, meeting(SOON), meeting(SOON * 2))
    world.forget_traces()
    return world


async def test_a_matched_user_is_connected_with_their_default_calendar_read(world: CalendarWorld) -> None:
    await world.connect()

    user, mailbox = await world.user(), await world.mailbox()
    (calendar,) = mailbox.links[0].value.calendars
    assert (user.state, user.reason, user.connected_at) == (UserState.CONNECTED, None, world.now)
    assert (calendar.state, calendar.checked, calendar.written, calendar.events) == (CalendarState.OK, True, True, 2)
    assert count(await world.packed()) == 2
    assert (mailbox.lease.value.holder, mailbox.lease.value.started_at) == (None, world.now)


async def test_two_requests_are_enough_if_the_product_knows_the_zone(world: CalendarWorld) -> None:
    await world.connect()

    assert world.calendars.script.operations() == ["list_calendars", "read_window"]


async def test_the_mailbox_is_asked_for_its_zone_if_the_product_knows_none(world: CalendarWorld) -> None:
    await world.change_user(time_zone=None)
    world.add_mailbox(ANNA, zone="Romance Standard Time")

    await world.connect()

    assert world.calendars.script.operations() == ["list_calendars", "find_time_zone", "read_window"]
    assert (await world.mailbox()).links[0].value.mailbox_zone == "Europe/Paris"


@pytest.mark.parametrize("zone", [None, "tzone://Microsoft/Custom"])
async def test_a_mailbox_without_a_usable_zone_is_connected_all_the_same(
    world: CalendarWorld, zone: str | None
) -> None:
    await world.change_user(time_zone=None)
    world.add_mailbox(ANNA, zone=zone)

    await world.connect()

    assert (await world.user()).state is UserState.CONNECTED
    assert (await world.mailbox()).links[0].value.mailbox_zone is None


async def test_a_mailbox_that_hides_its_zone_is_connected_all_the_same(world: CalendarWorld) -> None:
    await world.change_user(time_zone=None)
    world.calendars.script.fail("find_time_zone", Refused("403"))

    await world.connect()

    assert (await world.user()).state is UserState.CONNECTED


async def test_calendars_of_other_people_are_not_offered(world: CalendarWorld) -> None:
    def calendar(name: str, owner: str | None, *, is_default: bool = False) -> Calendar:
        return Calendar(CalendarId(name), is_default, can_edit=True, owner_address=owner)

    world.calendars.add_mailbox(
        mailbox_of(ANNA),
        calendar("shared by the boss", "boss@acme.example"),
        calendar("own", "Anna@acme.example", is_default=True),
        calendar("second", "anna@ACME.example"),
        calendar("from the internet", None),
    )

    await world.connect()

    offered = (await world.mailbox()).links[0].value.calendars
    assert [(one.calendar, one.checked, one.state) for one in offered] == [
        ("own", True, CalendarState.OK),
        ("second", False, CalendarState.PENDING),
    ]


async def test_the_next_read_is_due_within_a_quarter_of_an_hour(world: CalendarWorld) -> None:
    await world.connect()

    (due,) = await world.upkeep.find_due(world.now + SYNC_EVERY, 10)
    assert (due.kind, due.subject) == ("mailbox", str(mailbox_of(ANNA)))


async def test_a_mailbox_whose_record_could_not_be_written_is_due_nevertheless(world: CalendarWorld) -> None:
    def break_commits_to_mailboxes(operation: Operation) -> None:
        if operation.kind == "commit" and operation.table == "mailboxes" and operation.rows > 1:
            raise TryLater("storage does not answer")

    world.rows.on_operation = break_commits_to_mailboxes

    await world.connect()

    assert len(await world.upkeep.find_due(world.now + SYNC_EVERY, 10)) == 1
    assert (await world.user()).state is UserState.PENDING
    assert [type(message) for message, _ in world.sent()] == [ConnectMailbox]


@pytest.mark.parametrize(
    ("operation", "error", "state", "reason"),
    [
        ("list_calendars", NoMailbox("404"), UserState.NO_MAILBOX, Reason.MAILBOX_MISSING),
        ("list_calendars", Refused("403"), UserState.EXCLUDED_BY_POLICY, Reason.ACCESS_POLICY),
        ("read_window", Refused("403"), UserState.EXCLUDED_BY_POLICY, Reason.ACCESS_POLICY),
    ],
)
async def test_a_mailbox_that_graph_keeps_closed_leaves_no_record(
    world: CalendarWorld, operation: str, error: OrgcalError, state: UserState, reason: Reason
) -> None:
    world.calendars.script.fail(operation, error)

    await world.connect()

    user = await world.user()
    assert (user.state, user.reason) == (state, reason)
    assert await world.mailboxes.find(mailbox_of(ANNA)) is None


async def test_a_mailbox_without_a_default_calendar_is_an_error_to_be_asked_again(world: CalendarWorld) -> None:
    shared = Calendar(CalendarId("shared"), is_default=False, can_edit=False, owner_address="boss@acme.example")
    world.calendars.add_mailbox(mailbox_of(ANNA), shared)

    await world.connect()

    user = await world.user()
    assert (user.state, user.reason) == (UserState.ERROR, Reason.NO_DEFAULT_CALENDAR)
    assert await world.mailboxes.find(mailbox_of(ANNA)) is None


async def test_a_first_read_of_more_events_than_are_kept_says_so(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", TooLarge("18,001 events"))

    await world.connect()

    assert (await world.user()).state is UserState.CONNECTED
    assert await world.calendar_state() is CalendarState.TOO_LARGE


async def test_a_default_calendar_that_vanishes_between_two_requests_is_gone_and_not_free(
    world: CalendarWorld,
) -> None:
    world.calendars.script.fail("read_window", Gone("404"))

    await world.connect()

    assert await world.calendar_state() is CalendarState.GONE


@pytest.mark.parametrize("operation", ["list_calendars", "read_window"])
@pytest.mark.parametrize(("error", "delay"), [(TryLater("503"), 60), (Throttled("429", timedelta(seconds=9)), 9)])
async def test_a_passing_fault_sends_the_order_again_and_changes_nothing(
    world: CalendarWorld, operation: str, error: OrgcalError, delay: float
) -> None:
    world.calendars.script.fail(operation, error, times=1)

    await world.connect()
    ((message, waited),) = world.sent()
    state_between = (await world.user()).state
    world.clock.advance(waited)
    await world.connect()

    assert isinstance(message, ConnectMailbox)
    assert waited == timedelta(seconds=delay)
    assert state_between is UserState.PENDING
    assert (await world.user()).state is UserState.CONNECTED


async def test_the_time_that_graph_names_counts_from_its_answer(world: CalendarWorld) -> None:
    pause, original = timedelta(seconds=20), world.calendars.read_window

    async def read_window(*about: object) -> tuple[Event, ...]:
        world.clock.advance(timedelta(seconds=30))
        return await original(*about)  # type: ignore[arg-type]

    world.calendars.read_window = read_window  # type: ignore[method-assign, assignment]
    world.calendars.script.fail("read_window", Throttled("429", pause, whole_tenant=True))
    await world.connect()

    assert (await world.mailbox()).lease.value.not_before == world.now + pause
    assert (await world.connection()).not_before == world.now + pause


async def test_a_tenant_that_is_lost_leaves_the_user_pending_for_the_sweep(world: CalendarWorld) -> None:
    world.calendars.script.fail("list_calendars", Disconnected("7000229", "consent_missing"))

    await world.connect()

    assert (await world.user()).state is UserState.PENDING
    assert world.sent() == [(SettleEverybody(organization=ACME), HINT_DELAY)]  # and nothing of this mailbox


@pytest.mark.parametrize(
    "changes",
    [{"match": None}, {"state": UserState.OPTED_OUT}, {"state": UserState.DISABLED}],
)
async def test_a_user_who_is_not_to_have_the_mailbox_any_more_costs_no_request(
    world: CalendarWorld, changes: dict[str, object]
) -> None:
    await world.change_user(ANNA, ACME, **changes)

    await world.connect()

    assert world.calendars.script.operations() == []


@pytest.mark.parametrize("state", [ConnectionState.REVIEW, ConnectionState.ATTENTION, ConnectionState.DISCONNECTING])
async def test_a_connection_that_does_not_serve_connects_nobody(world: CalendarWorld, state: ConnectionState) -> None:
    await world.change_connection(state=state)

    await world.connect()

    assert world.calendars.script.operations() == []
    assert world.sent() == []


async def test_a_connection_about_to_be_active_is_waited_for(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.VERIFYING)

    await world.connect()

    assert world.calendars.script.operations() == []
    assert [delay for _, delay in world.sent()] == [timedelta(seconds=10)]


async def test_the_order_given_twice_reads_once(world: CalendarWorld) -> None:
    await world.connect()
    await world.connect()

    assert world.calendars.script.operations() == ["list_calendars", "read_window"]


async def test_two_orders_at_the_same_time_connect_once(world: CalendarWorld) -> None:
    await asyncio.gather(world.connect(), world.connect())

    assert world.calendars.script.operations() == ["list_calendars", "read_window"]
    assert [type(message) for message, _ in world.sent()] == [ConnectMailbox]
    assert world.graph.script.operations() == ["create"]


async def test_a_user_whom_the_product_takes_away_during_the_read_loses_the_link_again(world: CalendarWorld) -> None:
    original = world.calendars.read_window

    async def meanwhile(*about: object) -> object:
        await world.change_user(state=UserState.PERSONAL, match=None)
        return await original(*about)  # type: ignore[arg-type]

    world.calendars.read_window = meanwhile  # type: ignore[method-assign, assignment]
    await world.connect()

    assert (await world.user()).state is UserState.PERSONAL
    assert [type(message) for message, _ in world.sent()] == [ReleaseMailbox]


async def test_two_organisations_share_a_mailbox_with_a_link_each(world: CalendarWorld) -> None:
    await world.add_organization(OTHER)
    await world.add_user(ANNA, OTHER)

    await world.connect(ANNA, ACME)
    await world.connect(ANNA, OTHER)

    links = (await world.mailbox()).links
    assert {link.value.key for link in links} == {link_key(ANNA, ACME), link_key(ANNA, OTHER)}
    assert len(await world.upkeep.find_due(world.now + SYNC_EVERY, 10)) == 1


async def test_a_renewed_connection_takes_over_the_link(world: CalendarWorld) -> None:
    await world.connect()
    mailbox = await world.mailbox()
    old = replace(mailbox.links[0].value, connection=ConnectionId("an old one"))
    from_before = world.now
    await world.mailboxes.commit(mailbox.lease, mailbox.lease.value, [LinkChange(mailbox.links[0], old, {})])
    await world.change_user(state=UserState.PENDING)
    world.clock.advance(timedelta(hours=1))

    await world.connect()

    (link,) = (await world.mailbox()).links
    assert link.value.connection == "connection-acme"
    assert link.value.connected_at == from_before


# --- another default calendar ---


async def test_a_default_calendar_that_is_replaced_is_found_by_the_next_read(world: CalendarWorld) -> None:
    await world.connect()
    new = Calendar(CalendarId("new"), is_default=True, can_edit=True, owner_address=None)
    world.calendars.add_mailbox(mailbox_of(ANNA), new)
    world.clock.advance(SYNC_EVERY)

    world.forget_traces()
    await world.sync()
    ordered = [message for message, _ in world.sent()]
    await world.connect()

    link = await world.mailboxes.find_link(link_key())
    assert [type(message) for message in ordered] == [ConnectMailbox]
    assert link is not None
    assert [(one.calendar, one.state) for one in link.link.calendars] == [("new", CalendarState.OK)]
    assert list(link.packed) == ["new"]


async def test_a_default_calendar_that_comes_late_is_found_all_the_same(world: CalendarWorld) -> None:
    await world.connect()
    shared = Calendar(CalendarId("shared"), is_default=False, can_edit=False, owner_address="boss@acme.example")
    new = Calendar(CalendarId("new"), is_default=True, can_edit=True, owner_address=None)
    world.calendars.add_mailbox(mailbox_of(ANNA), shared)
    world.clock.advance(SYNC_EVERY)
    await world.sync()
    await world.connect()
    between = (await world.user()).state

    world.calendars.add_mailbox(mailbox_of(ANNA), new)
    world.clock.advance(SYNC_EVERY)
    await world.sync()
    await world.connect()

    assert between is UserState.ERROR
    assert (await world.user()).state is UserState.CONNECTED
    assert await world.calendar_state() is CalendarState.OK


async def test_the_subscription_is_there_before_the_window_is_read_so_that_nothing_changes_unseen(
    world: CalendarWorld,
) -> None:
    order: list[str] = []
    create, read = world.graph.create, world.calendars.read_window

    async def subscribe(*about: object) -> object:
        order.append("subscribe")
        return await create(*about)  # type: ignore[arg-type]

    async def look(*about: object) -> object:
        order.append("read")
        return await read(*about)  # type: ignore[arg-type]

    world.graph.create = subscribe  # type: ignore[method-assign, assignment]
    world.calendars.read_window = look  # type: ignore[method-assign, assignment]
    await world.connect()

    lease = (await world.mailbox()).lease.value
    assert order == ["subscribe", "read"]
    assert lease.subscription is not None
    assert lease.subscription.since == lease.started_at == world.now
    assert world.sent() == []


async def test_a_mailbox_that_gets_no_subscription_is_connected_and_asks_again(world: CalendarWorld) -> None:
    world.graph.script.fail("create", TryLater("the handshake took too long"))

    await world.connect()

    assert (await world.user()).state is UserState.CONNECTED
    assert [type(message) for message, _ in world.sent()] == [KeepSubscription]


async def test_a_mailbox_that_closes_after_it_was_subscribed_to_keeps_no_subscription(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", NoMailbox("404"))

    await world.connect()

    (drop,) = [message for message, _ in world.sent()]
    assert isinstance(drop, DropSubscription)
    assert world.rows.keys("mailboxes", str(mailbox_of(ANNA))) == []


async def test_a_subscription_survives_a_first_read_that_has_to_wait(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", Throttled("429", timedelta(seconds=20)), times=1)
    await world.connect()
    world.clock.advance(timedelta(seconds=20))

    await world.connect()

    assert (await world.user()).state is UserState.CONNECTED
    assert world.graph.script.operations() == ["create"]


async def test_whom_an_earlier_try_left_a_record_behind_for_is_released(world: CalendarWorld) -> None:
    world.calendars.script.fail("read_window", TryLater("503"))
    await world.connect()
    await world.change_user(state=UserState.NO_MATCH, match=None)
    world.forget_traces()

    await world.connect()
    await world.release()

    assert [type(message) for message, _ in world.sent()] == [ReleaseMailbox, DropSubscription]
    assert world.rows.keys("mailboxes", str(mailbox_of(ANNA))) == []


async def test_a_mailbox_that_was_shut_has_the_subscription_looked_at_that_graph_may_have_ended() -> None:
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected()
    await world.change_user(state=UserState.EXCLUDED_BY_POLICY)

    await world.connect()

    assert (await world.user()).state is UserState.CONNECTED
    assert world.queues.messages == [keep_order(mailbox_of(ANNA), world.now, "recovered")]


async def test_a_mailbox_that_was_refused_just_before_its_user_was_said_to_be_connected_is_connected_anew(
    world: CalendarWorld,
) -> None:
    save, refused = world.users.save, Refused("403")

    async def save_late(changes: Sequence[UserChange]) -> tuple[ProductUserId, ...]:
        if changes[0].changed is not None and changes[0].changed.state is UserState.CONNECTED:
            world.clock.advance(CALM)
            world.calendars.script.fail("read_window", refused, times=1)
            await world.sync(cause="notified")
        return await save(changes)

    await world.change_user(state=UserState.EXCLUDED_BY_POLICY)
    world.users.save = save_late  # type: ignore[method-assign]
    await world.connect()
    shut = await world.calendar_state()
    world.users.save = save  # type: ignore[method-assign]

    await world.connect()

    assert shut is CalendarState.DENIED
    assert await world.calendar_state() is CalendarState.OK
