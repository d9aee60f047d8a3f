"""What is broken by hand the daily walk finds, mends and counts; where nothing is broken, it touches nothing."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from shared_code.adapters.tables.mailboxes import TableMailboxes
from shared_code.adapters.tables.organizations import TableOrganizations
from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.adapters.tables.product_users import TableProductUsers
from shared_code.adapters.tables.repair import RowRepair
from shared_code.adapters.tables.roster_rows import SLICES
from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.ids import ConnectionId, LinkKey, MailboxKey, OrganizationId, ProductUserId, Through, UserId
from shared_code.core.mailbox import Lease, Link
from shared_code.core.product_event import EventType, ProductEvent, new_event
from shared_code.core.product_user import ProductUser, UserState
from shared_code.core.subscription import LIFETIME, Subscription
from shared_code.core.sweep import Sweep
from shared_code.errors import Disconnected, TryLater
from shared_code.flows import repairing
from shared_code.flows.mailbox_lease import hold
from shared_code.flows.mending import MOST
from shared_code.flows.repairing import REST
from shared_code.mailbox_ports import LinkChange
from shared_code.messages import ConnectMailbox, DropSubscription, RepairConnection, SettleEverybody
from shared_code.ports import Page, Stored, UserChange
from shared_code.subscription_ports import GivenSubscription
from tests.fakes.composed_app import ComposedApp
from tests.unit.functions.browser import call
from tests.unit.functions.orders import drain, run_for
from tests.unit.functions.test_connection_life import MAILBOX, ask, connected, tenant, the_connection
from tests.unit.functions.test_consent import TENANT

__all__ = ["tenant"]  # a fixture

ACME, URSULA = OrganizationId("acme"), ProductUserId("ursula")
NOBODYS = MailboxKey("organizations", TENANT, UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0009"))
HOUR = timedelta(hours=1)


@pytest.fixture
async def whole(tenant: ComposedApp) -> ComposedApp:
    """Ursula was connected and subscribed to two hours ago."""
    await connected(tenant)
    await run_for(tenant, timedelta(minutes=5))
    assert tenant.sent.next_visible_at() is None
    tenant.clock.advance(2 * HOUR)
    return tenant


async def order_of(app: ComposedApp) -> RepairConnection:
    name = ConnectionId(str((await the_connection())["connection"]))
    return RepairConnection(organization=ACME, connection=name, began_at=app.clock.now())


async def walk(app: ComposedApp) -> dict[str, int]:
    """What it met; what it met nothing of is left out."""
    app.clock.advance(timedelta(minutes=1))
    order = await order_of(app)
    await app.sent.send(order)
    while (at := app.sent.next_visible_at()) is not None:
        app.clock.move_to(max(app.clock.now(), at))
        await drain(app)
    repair = (await the_connection())["repair"]
    assert isinstance(repair, dict)
    assert datetime.fromisoformat(repair["began_at"]) == order.began_at
    return {kind: count for kind, count in repair["mended"].items() if count}


async def lease_of(app: ComposedApp) -> Stored[Lease]:
    mailbox = await TableMailboxes(app.rows).find(MAILBOX)
    assert mailbox is not None
    return mailbox.lease


async def change_lease(app: ComposedApp, **changes: object) -> None:
    lease = await lease_of(app)
    await TableMailboxes(app.rows).save_lease(lease, replace(lease.value, **changes))  # type: ignore[arg-type]


async def change_user(app: ComposedApp, **changes: object) -> None:
    """Without the orders that should follow."""
    users = TableProductUsers(app.rows)
    stored = await users.find(ACME, URSULA)
    assert stored is not None
    assert await users.save([UserChange(stored, replace(stored.value, **changes))]) == ()  # type: ignore[arg-type]


async def change_connection(app: ComposedApp, **changes: object) -> Connection:
    organizations = TableOrganizations(app.rows)
    records = await organizations.find(ACME)
    assert records is not None
    stored = records.connections[0]
    return (await organizations.save_connection(stored, replace(stored.value, **changes))).value  # type: ignore[arg-type]


async def lose(app: ComposedApp, table: str, partition: str) -> None:
    for key in app.rows.keys(table, partition):
        await app.rows.discard(table, partition, key)


async def test_where_everything_hangs_together_nothing_is_mended_and_nothing_ordered(whole: ComposedApp) -> None:
    whole.sent.sent.clear()

    mended = await walk(whole)

    assert mended == {}
    assert {type(message) for message in whole.sent.messages} == {RepairConnection, SettleEverybody}
    assert whole.subscriptions.script.operations().count("read") == 0


async def test_a_lost_mailbox_is_connected_anew(whole: ComposedApp, caplog: pytest.LogCaptureFixture) -> None:
    await lose(whole, "mailboxes", str(MAILBOX))

    with caplog.at_level(logging.WARNING, "orgcal"):
        mended = await walk(whole)

    assert mended == {"mailboxes": 1}
    assert (await ask(whole))["complete"] is True
    assert [given.user_id for given in await whole.subscriptions.list(TENANT)] == [MAILBOX.user_id]
    assert "repair_done" in caplog.text
    assert "mailboxes=1 links=0" in caplog.text
    assert await walk(whole) == {}


@pytest.mark.by_hand
async def test_a_link_whose_user_no_longer_holds_the_mailbox_is_released(whole: ComposedApp) -> None:
    await change_user(whole, state=UserState.DISABLED)

    mended = await walk(whole)

    assert mended == {"links": 1}
    assert whole.rows.keys("mailboxes", str(MAILBOX)) == []
    assert whole.subscriptions.live == {}
    assert await walk(whole) == {}


@pytest.mark.by_hand
async def test_a_link_that_was_just_left_is_left_to_its_own_order(whole: ComposedApp) -> None:
    await change_user(whole, state=UserState.DISABLED, changed_at=whole.clock.now())

    assert await walk(whole) == {}


async def test_a_link_of_somebody_who_is_gone_is_found_by_the_subscription(whole: ComposedApp) -> None:
    users = TableProductUsers(whole.rows)
    stored = await users.find(ACME, URSULA)
    await users.save([UserChange(stored, None)])

    mended = await walk(whole)

    assert mended == {"links": 1}
    assert whole.rows.keys("mailboxes", str(MAILBOX)) == []
    assert whole.subscriptions.live == {}


async def test_a_mailbox_whose_turn_was_lost_is_due_again(whole: ComposedApp) -> None:
    for hour in range(24 * 8):
        await lose(whole, "upkeep", f"{whole.clock.now() + (hour - 24) * HOUR:%Y-%m-%dT%H}")
    whole.clock.advance(6 * HOUR)

    mended = await walk(whole)
    await run_for(whole, timedelta(minutes=20))

    assert mended == {"turns": 1}
    assert (await ask(whole))["complete"] is True
    assert await walk(whole) == {}


@pytest.mark.parametrize("loss", ["never noted", "ended", "gone at Graph", "to another address"])
async def test_a_subscription_that_is_none_is_made_anew(whole: ComposedApp, loss: str) -> None:
    known = (await lease_of(whole)).value.subscription
    assert known is not None
    given = whole.subscriptions.live[MAILBOX]
    match loss:
        case "never noted":
            await change_lease(whole, subscription=None)
        case "ended":
            await change_lease(whole, subscription=replace(known, expires_at=whole.clock.now()))
            whole.subscriptions.live.clear()
        case "gone at Graph":
            whole.subscriptions.live.clear()
        case _:
            whole.subscriptions.live[MAILBOX] = replace(given, notification_url="https://old.example/notifications")

    mended = await walk(whole)

    assert mended == {"subscriptions": 1}
    noted = (await lease_of(whole)).value.subscription
    there = whole.subscriptions.live[MAILBOX]
    assert noted is not None
    assert noted.subscription == there.subscription
    assert whole.subscriptions.is_ours(there)
    assert await walk(whole) == {}


async def test_one_that_a_list_leaves_out_is_asked_for_by_name_and_stays(whole: ComposedApp) -> None:
    async def nothing(through: Through) -> tuple[GivenSubscription, ...]:
        return ()

    whole.subscriptions.list = nothing  # type: ignore[method-assign]

    assert await walk(whole) == {}
    assert whole.subscriptions.script.operations()[-1] == "read"


async def test_duplicates_and_strangers_are_deleted_and_the_noted_one_stays(whole: ComposedApp) -> None:
    old = whole.clock.now() - 2 * HOUR + LIFETIME
    noted = whole.subscriptions.live[MAILBOX]
    for mailbox in (MAILBOX, MAILBOX, NOBODYS):
        whole.subscriptions.add_beside(mailbox, old)

    mended = await walk(whole)

    assert mended == {"strays": 3}
    assert whole.subscriptions.live == {MAILBOX: noted}
    assert not any(whole.subscriptions.beside.values())
    assert await walk(whole) == {}


async def test_a_mailbox_of_another_organization_is_none_of_this_ones_business(whole: ComposedApp) -> None:
    theirs = MailboxKey("organizations", TENANT, UserId("7e2c0a8e-3b39-4d7a-8f3f-1b8a9a3d0008"))
    link = Link(LinkKey(theirs, OrganizationId("globex"), ProductUserId("gus")), ConnectionId("c"), whole.clock.now())
    known = Subscription("theirs", whole.clock.now() + LIFETIME, 1, "key", whole.clock.now(), whole.clock.now())
    mailboxes = TableMailboxes(whole.rows)
    lease = await mailboxes.create_lease(Lease(theirs, subscription=known))
    await mailboxes.commit(lease, lease.value, [LinkChange(None, link, {})])
    given = whole.subscriptions.add_beside(theirs, whole.clock.now() - 2 * HOUR + LIFETIME)
    whole.subscriptions.live[theirs] = replace(given, subscription="theirs")

    assert await walk(whole) == {}


async def test_all_subscriptions_are_not_listed_anew_for_every_page_of_users(
    whole: ComposedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_people(whole, 5, match=None, state=UserState.NO_MATCH)
    page = TableProductUsers.page

    async def one_by_one(
        self: TableProductUsers, organization: OrganizationId, after: str | None, limit: int = 1
    ) -> Page[Stored[ProductUser]]:
        return await page(self, organization, after, limit)

    monkeypatch.setattr(TableProductUsers, "page", one_by_one)
    whole.subscriptions.script.calls.clear()

    await walk(whole)

    assert whole.subscriptions.script.operations().count("list") == 2


async def test_a_young_one_and_one_that_speaks_to_others_are_left(whole: ComposedApp) -> None:
    whole.subscriptions.add_beside(MAILBOX, whole.clock.now() - HOUR / 2 + LIFETIME)
    others = whole.subscriptions.add_beside(NOBODYS, whole.clock.now())
    whole.subscriptions.beside[NOBODYS] = [replace(others, notification_url="https://other.example/notifications")]

    assert await walk(whole) == {}


async def test_while_somebody_is_at_the_mailbox_nothing_of_it_is_deleted(whole: ComposedApp) -> None:
    whole.subscriptions.add_beside(MAILBOX, whole.clock.now() - 2 * HOUR + LIFETIME)
    held = hold((await lease_of(whole)).value, "a reader", whole.clock.now() + HOUR)
    await change_lease(whole, holder=held.holder, until=held.until)

    assert await walk(whole) == {}
    assert len(whole.subscriptions.beside[MAILBOX]) == 1


async def test_a_lease_taken_after_the_look_puts_the_deletion_off(whole: ComposedApp) -> None:
    other = whole.subscriptions.add_beside(MAILBOX, whole.clock.now() - 2 * HOUR + LIFETIME)
    held = hold((await lease_of(whole)).value, "a reader", whole.clock.now())
    await change_lease(whole, holder=held.holder, until=held.until)
    order = DropSubscription(
        registration=MAILBOX.registration,
        tenant=MAILBOX.tenant,
        user_id=MAILBOX.user_id,
        subscription=other.subscription,
        queued_at=whole.clock.now(),
    )

    await whole.subscribing.drop(order, whole.clock.now())
    meanwhile = list(whole.subscriptions.beside[MAILBOX])
    await run_for(whole, timedelta(minutes=6))

    assert meanwhile == [other]
    assert whole.subscriptions.beside[MAILBOX] == []


async def test_index_rows_agree_with_the_users_again(whole: ComposedApp) -> None:
    indexes = [key for key in whole.rows.keys("users", ACME) if key.startswith(("address!", "pin!"))]
    for key in indexes:
        await whole.rows.discard("users", ACME, key)

    mended = await walk(whole)

    assert mended == {"index_rows": len(indexes)}
    assert [key for key in whole.rows.keys("users", ACME) if key.startswith(("address!", "pin!"))] == indexes
    assert await walk(whole) == {}


async def test_the_list_of_people_says_what_the_users_say_again(whole: ComposedApp) -> None:
    listed = await whole.people.export(ACME)
    for key in SLICES[::2]:
        await whole.rows.discard("users", ACME, key)

    assert await whole.people.export(ACME) == listed  # from the users' own rows, meanwhile
    assert await walk(whole) == {"slices": 32}
    assert await whole.people.export(ACME) == listed
    assert await walk(whole) == {}


async def test_batches_of_a_match_that_is_over_are_dropped(whole: ComposedApp) -> None:
    organizations = TableOrganizations(whole.rows)
    name = (await order_of(whole)).connection
    found = await organizations.find_sweep(ACME, name)
    assert found is not None
    lost = replace(found.value, sweep="lost", phase="collecting", batches=1)
    begun = await organizations.save_sweep(found, lost, b"sightings")
    await organizations.save_sweep(begun, found.value)

    assert await walk(whole) == {"batches": 1}
    assert await walk(whole) == {}


async def test_batches_of_a_match_under_way_stay(whole: ComposedApp) -> None:
    organizations = TableOrganizations(whole.rows)
    name = (await order_of(whole)).connection
    found = await organizations.find_sweep(ACME, name)
    assert found is not None
    under_way: Sweep = replace(found.value, sweep="now", phase="collecting", batches=1)
    await organizations.save_sweep(found, under_way, b"sightings")

    assert await RowRepair(whole.rows).drop_leftovers(ACME, name) == 0
    assert await organizations.load_batches(under_way) == (b"sightings",)


async def test_without_graphs_list_the_tables_are_walked_all_the_same(
    whole: ComposedApp, caplog: pytest.LogCaptureFixture
) -> None:
    await lose(whole, "mailboxes", str(MAILBOX))
    whole.subscriptions.script.fail("list", Disconnected("no", "consent_missing"))

    with caplog.at_level(logging.WARNING, "orgcal"):
        mended = await walk(whole)

    assert mended == {"mailboxes": 1}
    assert "subscriptions_not_listed" in caplog.text


async def test_a_passing_fault_puts_the_walk_off(whole: ComposedApp) -> None:
    whole.subscriptions.script.fail("list", TryLater("not now", timedelta(minutes=5)), times=1)
    whole.subscriptions.live.clear()
    began_at = whole.clock.now()

    assert await walk(whole) == {"subscriptions": 1}
    assert whole.clock.now() - began_at >= timedelta(minutes=5)


async def test_an_outage_that_lasts_ends_the_walk_without_a_result(whole: ComposedApp) -> None:
    whole.subscriptions.script.fail("list", TryLater("not now", HOUR))
    await whole.sent.send(await order_of(whole))
    began_at = whole.clock.now()
    while (at := whole.sent.next_visible_at()) is not None:
        whole.clock.move_to(at)
        await drain(whole)

    assert timedelta(hours=11) < whole.clock.now() - began_at < timedelta(hours=13)
    assert (await the_connection())["repair"] is None


async def test_a_second_chain_ends_with_the_first(whole: ComposedApp) -> None:
    order = await order_of(whole)
    await walk(whole)
    whole.sent.sent.clear()

    await whole.sent.send(order)
    await drain(whole)

    assert len(whole.sent.sent) == 1


@pytest.mark.by_hand
@pytest.mark.parametrize("state", [ConnectionState.ATTENTION, ConnectionState.DISCONNECTED])
async def test_a_connection_that_does_not_serve_is_not_walked(whole: ComposedApp, state: ConnectionState) -> None:
    await change_connection(whole, state=state)
    whole.sent.sent.clear()

    await whole.sent.send(await order_of(whole))
    await drain(whole)

    assert len(whole.sent.sent) == 1
    assert (await the_connection())["repair"] is None


async def test_the_walk_comes_every_day_by_itself(whole: ComposedApp) -> None:
    began = []
    for _ in range(3):
        await run_for(whole, 24 * HOUR)
        repair = (await the_connection())["repair"]
        assert isinstance(repair, dict)
        began.append(datetime.fromisoformat(repair["began_at"]))

    assert all(
        timedelta(hours=23, minutes=50) < after - before < timedelta(hours=24, minutes=10)
        for before, after in pairwise(began)
    )


async def test_a_walk_that_upkeep_has_lost_is_due_again(whole: ComposedApp) -> None:
    await run_for(whole, 24 * HOUR)
    before = (await the_connection())["repair"]
    for hour in range(48):
        for key in whole.rows.keys("upkeep", f"{whole.clock.now() + hour * HOUR:%Y-%m-%dT%H}"):
            if "!repair!" in key:
                await whole.rows.discard("upkeep", f"{whole.clock.now() + hour * HOUR:%Y-%m-%dT%H}", key)

    await run_for(whole, 50 * HOUR)

    assert (await the_connection())["repair"] != before


async def test_a_forgotten_connection_leaves_nothing_due(whole: ComposedApp) -> None:
    await run_for(whole, HOUR)
    name = str((await the_connection())["connection"])
    await call("delete_connection", organization="acme", connection=name, by="olga", query={"purge": "true"})
    await run_for(whole, HOUR)

    assert b"!repair!" not in whole.rows.bytes_at_rest()


async def add_people(app: ComposedApp, count: int, **changes: object) -> None:
    """Written past the program, as connected as Ursula, but without any mailbox."""
    users = TableProductUsers(app.rows)
    ursula = await users.find(ACME, URSULA)
    assert ursula is not None
    people = [
        replace(ursula.value, user=ProductUserId(f"person-{number:04}"), addresses=(), **changes)  # type: ignore[arg-type]
        for number in range(count)
    ]
    assert await users.save([UserChange(None, one) for one in people]) == ()


@pytest.mark.by_hand
async def test_much_damage_is_mended_fifty_at_a_time_with_a_rest_between(whole: ComposedApp) -> None:
    await lose(whole, "mailboxes", str(MAILBOX))
    await add_people(whole, 119)
    whole.sent.sent.clear()

    mended = await walk(whole)

    steps = [sent for sent in whole.sent.sent if isinstance(sent.message, RepairConnection)]
    ordered = [
        sum(isinstance(m, ConnectMailbox) for m in whole.sent.messages[: whole.sent.sent.index(s)]) for s in steps
    ]
    assert mended == {"mailboxes": 120}
    assert max(after - before for before, after in pairwise(ordered)) == MOST
    assert [step.delay for step in steps] == [timedelta(0), timedelta(0), REST, REST, REST]


async def test_a_walk_goes_on_where_a_page_of_people_ends(whole: ComposedApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repairing, "PAGES_A_LIST", 1)
    await add_people(whole, 1_500, match=None, state=UserState.NO_MATCH)
    whole.sent.sent.clear()

    assert await walk(whole) == {}

    steps = [message for message in whole.sent.messages if isinstance(message, RepairConnection)]
    assert [(step.step, step.after) for step in steps] == [
        ("rows", None),
        ("users", None),
        ("users", "person-0998"),
        ("subscriptions", None),
    ]


async def test_events_that_nobody_has_passed_on_are_passed_on_and_counted(whole: ComposedApp) -> None:
    whole.product.open()
    places = {"organizations": "acme", "users": "acme", "mailboxes": str(MAILBOX)}
    for table, partition in places.items():
        lost = _event(table, whole.clock.now() - HOUR)
        await whole.rows.commit(table, partition, outbox_rows([lost]))

    mended, again = await walk(whole), await walk(whole)

    assert (mended, again) == ({"outboxes": 3}, {})
    assert sorted(str(event.data["hold"]) for event in whole.product.received) == sorted(places)


async def test_events_that_have_just_come_are_left_to_their_own_order(whole: ComposedApp) -> None:
    for table, partition in {"organizations": "acme", "users": "acme", "mailboxes": str(MAILBOX)}.items():
        await whole.rows.commit(table, partition, outbox_rows([_event(table, whole.clock.now())]))

    assert await walk(whole) == {}


def _event(cause: str, at: datetime) -> ProductEvent:
    kind = EventType.CANCELLATIONS_HELD
    return new_event(kind, ACME, at, cause, hold=cause, connection="c", reason="mailbox", count=1, held_at=at)
