"""A read may take longer than a lease lasts; nobody begins another beside it, and none is written over."""

from dataclasses import replace
from datetime import timedelta

import pytest_asyncio

from shared_code.core.ids import CalendarId
from shared_code.core.sync_rules import CALM, LEASE_TIME
from shared_code.flows.mailbox_lease import hold
from shared_code.mailbox_ports import LinkChange
from shared_code.messages import SyncMailbox
from tests.unit.flows.calendar_world import ANNA, CalendarWorld, mailbox_of, meeting, sync_message

SLOW = timedelta(seconds=100)  # for each of four calendars: together longer than a lease


@pytest_asyncio.fixture
async def world() -> CalendarWorld:
    """Anna was connected an hour ago; four of her calendars are checked."""
    world = CalendarWorld()
    await world.add_organization()
    await world.add_connected(ANNA, meeting(timedelta(hours=2)))
    mailbox = await world.mailbox()
    (link,), (own,) = mailbox.links, mailbox.links[0].value.calendars
    several = tuple(replace(own, calendar=CalendarId(f"calendar-{number}")) for number in range(4))
    found = world.calendars.mailboxes[mailbox_of(ANNA)]
    for calendar in several:
        found.calendars[calendar.calendar] = replace(found.calendars[own.calendar], calendar=calendar.calendar)
        found.events[calendar.calendar] = {}
    change = LinkChange(link, replace(link.value, calendars=several), {}, (own.calendar,))
    await world.mailboxes.commit(mailbox.lease, mailbox.lease.value, [change])
    world.clock.advance(timedelta(hours=1))
    world.forget_traces()
    return world


async def test_nobody_reads_a_mailbox_beside_a_read_that_takes_longer_than_a_lease(world: CalendarWorld) -> None:
    began, original = world.now, world.calendars.read_window
    disturbances = 0

    async def read_slowly(*about: object) -> object:
        nonlocal disturbances
        world.clock.advance(SLOW)
        disturbances += 1
        await world.sync(cause="notified")
        return await original(*about)  # type: ignore[arg-type]

    world.calendars.read_window = read_slowly  # type: ignore[method-assign, assignment]
    await world.sync()

    lease = (await world.mailbox()).lease.value
    assert world.now - began > LEASE_TIME
    assert disturbances == len(world.calendars.script.operations()) == 4
    assert (lease.holder, lease.started_at) == (None, began)


async def test_a_read_whose_lease_was_taken_over_all_the_same_gives_up_at_once(world: CalendarWorld) -> None:
    original = world.calendars.read_window

    async def read_while_the_process_stood_still(*about: object) -> object:
        world.clock.advance(LEASE_TIME)
        lease = (await world.mailbox()).lease
        await world.mailboxes.save_lease(lease, hold(lease.value, "another", world.now))
        return await original(*about)  # type: ignore[arg-type]

    message = sync_message(ANNA, world.now, "notified")
    world.calendars.read_window = read_while_the_process_stood_still  # type: ignore[method-assign, assignment]
    await world.sync_flow().run(message, world.now)

    assert world.calendars.script.operations() == ["read_window"]
    assert [sent for sent in world.sent() if isinstance(sent[0], SyncMailbox)] == [(message, CALM)]
    assert (await world.mailbox()).lease.value.holder == "another"
