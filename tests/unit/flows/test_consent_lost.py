"""What one mailbox's answer does to a connection, however many mailboxes get the same answer at once."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.core.connection import Connection, ConnectionState
from shared_code.core.grant import LOOKS_APART
from shared_code.errors import Disconnected
from shared_code.flows.consent_lost import ConsentLost
from shared_code.messages import CheckGrant, SettleEverybody
from shared_code.ports import Stored
from tests.unit.flows.calendar_world import ACME, CalendarWorld, connection_of

LOOK = CheckGrant(organization=ACME, connection=connection_of(ACME))


@pytest.fixture
async def world() -> CalendarWorld:
    world = CalendarWorld()
    await world.add_organization()
    return world


async def found(world: CalendarWorld) -> Stored[Connection]:
    records = await world.organizations.find(ACME)
    stored = records.connection(connection_of(ACME)) if records else None
    assert stored is not None
    return stored


async def audit(world: CalendarWorld) -> list[str]:
    return [entry.action for entry in (await world.organizations.list_audit(ACME, None, 100)).items]


def flow(world: CalendarWorld) -> ConsentLost:
    return ConsentLost(world.organizations, world.queues)


async def test_a_tenant_that_lets_us_in_no_more_needs_attention_at_once(world: CalendarWorld) -> None:
    await flow(world).disconnected(await found(world), Disconnected("gone", "consent_missing"), world.now)

    connection = await world.connection()
    assert (connection.state, connection.reason) == (ConnectionState.ATTENTION, "consent_missing")
    assert connection.grant_next_at is None  # the next turn looks, so a passing fault lasts a quarter of an hour


async def test_a_thousand_mailboxes_that_meet_it_at_once_leave_one_mark_and_one_walk_over_everybody(
    world: CalendarWorld,
) -> None:
    stored = await found(world)
    met = Disconnected("gone", "app_disabled")

    await asyncio.gather(*(flow(world).disconnected(stored, met, world.now) for _ in range(1000)))

    assert (await audit(world)).count("connection.attention_needed") == 1
    assert world.queues.messages == [SettleEverybody(organization=ACME)]


async def test_a_refusal_orders_a_look_and_the_thousand_after_it_none(world: CalendarWorld) -> None:
    stored = await found(world)

    await asyncio.gather(*(flow(world).refused(stored, world.now) for _ in range(20)))
    world.rows.operations.clear()
    for _ in range(1000):
        await flow(world).refused(await found(world), world.now)

    assert world.queues.messages == [LOOK]
    assert [operation for operation in world.rows.operations if operation.kind == "commit"] == []


async def test_a_refusal_shortly_after_a_look_waits_for_the_timer(world: CalendarWorld) -> None:
    await world.change_connection(looked_at=world.now - LOOKS_APART + timedelta(seconds=1))

    await flow(world).refused(await found(world), world.now)

    assert world.queues.messages == []
    assert (await world.connection()).doubted_at == world.now


async def test_a_refusal_is_not_lost_on_a_connection_that_was_just_written(world: CalendarWorld) -> None:
    stored = await found(world)
    await world.change_connection(not_before=world.now)

    await flow(world).refused(stored, world.now)

    assert (await world.connection()).doubted_at == world.now
    assert world.queues.messages == [LOOK]


@pytest.mark.parametrize("state", [ConnectionState.ATTENTION, ConnectionState.VERIFYING, ConnectionState.DISCONNECTING])
async def test_a_connection_that_does_not_serve_is_not_doubted(world: CalendarWorld, state: ConnectionState) -> None:
    stored = await found(world)
    await world.change_connection(state=state)

    await flow(world).refused(stored, world.now)

    assert await world.connection() == replace(stored.value, state=state)
    assert world.queues.messages == []
