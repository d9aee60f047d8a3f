"""The forgetting of a link, and of a mailbox with the last of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from shared_code.adapters.tables.outbox import outbox_rows
from shared_code.core.connection import ConnectionState
from shared_code.core.ids import MailboxKey
from shared_code.core.mailbox import Lease, Link
from shared_code.core.product_user import UserState
from shared_code.core.sync_rules import LEASE_TIME, SYNC_EVERY
from shared_code.core.told import told_of_busy_times
from shared_code.core.upkeep import Settled
from shared_code.mailbox_ports import StoredMailbox
from shared_code.messages import RelayEvents, ReleaseMailbox
from shared_code.ports import Stored
from tests.fakes.fake_calendars import default_calendar
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


async def test_the_last_link_takes_the_whole_record_with_it(world: CalendarWorld) -> None:
    await world.connect()
    await world.change_user(state=UserState.NO_MATCH, match=None)

    await world.release()

    assert world.rows.keys("mailboxes", str(mailbox_of(ANNA))) == []
    assert await world.upkeep.find_due(world.now + SYNC_EVERY, 10) == ()


@pytest.mark.parametrize(("age", "is_sent"), [(timedelta(minutes=59), False), (timedelta(hours=1), True)])
async def test_events_that_lie_beside_a_record_for_an_hour_are_passed_on_when_it_goes(
    world: CalendarWorld, age: timedelta, is_sent: bool
) -> None:
    await world.connect()
    partition = str(mailbox_of(ANNA))
    forgotten = replace(told_of_busy_times(ACME, ANNA, world.now), at=world.now - age)
    await world.rows.commit("mailboxes", partition, outbox_rows([forgotten]))
    await world.change_user(state=UserState.NO_MATCH, match=None)

    await world.release()

    ordered = [message for message, _ in world.sent() if isinstance(message, RelayEvents)]
    assert ordered == ([RelayEvents(table="mailboxes", partition=partition)] if is_sent else [])


async def test_a_mailbox_connected_again_while_it_is_forgotten_keeps_its_turn(world: CalendarWorld) -> None:
    await world.connect()
    await world.change_user(state=UserState.NO_MATCH, match=None)
    settle = world.upkeep.settle

    async def meanwhile(settled: Sequence[Settled]) -> None:
        world.upkeep.settle = settle  # type: ignore[method-assign]
        await world.mailboxes.create_lease(Lease(mailbox_of(ANNA)))
        await settle(settled)

    world.upkeep.settle = meanwhile  # type: ignore[method-assign]
    await world.release()

    assert len(await world.upkeep.find_due(world.now + SYNC_EVERY, 10)) == 1


async def test_another_organisations_link_stays(world: CalendarWorld) -> None:
    await world.add_organization(OTHER)
    await world.add_user(ANNA, OTHER)
    await world.connect(ANNA, ACME)
    await world.connect(ANNA, OTHER)
    await world.change_user(ANNA, ACME, match=None)

    await world.release(ANNA, ACME)

    mailbox = await world.mailbox()
    assert [link.value.key for link in mailbox.links] == [link_key(ANNA, OTHER)]
    assert [key for key, _ in mailbox.packed] == [link_key(ANNA, OTHER)]


async def test_a_user_who_has_the_mailbox_after_all_keeps_it(world: CalendarWorld) -> None:
    await world.connect()

    await world.release()

    assert (await world.mailbox()).links != ()


@pytest.mark.parametrize("state", [ConnectionState.DISCONNECTING, ConnectionState.DISCONNECTED])
async def test_an_ending_connection_releases_although_the_users_row_does_not_know_yet(
    world: CalendarWorld, state: ConnectionState
) -> None:
    await world.connect()
    await world.change_connection(state=state)

    await world.release()

    assert await world.mailboxes.find(mailbox_of(ANNA)) is None


async def test_a_user_or_an_organisation_that_is_gone_releases(world: CalendarWorld) -> None:
    await world.connect()
    await world.users.forget(ACME)
    await world.organizations.forget(ACME)

    await world.release()

    assert await world.mailboxes.find(mailbox_of(ANNA)) is None


async def test_a_release_waits_for_the_reader(world: CalendarWorld) -> None:
    await world.connect()
    await world.change_user(match=None)
    mailbox = await world.mailbox()
    held = replace(mailbox.lease.value, holder="somebody", until=world.now + LEASE_TIME)
    await world.mailboxes.save_lease(mailbox.lease, held)
    world.forget_traces()

    await world.release()

    assert (await world.mailbox()).links != ()
    assert [(type(message), delay) for message, delay in world.sent()] == [(ReleaseMailbox, timedelta(seconds=10))]


async def test_a_user_who_gets_the_mailbox_back_while_it_is_released_keeps_it(world: CalendarWorld) -> None:
    await world.connect()
    await world.change_user(state=UserState.DISABLED)
    find = world.mailboxes.find

    async def meanwhile(key: MailboxKey) -> StoredMailbox | None:
        world.mailboxes.find = find  # type: ignore[method-assign]
        await world.change_user(state=UserState.PENDING)
        await world.connect()
        return await find(key)

    world.mailboxes.find = meanwhile  # type: ignore[method-assign, assignment]
    await world.release()

    assert (await world.user()).state is UserState.CONNECTED
    assert await world.mailboxes.find_link(link_key()) is not None


async def test_a_mailbox_connected_again_just_before_it_is_forgotten_is_kept(world: CalendarWorld) -> None:
    await world.connect()
    await world.change_user(state=UserState.DISABLED)
    forget = world.mailboxes.forget

    async def meanwhile(stored: Stored[Lease], links: Sequence[Stored[Link]]) -> None:
        await world.change_user(state=UserState.PENDING)
        await world.connect()
        await forget(stored, links)

    world.mailboxes.forget = meanwhile  # type: ignore[method-assign]
    await world.release()

    assert (await world.user()).state is UserState.CONNECTED
    assert await world.mailboxes.find_link(link_key()) is not None


async def test_a_release_that_comes_twice_is_harmless(world: CalendarWorld) -> None:
    await world.connect()
    await world.change_user(match=None)

    await world.release()
    await world.release()

    assert await world.mailboxes.find(mailbox_of(ANNA)) is None
    assert default_calendar(mailbox_of(ANNA)).encode() not in world.rows.bytes_at_rest()
