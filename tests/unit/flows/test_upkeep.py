"""The minute timer reaches every state that messages reach, whatever was lost."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from shared_code.adapters.tables.names import ORGANIZATIONS
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ConnectionId, OrganizationId, ProductUserId
from shared_code.core.product_user import UserState
from shared_code.core.repair import WALK_EVERY, next_walk
from shared_code.core.sign_in import SignIn
from shared_code.core.subscription import RENEWED_BEFORE
from shared_code.core.sweep import Sweep
from shared_code.core.sync_rules import SYNC_EVERY
from shared_code.core.told import told_of_busy_times
from shared_code.core.turns import KEPT_FOR, READ_EVERY
from shared_code.core.upkeep import Due, Settled
from shared_code.errors import TryLater, Unexpected
from shared_code.flows.mailbox_turn import MailboxTurn
from shared_code.flows.subscribing import keep_order
from shared_code.flows.upkeep import BUDGET, UpkeepRun
from shared_code.messages import (
    CheckGrant,
    DisconnectUsers,
    KeepSubscription,
    RelayEvents,
    ReleaseMailbox,
    SettleEverybody,
    SweepChanges,
    SyncMailbox,
)
from shared_code.ports import Clock
from tests.fakes.memory_rows import Operation
from tests.unit.flows.calendar_world import (
    ACME,
    ANNA,
    CalendarWorld,
    connection_of,
    link_key,
    mailbox_of,
    meeting,
    sync_message,
)

MINUTE = timedelta(minutes=1)
SWEEP_SUBJECT = f"{ACME}!{connection_of(ACME)}"


@dataclass
class FakeExpiry:
    again_at: datetime | None = None
    asked: list[tuple[OrganizationId, ConnectionId, datetime]] = field(default_factory=list)

    async def expire(self, organization: OrganizationId, connection: ConnectionId, now: datetime) -> datetime | None:
        self.asked.append((organization, connection, now))
        return self.again_at


@dataclass
class FakeTidying:
    asked: list[OrganizationId] = field(default_factory=list)

    async def tidy(self, organization: OrganizationId, now: datetime) -> datetime | None:
        self.asked.append(organization)
        return now + timedelta(days=7)


@dataclass
class FakeLook:
    asked: list[str] = field(default_factory=list)

    async def look(self, subject: str, now: datetime) -> datetime | None:
        self.asked.append(subject)
        return now + timedelta(minutes=15)


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna was connected a quarter of an hour ago."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA)
    world.clock.advance(SYNC_EVERY)
    return world


async def _run(world: CalendarWorld, expiry: FakeExpiry | None = None, clock: Clock | None = None) -> None:
    flow = UpkeepRun(
        world.upkeep,
        world.organizations,
        MailboxTurn(world.organizations, world.users, world.mailboxes, world.queues),
        world.sign_ins,
        expiry or FakeExpiry(),
        FakeTidying(),
        FakeLook(),
        world.queues,
        clock or world.clock,
    )
    await flow.run(world.now)


async def _due(world: CalendarWorld, within: timedelta = SYNC_EVERY) -> list[Due]:
    return list(await world.upkeep.find_due(world.now + within, 1000))


async def _daily(world: CalendarWorld) -> list[Due]:
    return [due for due in await _due(world, 2 * WALK_EVERY) if due.kind == "repair"]


async def _sweep(world: CalendarWorld, **changes: object) -> None:
    sweep = Sweep(ACME, connection_of(ACME), "sweep-1", "idle", world.now)
    await world.organizations.save_sweep(None, replace(sweep, **changes))  # type: ignore[arg-type]


# --- mailboxes ---


async def test_a_mailbox_that_is_due_is_read_and_is_due_again(world: CalendarWorld) -> None:
    await world.note_subscription(expires_at=world.now)

    await _run(world)

    assert (sync_message(ANNA, world.now), timedelta(0)) in world.sent()
    (again,) = await _due(world)
    assert world.now < again.at <= world.now + SYNC_EVERY


@pytest.mark.parametrize(("age", "is_sent"), [(timedelta(minutes=59), False), (timedelta(hours=1), True)])
async def test_events_that_lie_beside_a_mailbox_for_an_hour_are_passed_on_with_its_turn(
    world: CalendarWorld, age: timedelta, is_sent: bool
) -> None:
    partition = str(mailbox_of(ANNA))
    forgotten = replace(told_of_busy_times(ACME, ANNA, world.now), at=world.now - age)
    await world.rows.commit("mailboxes", partition, outbox_rows([forgotten]))

    await _run(world)

    ordered = [message for message, _ in world.sent() if isinstance(message, RelayEvents)]
    assert ordered == ([RelayEvents(table="mailboxes", partition=partition)] if is_sent else [])


async def test_a_mailbox_that_is_told_of_changes_is_left_alone_for_six_hours(world: CalendarWorld) -> None:
    read_at = world.now - SYNC_EVERY

    await _run(world)

    assert world.sent() == []
    assert await _due(world, READ_EVERY) == [Due(read_at + READ_EVERY, "mailbox", str(mailbox_of(ANNA)))]


@pytest.mark.parametrize("left", [None, timedelta(0), RENEWED_BEFORE - MINUTE])
async def test_a_turn_has_a_subscription_made_or_renewed(world: CalendarWorld, left: timedelta | None) -> None:
    await world.note_subscription(expires_at=world.now + (left or timedelta(0)))
    if left is None:
        lease = (await world.mailbox()).lease
        await world.mailboxes.save_lease(lease, replace(lease.value, subscription=None))

    await _run(world)

    orders = [message for message, _ in world.sent() if isinstance(message, KeepSubscription)]
    assert orders == [keep_order(mailbox_of(ANNA), world.now)]


@pytest.mark.parametrize(("told", "hours", "every", "reads"), [(True, 25, READ_EVERY, 4), (False, 1, SYNC_EVERY, 4)])
async def test_every_mailbox_is_read_in_its_time_although_nobody_says_anything(
    world: CalendarWorld, told: bool, hours: int, every: timedelta, reads: int
) -> None:
    if not told:
        await world.note_subscription(expires_at=world.now)
    for _ in range(hours * 60):
        await _run(world)
        while (message := world.queues.take()) is not None:
            if isinstance(message, SyncMailbox):
                await world.sync_flow().run(message, world.now)
        read_at = (await world.mailbox()).links[0].value.calendars[0].read_at
        assert read_at is not None
        assert world.now - read_at <= every + 2 * MINUTE
        world.clock.advance(MINUTE)

    assert world.calendars.script.operations().count("read_window") in {reads, reads + 1}


async def test_what_could_not_be_read_for_thirty_days_is_forgotten(world: CalendarWorld) -> None:
    world.put(ANNA, meeting(timedelta(days=40)))
    await world.sync()
    await world.change_connection(state=ConnectionState.ATTENTION)
    world.clock.advance(KEPT_FOR - SYNC_EVERY)
    await _run(world)
    kept = await world.packed()
    world.clock.advance(SYNC_EVERY)

    await _run(world)

    link = await world.mailboxes.find_link(link_key())
    assert kept != b""
    assert await world.packed() == b""
    assert link is not None
    assert [(each.read_at, each.events) for each in link.link.calendars] == [(None, 0)]
    assert world.calendars.script.operations() == ["read_window"]


async def test_a_mailbox_that_is_gone_is_not_due_any_more(world: CalendarWorld) -> None:
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)

    await _run(world)

    assert world.sent() == []
    assert await _due(world) == []


@pytest.mark.parametrize("changes", [{"match": None}, {"state": UserState.DISABLED}, {"state": UserState.OPTED_OUT}])
async def test_a_release_whose_message_was_lost_is_sent_again(world: CalendarWorld, changes: dict[str, object]) -> None:
    await world.change_user(ANNA, ACME, **changes)
    await world.note_subscription(expires_at=world.now)

    await _run(world)

    assert [type(message) for message, _ in world.sent()] == [ReleaseMailbox]  # and nothing is asked of the mailbox


# --- sweeps ---


async def _swept(world: CalendarWorld) -> list[object]:
    await world.upkeep.set(Due(world.now, "sweep", SWEEP_SUBJECT))
    await world.upkeep.settle(
        [Settled(each) for each in await world.upkeep.find_due(world.now, 1)]
    )  # only the sweep is left
    world.forget_traces()
    await _run(world)
    return [message for message, _ in world.sent()]


@pytest.mark.parametrize("state", [ConnectionState.ACTIVE, ConnectionState.REVIEW, ConnectionState.VERIFYING])
async def test_a_tenant_is_looked_at_every_quarter_of_an_hour(world: CalendarWorld, state: ConnectionState) -> None:
    await world.change_connection(state=state)

    assert await _swept(world) == [SweepChanges(organization=ACME, connection=connection_of(ACME))]


@pytest.mark.parametrize(("minutes", "asked"), [(-1, True), (1, False)])
async def test_a_grant_whose_check_was_lost_is_checked(world: CalendarWorld, minutes: int, asked: bool) -> None:
    next_at = world.now + timedelta(minutes=minutes)
    await world.change_connection(state=ConnectionState.VERIFYING, grant_next_at=next_at)

    check = CheckGrant(organization=ACME, connection=connection_of(ACME))
    assert await _swept(world) == ([check] if asked else [])


async def test_a_connection_that_waits_for_a_person_is_asked_for_later(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.PENDING)

    assert await _swept(world) == []
    assert "sweep" in [due.kind for due in await _due(world)]


@pytest.mark.parametrize(("minutes", "asked"), [(None, True), (-1, True), (1, False)])
async def test_a_tenant_that_lost_its_trust_is_asked_again_when_its_time_comes(
    world: CalendarWorld, minutes: int | None, asked: bool
) -> None:
    next_at = None if minutes is None else world.now + timedelta(minutes=minutes)
    await world.change_connection(state=ConnectionState.ATTENTION, grant_next_at=next_at)

    check = CheckGrant(organization=ACME, connection=connection_of(ACME))
    assert await _swept(world) == ([check] if asked else [])


async def test_everybody_s_accounts_are_looked_at_daily_while_a_connection_needs_attention_whatever_was_lost(
    world: CalendarWorld,
) -> None:
    walk = next_walk(await world.connection(), world.now)
    await world.change_connection(state=ConnectionState.VERIFYING, grant_next_at=world.now + timedelta(days=2))
    await world.upkeep.set(walk)
    world.clock.move_to(walk.at)
    await _run(world)
    dropped = await _daily(world)

    await world.change_connection(state=ConnectionState.ATTENTION)
    await _swept(world)
    world.clock.advance(SYNC_EVERY)
    await _swept(world)
    (again,) = await _daily(world)
    world.clock.move_to(again.at)
    world.forget_traces()
    await _run(world)

    assert dropped == []
    assert SettleEverybody(organization=ACME) in [message for message, _ in world.sent()]
    assert [due.at - again.at for due in await _daily(world)] == [WALK_EVERY]


DISCONNECT = DisconnectUsers(organization=ACME, connection=connection_of(ACME))


@pytest.mark.parametrize("minutes", [None, -1, 0])
async def test_a_disconnection_whose_order_was_lost_is_ordered_again(world: CalendarWorld, minutes: int | None) -> None:
    settles_at = None if minutes is None else world.now + timedelta(minutes=minutes)
    await world.change_connection(state=ConnectionState.DISCONNECTING, settles_at=settles_at)

    assert await _swept(world) == [DISCONNECT]
    assert "sweep" in [due.kind for due in await _due(world)]


async def test_a_disconnected_connection_is_looked_at_when_nothing_can_be_under_way_any_more(
    world: CalendarWorld,
) -> None:
    settles_at = world.now + timedelta(minutes=3)
    await world.change_connection(state=ConnectionState.DISCONNECTED, settles_at=settles_at)

    assert await _swept(world) == []
    assert Due(settles_at, "sweep", SWEEP_SUBJECT) in await _due(world)


async def test_a_connection_that_is_over_and_settled_is_not_due_any_more(world: CalendarWorld) -> None:
    await world.change_connection(state=ConnectionState.DISCONNECTED)

    assert await _swept(world) == []
    assert "sweep" not in [due.kind for due in await _due(world)]


# --- links ---


async def test_an_activation_link_whose_time_is_over_expires(world: CalendarWorld) -> None:
    await world.upkeep.set(Due(world.now, "link_expiry", SWEEP_SUBJECT))
    expiry = FakeExpiry()

    await _run(world, expiry)

    assert expiry.asked == [(ACME, connection_of(ACME), world.now)]
    assert "link_expiry" not in [due.kind for due in await _due(world)]


async def test_an_activation_link_issued_again_expires_later(world: CalendarWorld) -> None:
    await world.upkeep.set(Due(world.now, "link_expiry", SWEEP_SUBJECT))
    later = world.now + timedelta(days=7)

    await _run(world, FakeExpiry(again_at=later))

    assert Due(later, "link_expiry", SWEEP_SUBJECT) in await _due(world, timedelta(days=8))


async def test_a_sign_in_nobody_finished_is_forgotten(world: CalendarWorld) -> None:
    abandoned = SignIn("sign-in", ACME, connection_of(ACME), 1, "hash", "consenting", world.now)
    await world.sign_ins.create(abandoned)
    await world.upkeep.set(Due(world.now, "sign_in", "sign-in"))

    await _run(world)

    assert await world.sign_ins.find("sign-in") is None


# --- the work as a whole ---


async def test_more_than_one_group_is_worked_through_in_one_run(world: CalendarWorld) -> None:
    await world.note_subscription(expires_at=world.now)
    for number in range(250):
        await world.upkeep.set(Due(world.now - MINUTE, "sweep", f"gone-{number}!connection"))

    await _run(world)

    assert [due.subject for due in await _due(world)] == [str(mailbox_of(ANNA))]


async def test_a_run_ends_before_the_next_minute_begins(world: CalendarWorld) -> None:
    for number in range(250):
        await world.upkeep.set(Due(world.now - MINUTE, "sweep", f"gone-{number}!connection"))

    class SlowClock:
        def __init__(self) -> None:
            self.asked = 0

        def now(self) -> datetime:
            self.asked += 1
            return world.now + BUDGET / 2 * (self.asked - 1)

    await _run(world, clock=SlowClock())

    assert len(await _due(world, timedelta(0))) == 51


async def test_one_broken_record_does_not_hold_up_the_others(world: CalendarWorld) -> None:
    await world.note_subscription(expires_at=world.now)
    await world.upkeep.set(Due(world.now - MINUTE, "sweep", "broken!connection"))

    def break_one(operation: Operation) -> None:
        if operation.partition == "broken":
            raise Unexpected("a record of a schema from the future")

    world.rows.on_operation = break_one
    await _run(world)

    assert SyncMailbox in [type(message) for message, _ in world.sent()]
    assert "broken!connection" in [due.subject for due in await _due(world)]


async def test_what_was_settled_beside_one_that_storage_did_not_take_is_not_due_again(world: CalendarWorld) -> None:
    await world.note_subscription(expires_at=world.now)
    await world.upkeep.set(Due(world.now - MINUTE, "sweep", "gone!connection"))

    def refuse(_: object) -> None:
        raise TryLater("queues do not answer")

    world.queues.on_send = refuse
    with pytest.raises(TryLater):
        await _run(world)

    assert [due.kind for due in await _due(world, timedelta(0))] == ["mailbox"]


async def test_mailboxes_of_one_organisation_read_it_once(world: CalendarWorld) -> None:
    for number in range(30):
        await world.add_connected(ProductUserId(f"user-{number}"))
    world.clock.advance(READ_EVERY)
    world.rows.operations.clear()

    await _run(world)

    organizations = [each for each in world.rows.operations if (each.table, each.kind) == (ORGANIZATIONS, "page")]
    assert len([message for message, _ in world.sent() if isinstance(message, SyncMailbox)]) == 31
    assert len(organizations) == 1


async def test_an_organisation_that_cannot_be_read_is_asked_for_once_a_drain(world: CalendarWorld) -> None:
    for number in range(30):
        await world.add_connected(ProductUserId(f"user-{number}"))
    world.clock.advance(READ_EVERY)
    asked = 0

    def refuse(operation: Operation) -> None:
        nonlocal asked
        if (operation.table, operation.kind) == (ORGANIZATIONS, "page"):
            asked += 1
            raise TryLater("the partition does not answer")

    world.rows.on_operation = refuse
    with pytest.raises(TryLater):
        await _run(world)

    assert asked == 1
    assert len(await _due(world, timedelta(0))) == 31


async def test_what_storage_did_not_take_stays_due(world: CalendarWorld) -> None:
    await world.note_subscription(expires_at=world.now)

    def refuse(_: object) -> None:
        raise TryLater("queues do not answer")

    world.queues.on_send = refuse

    with pytest.raises(TryLater):
        await _run(world)

    assert [due.subject for due in await _due(world, timedelta(0))] == [str(mailbox_of(ANNA))]
