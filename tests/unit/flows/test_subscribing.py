"""One subscription a mailbox, whatever Graph, other processes and lost messages do to it."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.adapters.client_states import SignedClientStates
from shared_code.core.client_state import ClientState
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import ProductUserId
from shared_code.core.subscription import LIFETIME, RENEWED_BEFORE, Occasion, Subscription, tells_of
from shared_code.core.sync_rules import CALM, SYNC_EVERY
from shared_code.core.upkeep import Settled
from shared_code.errors import Disconnected, Gone, NoMailbox, OrgcalError, Refused, TryLater, Unexpected
from shared_code.flows.mailbox_lease import hold
from shared_code.flows.subscribing import drop_order, keep_order
from shared_code.messages import HINT_DELAY, DropSubscription, KeepSubscription, ReleaseMailbox, SyncMailbox
from shared_code.subscription_ports import GivenSubscription
from tests.fakes.fake_subscriptions import LIFECYCLE, NOTIFICATIONS
from tests.unit.flows.calendar_world import ANNA, KEY, OLD_KEY, CalendarWorld, mailbox_of, sync_message

MAILBOX = mailbox_of(ANNA)
MINUTE = timedelta(minutes=1)


@dataclass
class Subscribers(CalendarWorld):
    """Anna is connected; nobody subscribed yet."""

    async def keep(self, occasion: Occasion = "turn", about: str | None = None) -> None:
        await self.subscribing.keep(keep_order(MAILBOX, self.now, occasion, about), self.now)

    async def drop(self, subscription: Subscription) -> None:
        await self.subscribing.drop(drop_order(MAILBOX, subscription, self.now), self.now)

    async def known(self) -> Subscription | None:
        return (await self.mailbox()).lease.value.subscription

    async def subscribed(self) -> Subscription:
        await self.keep()
        self.forget_traces()
        known = await self.known()
        assert known is not None
        return known

    def said(self) -> ClientState:
        return self.states.read(self.graph.live[MAILBOX].client_state or "")


@pytest_asyncio.fixture
async def world() -> Subscribers:
    world = Subscribers()
    await world.add_organization()
    await world.add_user(ANNA)
    world.add_mailbox(ANNA)
    world.graph.script.fail("create", TryLater("not now"))
    await world.connect()
    world.graph.script.heal()
    world.queues.take()
    world.forget_traces()
    return world


async def test_a_mailbox_with_a_link_gets_a_subscription_that_says_whose_it_is(world: Subscribers) -> None:
    await world.keep()

    assert world.said() == ClientState(MAILBOX, 1)
    assert await world.known() == Subscription(
        "subscription-1", world.now + LIFETIME, 1, world.states.signer, world.now, world.now
    )
    assert not (await world.mailbox()).lease.value.is_held(world.now)


async def test_the_expiry_that_graph_gives_back_is_the_one_that_counts(world: Subscribers) -> None:
    original = world.graph.create
    shorter = world.now + timedelta(minutes=45)

    async def create(*about: object) -> GivenSubscription:
        return replace(await original(*about), expires_at=shorter)  # type: ignore[arg-type]

    world.graph.create = create  # type: ignore[method-assign, assignment]
    await world.keep()

    known = await world.known()
    assert known is not None
    assert known.expires_at == shorter


async def test_the_second_order_finds_it_done(world: Subscribers) -> None:
    await world.keep()
    await world.keep()

    assert world.graph.script.operations() == ["create"]


async def test_a_read_follows_every_new_subscription_because_nobody_told_what_changed_before(
    world: Subscribers,
) -> None:
    await world.keep()
    first = world.sent()
    world.forget_traces()
    world.graph.live.clear()
    world.clock.advance(timedelta(minutes=5))

    await world.keep("removed", "subscription-1")

    assert first == [(sync_message(ANNA, world.now - timedelta(minutes=5), "subscribed"), HINT_DELAY)]
    assert world.sent() == [(sync_message(ANNA, world.now, "subscribed"), HINT_DELAY)]


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("fault", [None, TryLater("not now"), Refused("403")])
async def test_a_mailbox_that_was_shut_is_read_once_whatever_becomes_of_its_subscription(
    world: Subscribers, *, is_there: bool, fault: OrgcalError | None
) -> None:
    await world.subscribed()
    world.clock.advance(timedelta(hours=1))
    if not is_there:
        world.graph.live.clear()
    if fault is not None:
        world.graph.script.fail("renew" if is_there else "create", fault)

    await world.subscribing.keep(keep_order(MAILBOX, world.now, "recovered", orders_read=True), world.now)

    assert [sent for sent in world.sent() if isinstance(sent[0], SyncMailbox)] == [
        (sync_message(ANNA, world.now, "subscribed"), HINT_DELAY)
    ]
    assert [sent.orders_read for sent, _ in world.sent() if isinstance(sent, KeepSubscription)] in ([], [False])


async def test_a_mailbox_that_was_shut_is_read_although_its_subscription_was_just_renewed(world: Subscribers) -> None:
    await world.subscribed()

    await world.subscribing.keep(keep_order(MAILBOX, world.now, "recovered", orders_read=True), world.now)

    assert world.sent() == [(sync_message(ANNA, world.now, "subscribed"), HINT_DELAY)]
    assert world.graph.script.operations() == []


async def test_a_mailbox_whose_subscription_is_gone_and_cannot_be_made_is_polled_from_now_on(
    world: Subscribers,
) -> None:
    known = await world.subscribed()
    world.graph.live.clear()
    world.graph.script.fail("create", Refused("403"))
    for due in await world.upkeep.find_due(world.now + timedelta(days=1), 10):
        await world.upkeep.settle([Settled(due)])

    await world.keep("removed", known.subscription)

    (due,) = await world.upkeep.find_due(world.now + SYNC_EVERY, 10)
    lease = (await world.mailbox()).lease.value
    assert (due.kind, due.subject) == ("mailbox", str(MAILBOX))
    assert not tells_of(lease.subscription, world.now, world.now)


async def test_a_renewal_neither_reads_nor_sets_a_turn(world: Subscribers) -> None:
    await world.subscribed()
    world.clock.advance(LIFETIME - RENEWED_BEFORE + MINUTE)
    world.forget_traces()

    await world.keep()

    assert world.graph.script.operations() == ["renew"]
    assert world.sent() == []
    assert {done.table for done in world.rows.operations} <= {"mailboxes", "organizations"}


@pytest.mark.parametrize("state", [ConnectionState.ATTENTION, ConnectionState.DISCONNECTING])
async def test_without_a_serving_connection_graph_is_not_asked(world: Subscribers, state: ConnectionState) -> None:
    await world.change_connection(state=state)

    await world.keep()

    assert world.graph.script.operations() == []


async def test_one_removed_with_the_consent_is_made_anew_when_the_consent_is_back(world: Subscribers) -> None:
    known = await world.subscribed()
    world.graph.live.clear()
    await world.change_connection(state=ConnectionState.ATTENTION)
    await world.keep("removed", known.subscription)
    asked = world.graph.script.operations()
    await world.change_connection(state=ConnectionState.ACTIVE)

    await world.keep()

    assert (asked, world.graph.script.operations()) == ([], ["create"])
    assert world.said().generation == 2


async def test_one_removed_while_graph_refuses_another_is_made_anew_by_a_later_turn(world: Subscribers) -> None:
    known = await world.subscribed()
    world.graph.live.clear()
    world.graph.script.fail("create", Refused("for now"), times=1)
    await world.keep("removed", known.subscription)

    await world.keep()

    assert world.said().generation == 2


async def test_while_graph_throttles_it_is_not_asked(world: Subscribers) -> None:
    later = world.now + MINUTE
    await world.change_connection(not_before=later)
    await world.keep()
    await world.change_connection(not_before=None)
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, replace(lease.value, not_before=later))
    await world.keep()
    asked = world.graph.script.operations()
    world.clock.advance(MINUTE)

    await world.keep()

    assert (asked, world.graph.script.operations()) == ([], ["create"])


async def test_a_mailbox_that_is_gone_gets_none(world: Subscribers) -> None:
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)

    await world.keep()

    assert world.graph.script.operations() == []


async def test_it_is_renewed_when_less_than_twenty_hours_remain(world: Subscribers) -> None:
    known = await world.subscribed()
    world.clock.advance(LIFETIME - RENEWED_BEFORE)
    await world.keep()
    early = world.graph.script.operations()
    world.clock.advance(MINUTE)

    await world.keep()

    assert (early, world.graph.script.operations()) == ([], ["renew"])
    assert await world.known() == replace(known, expires_at=world.now + LIFETIME, renewed_at=world.now)


async def test_a_renewal_that_graph_knows_nothing_of_creates_anew_and_reads(world: Subscribers) -> None:
    await world.subscribed()
    world.graph.live.clear()
    world.clock.advance(LIFETIME - RENEWED_BEFORE + MINUTE)

    await world.keep()

    assert world.graph.script.operations() == ["renew", "create"]
    assert world.said().generation == 2
    assert [type(message) for message, _ in world.sent()] == [SyncMailbox]


async def test_a_subscription_of_a_retired_key_is_replaced_at_its_renewal(world: Subscribers) -> None:
    world.states = SignedClientStates([OLD_KEY])
    await world.subscribed()
    world.states = SignedClientStates([OLD_KEY, KEY])
    world.clock.advance(LIFETIME - RENEWED_BEFORE + MINUTE)

    await world.keep()

    assert world.graph.script.operations() == ["create", "read", "delete", "create"]
    known = await world.known()
    assert known is not None
    assert (known.subscription, known.generation, known.signer) == ("subscription-2", 2, world.states.signer)


async def test_an_authorization_that_runs_out_is_renewed(world: Subscribers) -> None:
    known = await world.subscribed()
    world.clock.advance(timedelta(hours=20))

    await world.keep("authorization", known.subscription)
    await world.keep("authorization", known.subscription)

    assert world.graph.script.operations() == ["renew"]


async def test_one_of_ours_that_was_not_noted_is_kept(world: Subscribers) -> None:
    known = await world.subscribed()
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, replace(lease.value, subscription=None))

    await world.keep()

    assert world.graph.script.operations() == ["create", "read"]
    assert await world.known() == known


@pytest.mark.parametrize(
    "changes",
    [
        {"client_state": None},
        {"client_state": "a stranger's"},
        {"notification_url": "https://elsewhere.example/graph/notifications"},
        {"lifecycle_url": None},
        {"client_state": SignedClientStates([OLD_KEY]).write(ClientState(MAILBOX, 1))},
        {"client_state": SignedClientStates([KEY]).write(ClientState(mailbox_of(ProductUserId("ben")), 1))},
    ],
    ids=["no word", "no word of ours", "another address", "no lifecycle", "an old key", "another mailbox"],
)
async def test_any_other_in_the_way_is_deleted_and_ours_created(
    world: Subscribers, changes: dict[str, str | None]
) -> None:
    text = world.states.write(ClientState(MAILBOX, 1))
    ours = GivenSubscription("in the way", world.now + LIFETIME, NOTIFICATIONS, LIFECYCLE, text)
    world.graph.live[MAILBOX] = replace(ours, **changes)  # type: ignore[arg-type]

    await world.keep()

    assert world.graph.script.operations() == ["create", "read", "delete", "create"]
    assert world.said() == ClientState(MAILBOX, 1)
    known = await world.known()
    assert known is not None
    assert known.subscription == world.graph.live[MAILBOX].subscription == "subscription-1"


async def test_where_the_refusal_names_nobody_the_one_in_the_way_is_looked_for(world: Subscribers) -> None:
    known = await world.subscribed()
    world.graph.names_the_one_in_the_way = False
    world.graph.live[mailbox_of(ProductUserId("ben"))] = replace(
        world.graph.live[MAILBOX], subscription="ben's", user_id=mailbox_of(ProductUserId("ben")).user_id
    )
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, replace(lease.value, subscription=None))

    await world.keep()

    assert world.graph.script.operations() == ["create", "list", "read"]
    assert await world.known() == known


async def test_several_that_nobody_named_all_make_room(world: Subscribers) -> None:
    world.graph.names_the_one_in_the_way = False
    for _ in range(2):
        world.graph.add_beside(MAILBOX, world.now + LIFETIME)
    world.graph.live[MAILBOX] = world.graph.beside[MAILBOX].pop()

    await world.keep()

    assert world.graph.script.operations() == ["create", "list", "read", "delete", "read", "delete", "create"]
    assert world.graph.beside[MAILBOX] == []
    known = await world.known()
    assert known is not None
    assert known.subscription == world.graph.live[MAILBOX].subscription


async def test_one_in_the_way_that_nobody_names_and_nobody_finds_is_left_to_the_next_turn(
    world: Subscribers, caplog: pytest.LogCaptureFixture
) -> None:
    world.graph.names_the_one_in_the_way = False
    world.graph.live[MAILBOX] = GivenSubscription("hidden", world.now + LIFETIME, NOTIFICATIONS, LIFECYCLE, None)

    with caplog.at_level(logging.WARNING, "orgcal"):
        await world.keep()

    assert world.graph.script.operations() == ["create", "list", "create"]
    assert await world.known() is None
    assert "subscription_refused" in caplog.text


async def test_one_that_stood_in_the_way_and_went_meanwhile_changes_nothing(world: Subscribers) -> None:
    world.graph.live[MAILBOX] = GivenSubscription("in the way", world.now, NOTIFICATIONS, LIFECYCLE, None)
    world.graph.script.fail("read", Gone("meanwhile"), times=1)
    original = world.graph.read

    async def read(*about: object) -> GivenSubscription:
        del world.graph.live[MAILBOX]
        return await original(*about)  # type: ignore[arg-type]

    world.graph.read = read  # type: ignore[method-assign, assignment]
    await world.keep()

    assert world.graph.script.operations() == ["create", "read", "create"]


async def test_a_passing_fault_is_tried_again_until_the_next_turn(world: Subscribers) -> None:
    world.graph.script.fail("create", TryLater("not now", timedelta(minutes=2)), times=1)

    await world.keep()
    ((message, delay),) = world.sent()
    world.clock.advance(delay)
    assert isinstance(message, KeepSubscription)
    await world.subscribing.keep(message, world.now)

    assert delay == timedelta(minutes=2)
    assert await world.known() is not None


async def test_a_fault_that_lasts_over_the_next_turn_sends_no_more(world: Subscribers) -> None:
    world.graph.script.fail("create", TryLater("not now", SYNC_EVERY))

    await world.keep()

    assert world.sent() == []
    assert not (await world.mailbox()).lease.value.is_held(world.now)


@pytest.mark.parametrize(
    "error", [Refused("by policy"), NoMailbox("no licence"), Disconnected("gone", "consent_missing"), Unexpected("odd")]
)
async def test_a_refusal_is_left_to_the_next_turn(
    world: Subscribers, error: OrgcalError, caplog: pytest.LogCaptureFixture
) -> None:
    world.graph.script.fail("create", error, times=1)

    with caplog.at_level(logging.WARNING, "orgcal"):
        await world.keep()
    refused = (world.sent(), await world.known(), len(caplog.records))
    await world.keep()

    assert refused == ([], None, 1)
    assert await world.known() is not None


async def test_one_whose_renewal_is_refused_before_it_is_due_is_not_taken_for_alive(world: Subscribers) -> None:
    known = await world.subscribed()
    world.clock.advance(timedelta(hours=1))
    world.graph.script.fail("renew", Refused("403"))

    await world.keep("recovered")
    unsure = await world.known()
    world.graph.script.heal()
    await world.keep()

    assert unsure is not None
    assert not tells_of(unsure, world.now, world.now)
    assert any(due.subject == str(MAILBOX) for due in await world.upkeep.find_due(world.now + SYNC_EVERY, 10))
    assert world.said().generation == known.generation + 1


async def test_while_the_mailbox_is_read_the_order_waits(world: Subscribers) -> None:
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, hold(lease.value, "a reader", world.now))

    await world.keep()

    assert world.graph.script.operations() == []
    assert world.sent() == [(keep_order(MAILBOX, world.now), CALM)]


async def test_a_removal_that_is_heard_of_late_and_during_a_read_is_not_forgotten(world: Subscribers) -> None:
    known = await world.subscribed()
    world.graph.live.clear()
    lease = (await world.mailbox()).lease
    order = keep_order(MAILBOX, world.now, "removed", known.subscription)
    world.clock.advance(2 * SYNC_EVERY)
    held = await world.mailboxes.save_lease(lease, hold(lease.value, "a reader", world.now))

    await world.subscribing.keep(order, world.now)
    waiting = world.sent()
    await world.mailboxes.save_lease(held, lease.value)
    await world.subscribing.keep(order, world.now + CALM)

    assert waiting == [(order, CALM)]
    assert world.said().generation == 2


async def test_a_read_that_comes_meanwhile_waits_and_loses_nothing(world: Subscribers) -> None:
    original = world.graph.create
    world.clock.advance(MINUTE / 2)

    async def create(*about: object) -> GivenSubscription:
        await world.sync(cause="notified")
        return await original(*about)  # type: ignore[arg-type]

    world.graph.create = create  # type: ignore[method-assign, assignment]
    await world.keep()

    assert await world.known() is not None
    assert [(type(message), delay) for message, delay in world.sent()] == [
        (SyncMailbox, CALM),
        (SyncMailbox, HINT_DELAY),
    ]


async def test_a_read_leaves_the_subscription_as_it_is(world: Subscribers) -> None:
    known = await world.subscribed()
    world.clock.advance(SYNC_EVERY)

    await world.sync()

    assert await world.known() == known


async def test_the_last_link_takes_the_subscription_along(world: Subscribers) -> None:
    known = await world.subscribed()
    await world.change_user(match=None)

    await world.release()
    ((message, _),) = world.sent()
    assert isinstance(message, DropSubscription)
    await world.subscribing.drop(message, world.now)

    assert (message.mailbox, message.subscription) == (MAILBOX, known.subscription)
    assert world.graph.live == {}


async def test_a_mailbox_without_a_subscription_leaves_without_an_order(world: Subscribers) -> None:
    await world.change_user(match=None)

    await world.release()

    assert world.sent() == []


async def test_a_subscription_that_is_in_use_after_all_is_not_deleted(world: Subscribers) -> None:
    known = await world.subscribed()

    await world.drop(known)
    await world.drop(replace(known, subscription="an earlier one"))

    assert set(world.graph.live) == {MAILBOX}


async def test_a_subscription_that_a_reader_may_just_be_noting_is_not_deleted_yet(world: Subscribers) -> None:
    known = await world.subscribed()
    stray = replace(known, subscription="an earlier one")
    lease = (await world.mailbox()).lease
    await world.mailboxes.save_lease(lease, hold(lease.value, "a reader", world.now))

    await world.drop(stray)

    assert world.graph.script.operations() == []
    assert world.sent() == [(drop_order(MAILBOX, stray, world.now), CALM)]


async def test_a_deletion_that_fails_for_a_while_is_tried_for_a_day(world: Subscribers) -> None:
    known = await world.subscribed()
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)
    world.graph.script.fail("delete", TryLater("not now"))
    order = drop_order(MAILBOX, known, world.now)

    await world.subscribing.drop(order, world.now)
    await world.subscribing.drop(order, world.now + timedelta(days=1))

    assert world.sent() == [(order, MINUTE)]


@pytest.mark.parametrize("error", [Gone("already"), Disconnected("no consent", "consent_missing")])
async def test_a_subscription_that_ended_with_the_consent_needs_no_deletion(
    world: Subscribers, error: OrgcalError
) -> None:
    known = await world.subscribed()
    mailbox = await world.mailbox()
    await world.mailboxes.forget(mailbox.lease, mailbox.links)
    world.graph.script.fail("delete", error)

    await world.drop(known)

    assert not [message for message, _ in world.sent() if not isinstance(message, ReleaseMailbox)]


async def test_a_handshake_that_took_too_long_is_tried_again_soon_however_late_the_order_came(
    world: Subscribers,
) -> None:
    world.graph.script.fail("create", TryLater("validation timed out"))
    order = keep_order(MAILBOX, world.now, "recovered")
    world.clock.advance(timedelta(minutes=14))  # its place in the quarter of an hour

    delays = []
    for _ in range(9):
        await world.subscribing.keep(order, world.now)
        (sent, delay) = world.sent()[-1]
        assert isinstance(sent, KeepSubscription)
        order = sent
        delays.append(int(delay.total_seconds()))
        world.clock.advance(delay)

    assert delays == [10, 20, 40, 80, 160, 320, 640, 900, 900]
